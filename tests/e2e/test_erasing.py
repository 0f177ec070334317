"""Erasing in a real browser: the list, the tick, the report; data/erasing.py."""

import re

import pytest
from playwright.sync_api import expect

from auditor.config import Workspace
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from tests.e2e.conftest import open_in
from tests.exports.small import rafdb

pytestmark = pytest.mark.e2e

GONE = "train_00003.jpg"


@pytest.fixture
def decided(shared_server, tmp_path):
    """A data set of ten faces, two of them decided on."""
    lines = b"".join(b"train_%05d.jpg %d\n" % (number, number % 7 + 1) for number in range(1, 11))
    dataset = open_in(shared_server.workspace, rafdb(tmp_path / "faces", lines, 10))
    with Store.opened(Workspace(shared_server.workspace)) as store:
        for row in (2, 4):
            item = item_of(dataset, row, "keep")
            store.decisions.append(Operation(f"{dataset.key}-{row}", dataset.key, "ada", items=(item,)))
    return dataset


def test_an_image_is_listed_confirmed_and_erased(page, shared_server, decided, tmp_path):
    page.goto(f"{shared_server.url}/data?ds={decided.key}&tab=erase")
    page.get_by_text("Name at least one image to see where it is.").wait_for()
    page.screenshot(path=tmp_path / "empty.png")
    box = page.get_by_label("Names of the images, one on each line")
    box.fill("train_99999.jpg")
    box.press("Control+Enter")
    page.get_by_text("Nothing of this is in the workspace.").wait_for()
    box.fill(GONE)
    box.press("Control+Enter")
    page.get_by_text(f"1 image of {decided.title} will be erased from").wait_for()
    erase = page.get_by_role("button", name="Erase for good")
    assert erase.is_disabled()
    page.screenshot(path=tmp_path / "listed.png", full_page=True)
    page.get_by_text("I have read the list").click()
    erase.click()
    page.get_by_text(re.compile(r"^Erased from \d")).wait_for()
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.screenshot(path=tmp_path / "erased.png", full_page=True)
    with Store.opened(Workspace(shared_server.workspace)) as store:
        state = store.decisions.state(decided.key)
        assert set(state.by_image) == {"train_00005.jpg"}
        assert [event.what for event in store.trail.list(decided.key)] == ["erasure"]
    page.goto(f"{shared_server.url}/history?ds={decided.key}")
    page.get_by_text("decided 1 erased image").wait_for()
    page.goto(f"{shared_server.url}/history?ds={decided.key}&tab=trail")
    page.get_by_text("Who did what on this data set").wait_for()
    what = page.get_by_test_id("glide-cell-2-0").first  # the table of events; the next is of who looked at faces
    expect(what).to_have_text("erasure")
    page.screenshot(path=tmp_path / "trail.png")


def test_erasing_stands_apart_from_the_parts_of_the_data_and_leads_back(page, shared_server, decided):
    page.goto(f"{shared_server.url}/data?ds={decided.key}")
    parts = page.get_by_test_id("stButtonGroup").filter(has_text="Problems")
    parts.wait_for()
    assert "Erase" not in parts.inner_text()
    page.get_by_role("button", name="Erase …").click()
    page.get_by_text("Name at least one image to see where it is.").wait_for()
    page.wait_for_url("**tab=erase**")
    page.get_by_role("button", name="Back to the images").click()
    page.get_by_text("Images of each class, by split").wait_for()


def test_a_whole_data_set_leaves_the_page_without_it(page, shared_server, decided):
    page.goto(f"{shared_server.url}/data?ds={decided.key}&tab=erase")
    page.get_by_text("The whole data set", exact=True).click()
    page.get_by_text(f"All of {decided.title}, including its decisions,").wait_for()
    page.get_by_text("I have read the list").click()
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text(re.compile(r"^Erased from \d")).wait_for()
    with Store.opened(Workspace(shared_server.workspace)) as store:
        assert store.datasets.find(decided.key) is None
