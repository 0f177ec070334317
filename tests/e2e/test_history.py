"""The History in a real browser: who decided what, and any of it undone."""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from auditor.config import Workspace
from auditor.store.store import Store
from auditor.ui import decide
from tests.e2e.conftest import open_in, wait_for

pytestmark = pytest.mark.e2e


def press(button, shown):
    """Click as a person does: once more where the page was just being redrawn and the click went nowhere."""
    for _ in range(4):
        if button.count():
            button.first.click()
        with suppress(PlaywrightTimeout):
            return shown.first.wait_for(timeout=20_000)
    return pytest.fail("the click was never answered")


def test_any_decision_is_undone_and_brought_back(page, own_server, decisions):
    reviewable = own_server
    key = reviewable.dataset.key
    store = Store.open(Workspace(reviewable.workspace))
    decide.on_rows(store, reviewable.dataset, [0, 1, 2], "relabel", annotator="bob", label=4)
    decide.on_rows(store, reviewable.dataset, [5], "keep", annotator="ada")
    store.close()
    page.goto(f"{reviewable.url}/history?ds={key}")
    page.get_by_text("2 of 2 operations").wait_for()
    entry = page.locator("[class*='st-key-history-']").filter(has_text="relabelled 3 images")
    assert "bob" in entry.last.inner_text()
    press(entry.get_by_role("button", name="Undo"), page.get_by_text("took back: relabelled 3 images"))
    assert wait_for(lambda: len(decisions(reviewable, key)) == 1)
    press(page.get_by_role("button", name="Redo"), page.get_by_text("brought back: relabelled 3 images"))
    assert wait_for(lambda: len(decisions(reviewable, key)) == 4)
    page.get_by_role("radio", name="kept").or_(page.get_by_role("button", name="kept")).first.click()
    page.get_by_text("1 of 4 operations").wait_for()


def test_an_empty_history_says_what_to_do(page, server, small):
    page.goto(f"{server.url}/history")
    page.get_by_text("No data set is open yet").wait_for()
    open_in(server.workspace, small)
    page.reload()
    page.get_by_text("Nothing was decided yet").wait_for()
