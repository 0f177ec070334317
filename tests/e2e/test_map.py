"""The map in a real browser: what a lasso selects and does not select, and the actions on the selection.

map/page.py, map/colouring.py.
"""

import math
import os
import re
import shutil

import pytest

from tests.e2e.conftest import ARGUMENTS, still, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.webgl]


def open_map(page, server, query=""):
    page.goto(f"{server.url}/map?ds={server.dataset.key}{query}")
    page.locator("section.map[data-ready]").wait_for()


def lasso(page, radius=0.45, modifier=None, middle=(0.5, 0.5)):
    """Draw a circle round a place of the canvas and wait until the server has settled it."""
    section = page.locator("section.map")
    page.locator("section.map[data-queued='0']").wait_for()
    box = still(section.locator("canvas"))
    x, y = box["x"] + box["width"] * middle[0], box["y"] + box["height"] * middle[1]
    reach = radius * min(box["width"], box["height"])
    if modifier:
        page.keyboard.down(modifier)
    page.mouse.move(x + reach, y)
    page.mouse.down()
    for step in range(1, 17):
        page.mouse.move(x + reach * math.cos(step / 16 * 2 * math.pi), y + reach * math.sin(step / 16 * 2 * math.pi))
    page.mouse.up()
    if modifier:
        page.keyboard.up(modifier)
    page.locator("section.map[data-queued='0']").wait_for()


def counts(page):
    """All, shown and selected, as the map says."""
    words = page.locator("section.map .counts").inner_text()
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", words)]


def test_a_lasso_selects_adds_takes_and_clears(page, gallery):
    open_map(page, gallery)
    assert counts(page) == [500, 500, 0]
    lasso(page, 0.15)
    small = counts(page)[2]
    lasso(page, 0.3)
    large = counts(page)[2]
    assert 0 < small < large
    lasso(page, 0.15, "Alt")
    assert counts(page)[2] == large - small
    lasso(page, 0.15, "Shift")
    assert counts(page)[2] == large
    page.get_by_text(f"{large} selected").first.wait_for()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_text("Nothing selected").wait_for()


def test_what_the_legend_or_a_filter_hides_is_never_selected(page, gallery):
    open_map(page, gallery)
    legend = page.locator("section.map .legend")
    entry = legend.get_by_role("button").filter(has_text="happiness")
    number = int(entry.locator(".number").inner_text())
    entry.click()
    page.locator("section.map .counts").get_by_text(str(500 - number)).wait_for()
    lasso(page)
    hidden = counts(page)[2]
    assert 0 < hidden <= 500 - number
    legend.get_by_role("button", name="Show all").click()
    open_map(page, gallery, "&class=fear&reviewed=no")
    page.locator("section.map canvas").press("v")
    page.get_by_text("Given:").wait_for()
    page.locator("section.map[data-queued='0']").wait_for()  # the panel may be drawn before the points have arrived
    assert counts(page)[1] == counts(page)[2] == int((gallery.dataset.labels[:500] == 1).sum())
    assert re.fullmatch(r"Given: \d+ fear\. .*", page.get_by_text("Given:").inner_text())


def test_a_selection_opens_in_review_and_is_relabelled_at_once(page, gallery, decisions):
    open_map(page, gallery)
    lasso(page, 0.1)
    taken = counts(page)[2]
    page.get_by_role("button", name="Relabel").click()
    page.get_by_role("radio", name="anger").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Relabel").click()
    page.get_by_text(f"{taken} images relabelled to anger").first.wait_for()
    states = decisions(gallery, gallery.dataset.key)
    assert {state.label for state in states.values()} == {5} and len(states) == taken
    page.get_by_role("button", name="Undo").click()
    assert wait_for(lambda: not decisions(gallery, gallery.dataset.key))
    page.get_by_role("button", name="Open in Review").click()
    page.wait_for_url(re.compile(r"/review\?.*sel="))
    page.locator(".cell").first.wait_for()
    assert f"{taken:,}" in page.locator(".counters").inner_text()


def test_the_map_answers_to_the_keyboard_and_the_pointer(page, gallery):
    open_map(page, gallery, "&by=1")
    canvas = page.locator("section.map canvas")
    canvas.focus()
    page.keyboard.press("v")
    page.get_by_text("500 selected").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Nothing selected").wait_for()
    for key in ("+", "+", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    page.locator("section.map .card:not([hidden])").wait_for()
    assert "given" in page.locator("section.map .spoken").text_content()
    page.keyboard.press(" ")
    page.get_by_text("1 selected").first.wait_for()
    page.keyboard.press("Escape")


def test_colours_and_positions_can_be_chosen(page, gallery):
    open_map(page, gallery)
    page.get_by_label("Colour by").first.click()
    page.get_by_role("option", name="Assignment").click()
    page.locator("section.map .legend").get_by_text("noisy").wait_for()
    page.get_by_role("combobox", name="Positions").click()
    page.keyboard.type("PCA of RUL")
    page.get_by_role("option", name="PCA of RUL").click()
    lasso(page, 0.2)
    assert counts(page)[2] > 0


def test_without_webgl_a_sample_is_drawn_and_said(browser, gallery):
    plain = browser.browser_type.launch(
        executable_path=browser_path(), args=[*ARGUMENTS, "--disable-gpu", "--disable-3d-apis"]
    )
    page = plain.new_page()
    page.goto(f"{gallery.url}/map?ds={gallery.dataset.key}")
    page.get_by_text("no WebGL2").wait_for()
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
    plain.close()


def browser_path():
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def test_no_button_moves_under_the_pointer_and_a_saved_list_is_shown_as_a_filter(page, gallery):
    open_map(page, gallery)
    lasso(page, 0.2)
    page.get_by_text(re.compile(r"\d+ selected")).first.wait_for()
    buttons = [page.locator(f".st-key-map-{name} button").first for name in ("exclude", "keep", "open")]
    before = [still(button)["y"] for button in buttons]
    buttons[0].click()
    undo = page.locator(".st-key-map-undo button").first
    undo.wait_for()
    assert [still(button)["y"] for button in buttons] == before
    undo.click()
    page.get_by_text("Undone").first.wait_for()
    page.locator(".st-key-map-open button").first.click()
    page.wait_for_url(re.compile(r"/review\?.*sel="))
    token = re.search(r"sel=([0-9a-f]+)", page.url)[1]
    page.locator(".cell.focus").wait_for()
    open_map(page, gallery, f"&sel={token}&sort=aum&votes=0&per=30")
    page.get_by_role("button", name="Filter · 1").click()
    page.get_by_text(re.compile(r"Only “map, \d+ images”")).wait_for()
    page.get_by_role("button", name="Show all", exact=True).last.click()
    page.wait_for_url(lambda url: "sel=" not in url)
    page.get_by_role("button", name="Filter", exact=True).wait_for()
