"""Every page on an empty workspace, and with a data set on which nothing was trained or decided, says what to do."""

import pytest

from tests.e2e.conftest import open_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
UNTRAINED = {
    "history": "No decisions yet",
    "overview": "No method has been trained on",
    "map": "No method has been trained on",
    "methods": "No method has been trained on",
    "compare": "No method has been trained yet",
}


def test_empty_pages_say_what_to_do(page, server, small):
    page.goto(f"{server.url}/review")
    page.get_by_role("button", name="Open a data set").click()
    page.get_by_role("button", name="Start the demo").wait_for()
    for name in UNTRAINED:
        page.goto(f"{server.url}/{name}")
        page.get_by_text("No data set is open yet").wait_for()
    open_in(server.workspace, small)
    for name, words in UNTRAINED.items():
        page.goto(f"{server.url}/{name}")
        page.get_by_text(words).wait_for()
        if name != "history":
            page.get_by_role("button", name="Train a method").wait_for()
