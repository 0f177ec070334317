"""Finding and looking closer in the review room, from the keyboard alone.

components/review/extras.js, finder.js, near.js, views.js, sheet.js; review/errands.py, review/narrowing.py.
"""

import re

import numpy as np
import pytest

from tests.e2e.conftest import still, wait_for
from tests.e2e.test_review import open_review, saved

pytestmark = pytest.mark.e2e


def turned(page, **parameters):
    """Wait until the view of an address is on the screen."""
    for name, value in parameters.items():
        page.wait_for_url(re.compile(rf"[?&]{name}={value}"))
    page.locator(".room:not(.turning) .cell.focus").wait_for()


def active(page):
    """What has the focus, inside of the component or out."""
    return page.evaluate(
        """() => {
          let at = document.activeElement
          while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
          return at.getAttribute('aria-label') ?? at.innerText
        }"""
    )


def queue(page):
    return int(page.locator(".counters b").inner_text().replace(",", ""))


def test_a_name_is_searched_for_while_it_is_typed(page, reviewable):
    open_review(page, reviewable)
    names = reviewable.dataset.names[reviewable.dataset.rows("train")]
    page.keyboard.press("/")
    page.keyboard.type("0001", delay=40)
    found = sum("0001" in name for name in names)
    page.locator(".counters b").get_by_text(str(found), exact=True).wait_for()
    assert active(page) == "Part of the image name"  # the page turned under the fingers
    page.keyboard.press("2")  # is typed, and labels nothing
    page.get_by_text("No face passes these filters").or_(page.locator(".cell.focus")).first.wait_for()
    for _ in range(5):
        page.keyboard.press("Backspace")
    page.locator(".counters b").get_by_text(str(len(names)), exact=True).wait_for()
    page.keyboard.press("Enter")
    assert active(page) == "Faces to review"


def test_what_is_typed_while_a_page_loads_labels_no_face(page, reviewable, decisions):
    open_review(page, reviewable, "&per=30")
    for key in ("]", "/", "0", "0", "1"):  # at once: the page is loading, and the search is open
        page.keyboard.press(key)
    page.wait_for_url("**q=001**")
    page.keyboard.press("Enter")
    page.get_by_label("Given label").select_option("fear")
    for key in ("n", "k", "x"):  # a note has no face while a page loads: what follows is not carried out
        page.keyboard.press(key)
    page.wait_for_timeout(1500)
    saved(page)
    assert not decisions(reviewable, reviewable.dataset.key)


def test_a_query_is_completed_answered_and_refused_in_a_sentence(page, reviewable):
    dataset = reviewable.dataset
    open_review(page, reviewable)
    page.keyboard.press("q")
    page.keyboard.type("giv")
    page.keyboard.press("Tab")
    page.keyboard.type("= fe")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # takes 'fear'
    assert page.get_by_label("Query over all columns").input_value() == "given = fear "
    page.keyboard.type("and not reviewed")
    page.keyboard.press("Enter")
    turned(page, query="given")
    fears = int((dataset.labels[dataset.rows("train")] == 1).sum())
    assert queue(page) == fears and active(page) == "Faces to review"
    page.reload()
    page.locator(".cell.focus").wait_for()
    assert queue(page) == fears
    page.keyboard.press("q")
    page.keyboard.type(" or zzz = 1")
    page.keyboard.press("Enter")
    page.get_by_text("The query asks for 'zzz', and there is no such column").wait_for()
    assert queue(page) == 0
    page.keyboard.press("q")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.locator(".room:not(.turning) .cell.focus").wait_for()
    assert queue(page) == len(dataset.rows("train"))


def test_menus_have_keys_and_close_by_escape_and_by_a_click_outside(page, reviewable):
    open_review(page, reviewable)
    menu = page.locator("details.more[open]")
    page.keyboard.press("f")
    assert menu.count() == 1 and active(page) == "Votes of the methods"
    page.keyboard.press("Escape")
    assert menu.count() == 0 and active(page) == "Faces to review"
    page.keyboard.press("f")
    page.locator(".counters").click()
    assert menu.count() == 0
    page.keyboard.press("p")
    assert active(page) == "Faces a page"
    page.get_by_label("Faces a page").select_option("30")
    turned(page, per=30)
    page.keyboard.press("b")
    turned(page, blind=1)
    page.keyboard.press("b")
    page.wait_for_url(lambda url: "blind" not in url)


def test_a_near_face_is_visited_relabelled_and_its_like_found_from_the_keyboard(page, reviewable, decisions):
    open_review(page, reviewable)
    page.locator(".near").first.wait_for()
    near = page.locator(".near").nth(1)
    name = near.get_attribute("data-name")
    page.keyboard.press("g")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    saved(page)
    assert wait_for(lambda: decisions(reviewable, reviewable.dataset.key).get(name)).label == 2
    assert "→ disgust" in near.inner_text()
    page.keyboard.press("l")
    turned(page, sel="[0-9a-f]{16}")
    assert f"like {name}" in page.locator(".chip").inner_text()
    assert queue(page) == 60
    page.keyboard.press("u")
    page.get_by_text("Undone").wait_for()
    assert wait_for(lambda: not decisions(reviewable, reviewable.dataset.key))


def test_faces_like_the_selected_ones_come_nearest_first(page, reviewable):
    open_review(page, reviewable)
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    chosen = page.locator(".cell[aria-selected=true]").evaluate_all("cells => cells.map(cell => cell.title)")
    page.keyboard.press("l")
    turned(page, sel="[0-9a-f]{16}")
    shown = page.locator(".cell").evaluate_all("cells => cells.map(cell => cell.title)")
    assert len(shown) == 60 and not set(shown) & set(chosen)
    folder = reviewable.workspace / "evidence" / reviewable.dataset.key / "v0001"
    axes = np.load(folder / "map_input_joint.npy")
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    rows = reviewable.dataset.rows("train")
    place = {name: k for k, name in enumerate(reviewable.dataset.names[rows])}
    nearness = axes @ axes[[place[name] for name in chosen]].mean(axis=0)
    found = nearness[[place[name] for name in shown]]
    assert (np.diff(found) <= 1e-6).all()


def test_a_view_is_saved_for_the_team_and_opened_by_its_name(page, browser, reviewable):
    open_review(page, reviewable)
    page.get_by_label("Given label").select_option("fear")
    turned(page, **{"class": "fear"})
    page.keyboard.press("w")
    page.get_by_label("Name of this view").wait_for()
    page.keyboard.type("Morning fears")
    page.keyboard.press("Enter")
    turned(page, named="Morning")
    shown = queue(page)
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{reviewable.url}/review?ds={reviewable.dataset.key}&named=Morning+fears")
    turned(other, **{"class": "fear"})
    assert queue(other) == shown
    other.get_by_label("Given label").select_option("")
    other.wait_for_url(lambda url: "named" not in url)  # another view than the saved one
    other.keyboard.press("w")
    other.get_by_role("button", name="Delete the view Morning fears").click()
    other.get_by_text("None yet.").wait_for()
    context.close()


def test_the_whole_queue_takes_its_suggestions_after_a_preview_and_one_undo(page, reviewable, decisions):
    open_review(page, reviewable, "&per=30&class=fear")
    shown = queue(page)
    page.keyboard.press("k")
    saved(page)
    page.keyboard.press("Shift+Enter")
    dialog = page.locator("dialog.bulk")
    dialog.get_by_text(f"{shown - 1} faces of this queue would take the suggested label").wait_for()
    assert "1 face reviewed already" in dialog.inner_text()
    counted = dialog.locator("td.number").all_inner_texts()
    assert sum(map(int, counted)) == shown - 1
    page.keyboard.press("Tab")  # from Cancel to Accept
    page.keyboard.press("Enter")
    assert wait_for(lambda: len(decisions(reviewable, reviewable.dataset.key)) == shown)
    page.get_by_text("U undoes all of them").wait_for()
    page.keyboard.press("u")
    assert wait_for(lambda: len(decisions(reviewable, reviewable.dataset.key)) == 1)


def test_keys_are_changed_for_everybody_and_a_layout_brings_its_own(page, reviewable, decisions):
    open_review(page, reviewable)
    try:
        page.keyboard.press("?")
        page.get_by_role("button", name="Change the key for: keep").click()
        page.keyboard.press("a")
        page.get_by_text("The key A means “ambiguous").wait_for()
        page.get_by_role("button", name="Change the key for: keep").click()
        page.keyboard.press("m")
        page.get_by_text("Saved for everybody").wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("m")
        saved(page)
        page.reload()
        page.locator(".cell.focus").wait_for()
        name = page.locator(".cell.focus").get_attribute("title")
        page.keyboard.press("k")  # means nothing now
        page.keyboard.press("m")
        saved(page)
        assert wait_for(lambda: decisions(reviewable, reviewable.dataset.key).get(name)).action == "keep"
        page.keyboard.press("?")
        page.get_by_label("Layout of the keys").select_option("left hand")
        page.get_by_text("Saved for everybody").wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("e")  # next
        page.keyboard.press("d")  # accept
        saved(page)
        assert wait_for(lambda: len(decisions(reviewable, reviewable.dataset.key)) >= 2)
    finally:  # the workspace is other tests', too
        (reviewable.workspace / "keys.json").unlink(missing_ok=True)


def test_a_session_is_summed_up_when_it_is_asked_for_and_when_it_is_left(page, reviewable):
    open_review(page, reviewable)
    for key in ("2", "k", "x"):
        page.keyboard.press(key)
    saved(page)
    page.keyboard.press("z")
    page.locator("dialog.summary").get_by_text("3 faces decided").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Data", exact=True).click()
    card = page.locator(".auditor-farewell")
    card.get_by_text("3 faces decided").wait_for()
    card.get_by_role("button", name="Close").click()
    assert not card.count()


def test_faces_are_compared_with_typical_ones_and_side_by_side_and_decided_there(page, reviewable, decisions):
    open_review(page, reviewable)
    name = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("c")
    dialog = page.locator("dialog.compare")
    dialog.locator(".typical img").first.wait_for()
    assert dialog.locator("section").count() in (1, 2)
    page.keyboard.press("x")
    saved(page)
    assert wait_for(
        lambda: (found := decisions(reviewable, reviewable.dataset.key)) and found[name].action == "exclude"
    )
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("c")
    dialog.locator("figure").nth(1).wait_for()
    page.keyboard.press("Escape")
    assert active(page) == "Faces to review"


def test_a_face_is_enlarged_moved_and_brightened_for_looking_only(page, reviewable):
    open_review(page, reviewable)
    picture = page.locator(".large")
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert "scale(1.69)" in picture.get_attribute("style")
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert "scale" not in (picture.get_attribute("style") or "")
    page.keyboard.press("i")
    assert active(page) == "Size"
    page.get_by_label("Brightness").fill("200")
    page.get_by_label("Size", exact=True).fill("200")
    assert picture.evaluate("image => getComputedStyle(image).filter").startswith("brightness(2)")
    assert wait_for(lambda: page.locator(".cell").first.bounding_box()["width"] >= 200, 10)
    page.reload()
    page.locator(".cell").first.wait_for()
    assert wait_for(lambda: page.locator(".cell").first.bounding_box()["width"] >= 200)
    page.keyboard.press("i")
    page.get_by_role("button", name="Reset").click()


def test_a_link_skips_the_navigation(page, reviewable):
    open_review(page, reviewable)
    page.evaluate("() => document.querySelector('.auditor-skip').focus()")
    page.keyboard.press("Enter")
    assert active(page) == "Faces to review"
    page.goto(f"{reviewable.url}/data?ds={reviewable.dataset.key}")
    page.get_by_text("Share of each class").wait_for()
    page.keyboard.press("Tab")
    assert active(page) == "Skip to the content"


def test_back_returns_from_similar_faces_to_the_queue_before(page, reviewable):
    open_review(page, reviewable, "&class=fear&per=30")
    page.keyboard.press("ArrowRight")
    before, faces = page.locator(".cell.focus").get_attribute("title"), queue(page)
    height = still(page.locator(".bar"))["height"]
    page.keyboard.press("l")
    page.locator(".chip").wait_for()
    turned(page, sel=".")
    assert still(page.locator(".bar"))["height"] == height  # the faces stay where they are
    page.go_back()
    page.locator(".chip").wait_for(state="detached")
    turned(page, **{"class": "fear"})
    assert (page.locator(".cell.focus").get_attribute("title"), queue(page)) == (before, faces)
    page.go_forward()
    page.locator(".chip").wait_for()
    page.go_back()
    page.locator(".chip").wait_for(state="detached")
    page.evaluate("history.back()")  # from the first view, Back leaves Review as ever
    page.wait_for_url(re.compile("^(?!.*/review)"))


def test_no_step_back_ends_blind_review(page, reviewable):
    open_review(page, reviewable)
    page.keyboard.press("l")
    page.locator(".chip").wait_for()
    turned(page, sel=".")
    page.keyboard.press("b")
    page.wait_for_url("**blind=1**")
    page.locator(".room:not(.turning) .cell.focus").wait_for()
    page.go_back()
    page.locator(".chip").wait_for(state="detached")
    page.locator(".room:not(.turning) .cell.focus").wait_for()
    assert "hidden" in page.locator(".cell.focus").inner_text()
    assert "blind=1" in page.url


def test_who_listens_hears_what_was_decided_and_where_the_focus_went(page, reviewable):
    open_review(page, reviewable)
    names = [page.locator(".cell").nth(k).get_attribute("title") for k in range(2)]
    accept = page.get_by_role("button", name=re.compile("^accept "))
    assert accept.get_attribute("title") == f"accept {suggestion(page)}"
    page.keyboard.press("x")
    page.locator("[aria-live=polite]").get_by_text(re.compile(f"{names[0]}, .*excluded. Next: {names[1]}, ")).wait_for(
        state="attached"
    )
    assert accept.get_attribute("title") == f"accept {suggestion(page)}"


def suggestion(page):
    """The class that is suggested for the face in focus, by its panel."""
    return page.locator(".panel .pair", has_text="Suggested").locator("b").inner_text().strip()


def test_an_undone_decision_is_called_what_its_tile_called_it(page, reviewable):
    open_review(page, reviewable)
    name = page.locator(".cell.focus").get_attribute("title")
    given = page.locator(".panel .pair", has_text="Given").locator("b").inner_text().strip()
    key = next(label for label in page.locator(".labels button").all() if label.inner_text().endswith(given))
    page.keyboard.press(key.locator("kbd").inner_text())
    page.locator(".cell").first.get_by_text("kept").wait_for()
    page.keyboard.press("u")
    page.get_by_text(f"Undone: kept, {name}").wait_for()
    page.keyboard.press("Shift+U")
    page.get_by_text(f"Redone: kept, {name}").wait_for()


def test_the_menus_fit_a_small_window(page, reviewable):
    page.set_viewport_size({"width": 900, "height": 800})
    open_review(page, reviewable)
    row, views = page.locator(".filters"), page.locator("details.views summary")

    def fits():  # once the sidebar is folded in: while it moves, the row is narrow
        row_box, views_box = row.bounding_box(), views.bounding_box()
        return views_box["x"] + views_box["width"] <= row_box["x"] + row_box["width"] + 1

    assert wait_for(fits, 10)
