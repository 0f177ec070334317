"""The History in a real browser: every decision with its annotator, and undoing any of them.

history/page.py.
"""

import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from auditor.ui.state import decide
from tests.e2e.conftest import fill, open_in, wait_for

pytestmark = pytest.mark.e2e


def test_any_decision_is_undone_and_brought_back(page, reviewable, small, decisions, tmp_path):
    key = reviewable.dataset.key
    # Two more data sets of the same title, opened before and after: a click must not go to one of them.
    for place in ("before", "after"):
        fill(reviewable.workspace, small, tmp_path / place / "faces")
        if place == "before":
            open_in(reviewable.workspace, reviewable.dataset.root)
    store = Store.open(Workspace(reviewable.workspace))
    other = next(label for label in range(7) if label not in reviewable.dataset.labels[:3])
    decide.on_rows(store, reviewable.dataset, [0, 1, 2], "relabel", annotator="bob", label=other)
    decide.on_rows(store, reviewable.dataset, [5], "keep", annotator="ada")
    store.close()
    page.goto(f"{reviewable.url}/history?ds={key}")
    page.get_by_text("2 of 2 operations").wait_for()
    entry = page.locator("[class*='st-key-history-']").filter(has_text="relabelled 3 images")
    assert "bob" in entry.last.inner_text()
    entry.get_by_role("button", name="Undo").click()
    page.get_by_text("undid: relabelled 3 images").first.wait_for()
    assert wait_for(lambda: len(decisions(reviewable, key)) == 1)
    page.get_by_role("button", name="Redo").click()
    page.get_by_text("brought back: relabelled 3 images").first.wait_for()
    assert wait_for(lambda: len(decisions(reviewable, key)) == 4)
    page.get_by_role("radio", name="kept").or_(page.get_by_role("button", name="kept")).first.click()
    page.get_by_text("1 of 4 operations").wait_for()


def test_a_whole_pass_is_undone_after_a_question_and_a_disagreement_is_settled(page, reviewable, decisions):
    key, dataset = reviewable.dataset.key, reviewable.dataset
    store = Store.open(Workspace(reviewable.workspace))
    other = [next(label for label in range(7) if label != given) for given in dataset.labels[:3]]
    decide.on_rows(store, dataset, [0], "keep", annotator="ada")
    for row in range(3):
        decide.on_rows(store, dataset, [row], "relabel", annotator="bob", label=other[row])
    store.close()
    page.goto(f"{reviewable.url}/history?ds={key}")
    page.get_by_text("4 of 4 operations").wait_for()
    page.get_by_role("button", name="Since this").nth(3).wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.get_by_role("button", name="Since this").nth(1).click()  # newest first: bob's second
    page.get_by_text("2 of 4 operations").wait_for()
    page.get_by_role("button", name="Undo these 2 …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Undo 2 decisions on 2 images: 2 by bob, made").wait_for()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Undo these 2 …").click()
    dialog.get_by_role("button", name="Undo 2 decisions").click()
    page.get_by_text("Undone: 2 decisions.").wait_for()
    assert wait_for(lambda: len(decisions(reviewable, key)) == 1)

    page.get_by_text("Disagreements · 1").click()
    entry = page.locator("[class*='st-key-dispute-']")
    entry.get_by_text("the latest, by bob").wait_for()
    page.get_by_text("ada and bob (Cohen)").or_(page.locator("[data-testid='stDataFrame']")).first.wait_for()
    entry.get_by_role("combobox").click()
    page.get_by_role("option", name=dataset.classes[int(dataset.labels[0])], exact=True).click()
    entry.get_by_role("button", name="Make final").click()
    entry.get_by_text("in force: final:").wait_for()
    (standing,) = decisions(reviewable, key).values()
    assert (standing.label, standing.mode) == (int(dataset.labels[0]), "final")


HOSTILE = (
    "**bold** _i_ :red[x] $x^2$ :material/home: :smile: https://evil.example www.evil.example a@b.example "
    "[a](https://evil.example) ![i](https://evil.example/x.png) <b>x</b> `code` ~~s~~ &lt; -- -> # h"
)
RENDERED = "a, strong, em, code, img, .katex, b, del, [data-testid='stIconMaterial'], span[style*='color']"


def test_names_and_tags_are_shown_letter_by_letter(page, reviewable):
    """A name that holds Markdown could show another site's picture, or a button's words that are not ours."""
    key = reviewable.dataset.key
    store = Store.open(Workspace(reviewable.workspace))
    decide.on_rows(store, reviewable.dataset, [0], "tag", annotator=HOSTILE, text=HOSTILE)
    store.close()
    page.goto(f"{reviewable.url}/history?ds={key}")
    entry = page.locator("[class*='st-key-history-']").filter(has_text="tagged").last
    entry.wait_for()
    words = entry.locator("[data-testid='stMarkdownContainer'], [data-testid='stCaptionContainer']")
    shown = [text.replace("\u2060", "") for text in words.all_inner_texts()]
    assert any(text.endswith(f": {HOSTILE}") for text in shown)
    assert any(text.startswith(f"{HOSTILE}, ") for text in shown)
    assert [each.evaluate("e => e.outerHTML") for each in words.locator(RENDERED).all()] == []
