"""While the server is away, our own words say what is true, and the grid stays usable.

components/around/away.js, web/around.py.
"""

import pytest

from tests.e2e.conftest import wait_for
from tests.e2e.test_review import open_review, saved

pytestmark = pytest.mark.e2e


def test_our_words_stand_where_the_server_is_away_and_go_when_it_is_back(page, own_server, decisions):
    open_review(page, own_server)
    own_server.kill()
    line = page.locator(".auditor-away")
    page.get_by_text("The server does not answer. Your decisions are kept").wait_for()
    assert not page.get_by_text("Is Streamlit still running").locator("visible=true").count()
    name = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("3")
    assert page.locator(".cell.focus").get_attribute("title") != name  # the grid goes on
    own_server.start()
    line.wait_for(state="hidden")
    saved(page)
    assert set(wait_for(lambda: decisions(own_server, own_server.dataset.key))) == {name}
