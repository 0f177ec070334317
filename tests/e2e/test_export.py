"""Export in a real browser: the changes, the file and the buttons are on one screen, without scrolling.

export.py.
"""

import re

import pytest
from playwright.sync_api import expect

from auditor.config import Workspace
from auditor.store.store import Store
from auditor.ui.state import decide

pytestmark = pytest.mark.e2e


def test_a_corrected_file_is_written_and_confirmed_without_scrolling(page, reviewable):
    key, dataset = reviewable.dataset.key, reviewable.dataset
    store = Store.open(Workspace(reviewable.workspace))
    other = next(label for label in range(7) if label != dataset.labels[0])
    decide.on_rows(store, dataset, [0], "relabel", annotator="ada", label=other)
    decide.on_rows(store, dataset, [1], "exclude", annotator="ada")
    store.close()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{reviewable.url}/export?ds={key}")
    write, download = (page.get_by_role("button", name=name, exact=True) for name in ("Write", "Download"))
    for place in (page.get_by_text("1 changed"), write, download):
        expect(place).to_be_in_viewport(ratio=1)
    write.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stAlert").filter(has_text="labels changed")).to_be_in_viewport(ratio=1)
    lines = (reviewable.workspace / "exports" / key / "train_label.txt").read_text().splitlines()
    assert f"{dataset.names[0]} {other + 1}" in lines and not any(dataset.names[1] in line for line in lines)


def test_another_kind_is_chosen_by_the_keyboard_and_says_what_it_is(page, reviewable):
    page.goto(f"{reviewable.url}/export?ds={reviewable.dataset.key}")
    page.get_by_text("The label file in its own format").wait_for()
    page.get_by_role("combobox", name="What to export").focus()
    page.keyboard.type("Soft")
    page.keyboard.press("Enter")
    page.get_by_text("A distribution over the classes for every image (CSV).").wait_for()
    expect(page.get_by_role("textbox", name="File on this computer")).to_have_value(re.compile(r"-soft\.csv$"))
