"""The review room in a real browser: keys, many at once, undo across reloads and restarts.

review/room.py.
"""

import re
from string import ascii_lowercase

import pytest
from PIL import Image

from tests.e2e.conftest import open_in, wait_for

pytestmark = pytest.mark.e2e


def open_review(page, server, query=""):
    page.goto(f"{server.url}/review?ds={server.dataset.key}{query}")
    page.locator(".cell.focus").wait_for()


def saved(page):
    page.locator(".saved[data-state=done]").wait_for()


def test_review_keys_act_on_one_and_on_many(page, reviewable, decisions):
    open_review(page, reviewable, "&per=30")
    names = [page.locator(".cell").nth(k).get_attribute("title") for k in range(12)]
    suggested = page.locator(".cell").first.get_attribute("aria-label")
    for key in ("Enter", "k", "a", "x", "s", "2"):
        page.keyboard.press(key)
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    assert "4 selected" in page.locator(".counters").inner_text()
    page.keyboard.press("5")
    saved(page)
    states = wait_for(lambda: len(found := decisions(reviewable, reviewable.dataset.key)) >= 10 and found)
    classes = reviewable.dataset.classes
    assert f"suggested {classes[states[names[0]].label]}" in suggested
    assert [states[name].action for name in names[1:5]] == ["keep", "ambiguous", "exclude", "skip"]
    assert states[names[5]].label == 1
    assert [states[name].label for name in names[6:10]] == [4] * 4
    assert {state.annotator for state in states.values()} == {"ada"}
    page.keyboard.press("u")
    page.get_by_text("Undone: relabelled, 4 faces").wait_for()
    assert wait_for(lambda: len(decisions(reviewable, reviewable.dataset.key)) == 6)
    page.keyboard.press("Shift+U")
    assert wait_for(lambda: len(decisions(reviewable, reviewable.dataset.key)) == 10)


def test_review_undo_outlives_leaving_reload_and_restart(page, own_server, decisions):
    reviewable = own_server
    key = reviewable.dataset.key
    open_review(page, reviewable)
    for label in ("1", "2", "3"):
        page.keyboard.press(label)
    saved(page)
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_text("Share of each class").wait_for()
    page.get_by_role("link", name="Review").click()
    page.locator(".cell.focus").wait_for()
    page.keyboard.press("u")
    assert wait_for(lambda: len(decisions(reviewable, key)) == 2)
    page.reload()
    page.locator(".cell.focus").wait_for()
    page.keyboard.press("u")
    assert wait_for(lambda: len(decisions(reviewable, key)) == 1)
    saved(page)
    page.locator(".cell[data-action='']").nth(3).click()
    reviewable.kill()
    page.keyboard.press("4")  # typed while nobody listens
    assert "Saving" in page.locator(".saved").inner_text()
    reviewable.start()
    saved(page)
    states = wait_for(lambda: len(found := decisions(reviewable, key)) == 2 and found)
    assert sorted(state.label for state in states.values()) == [0, 3]
    page.keyboard.press("u")
    page.keyboard.press("u")
    assert wait_for(lambda: not decisions(reviewable, key))


def test_review_off_the_page_leaves_keys_and_address_to_what_came_after_it(page, reviewable):
    open_review(page, reviewable)
    page.locator(".cell").first.click()
    prevented = """() => {
      const key = new KeyboardEvent('keydown', {key: 'u', bubbles: true, cancelable: true, composed: true})
      document.body.dispatchEvent(key)
      return key.defaultPrevented
    }"""
    # Streamlit takes a page's elements away without a word where another page follows at once.
    page.evaluate("history.pushState(null, '', '/overview')")
    page.wait_for_timeout(400)
    assert "image=" not in page.url
    page.locator(".room").evaluate("room => (room.getRootNode().host ?? room.parentElement).remove()")
    assert not page.evaluate(prevented)


DRAWN_ANEW = """keys => {
  const root = last.parentElement, host = globalThis.place ?? root.host ?? root, around = host.parentElement
  host.remove()
  for (const key of keys) document.body.dispatchEvent(
    new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true, composed: true}))
  globalThis.place = around.appendChild(document.createElement('div'))
  draw(last)
}"""


def test_keys_between_two_rooms_wait_for_the_next_and_letters_for_nobody(page, reviewable, decisions):
    real = """import mount from './main.js?real'
      globalThis.draw = (component) => mount({...component, parentElement: globalThis.place ?? component.parentElement})
      export default (component) => draw(globalThis.last = component)"""
    script = re.compile(r"/review/main\.js$")
    page.route(script, lambda route: route.fulfill(body=real, content_type="text/javascript"))
    open_review(page, reviewable)
    page.locator(".cell").nth(2).click()
    name = page.locator(".cell.focus").get_attribute("title")
    page.evaluate(DRAWN_ANEW, ["2", "3", "n", "k"])  # what follows N was meant for a note
    page.get_by_text("Not applied: 2 keys pressed while the page was drawn anew").wait_for()
    states = wait_for(lambda: len(found := decisions(reviewable, reviewable.dataset.key)) == 2 and found)
    assert states[name].label == 1
    assert sorted(state.label for state in states.values()) == [1, 2]
    page.get_by_label("Part of the image name").click()
    page.evaluate(DRAWN_ANEW, ["k"])
    page.locator(".cell.focus").wait_for()
    page.keyboard.press("k")
    page.get_by_text("The page was drawn anew while you typed").wait_for()
    assert len(decisions(reviewable, reviewable.dataset.key)) == 2


def test_review_address_holds_the_view(page, reviewable):
    open_review(page, reviewable, "&per=30")
    page.get_by_label("Given label").select_option("fear")
    page.wait_for_url("**class=fear**")
    page.get_by_label("Order").select_option("ambiguity")
    page.wait_for_url("**sort=ambiguity**")
    page.locator(".room:not(.turning) .cell.focus").wait_for()
    orders = page.get_by_label("Order").locator("option").all_inner_texts()
    assert len(set(orders)) == len(orders) and "Most ambiguous" in orders
    page.keyboard.press("ArrowRight")
    focused = page.locator(".cell.focus").get_attribute("title")
    page.wait_for_url(f"**image={focused}**")
    shown = page.locator(".cell").count()
    assert shown == int((reviewable.dataset.labels[reviewable.dataset.rows("train")] == 1).sum())
    page.reload()
    page.locator(".cell.focus").wait_for()
    assert page.locator(".cell").count() == shown
    assert page.locator(".cell.focus").get_attribute("title") == focused
    page.get_by_label("Part of the image name").fill("nobody")
    page.keyboard.press("Enter")
    page.get_by_text("No face passes these filters").wait_for()
    page.get_by_role("button", name="Show all faces").click()
    page.locator(".cell").nth(29).wait_for()


def test_review_blind_hides_labels_and_soft_labels_are_kept(page, reviewable, decisions):
    key = reviewable.dataset.key
    open_review(page, reviewable)
    name = page.locator(".cell.focus").get_attribute("title")
    page.keyboard.press("a")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("e")
    page.get_by_label("Share of fear").fill("50")
    page.get_by_role("button", name="Save shares").click()
    assert wait_for(lambda: name in (found := decisions(reviewable, key)) and found[name].soft)
    assert sum(decisions(reviewable, key)[name].soft) == pytest.approx(1)
    page.keyboard.press("n")
    page.keyboard.type("two at once")
    page.keyboard.press("Escape")
    assert wait_for(lambda: decisions(reviewable, key)[name].note == "two at once")
    page.get_by_role("button", name="Blind").click()
    page.wait_for_url("**blind=1**")
    page.locator(".room:not(.turning) .cell.focus").wait_for()
    assert "hidden" in page.locator(".cell").first.inner_text()
    assert not page.locator(".cell .value:visible").count()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()


def test_review_gives_the_tenth_class_by_zero_and_an_eleventh_by_the_menu(page, shared_server, decisions, tmp_path):
    for k, name in enumerate(ascii_lowercase[:11]):
        (tmp_path / "faces" / name).mkdir(parents=True)
        Image.new("L", (40, 40), 20 * k).save(tmp_path / "faces" / name / f"{name}.png")
    shared_server.dataset = open_in(shared_server.workspace, tmp_path / "faces")
    open_review(page, shared_server)
    page.keyboard.press("0")
    page.get_by_label("Other labels").select_option("k")
    page.keyboard.press("1")
    states = wait_for(lambda: len(found := decisions(shared_server, shared_server.dataset.key)) == 3 and found)
    assert sorted(state.label for state in states.values()) == [0, 9, 10]
