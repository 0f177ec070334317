"""The Overview in a real browser: a mark opens exactly the images it counts.

overview/page.py, matrix/component.py.
"""

import re

import pytest

from auditor.config import Workspace
from benchmarks import synthetic
from tests.e2e.conftest import like, open_in, wait_for

pytestmark = pytest.mark.e2e


def open_overview(page, server):
    page.goto(f"{server.url}/overview?ds={server.dataset.key}")
    page.get_by_text("of the labels are estimated to be wrong").wait_for()


def reviewed(page):
    """How many images Review was opened with."""
    page.wait_for_url(re.compile(r"/review\?.*sel="))
    page.locator(".cell").first.wait_for()
    return page.locator(".counters").inner_text()


def test_a_cell_of_the_matrix_opens_its_images(page, gallery):
    open_overview(page, gallery)
    cell = page.get_by_role("button", name=re.compile("images given anger, suggested happiness"))
    number = cell.inner_text()
    cell.focus()
    page.keyboard.press("Enter")
    assert re.search(rf"\b{number}\b", reviewed(page))
    labels = page.locator(".cell").first.get_attribute("aria-label")
    assert "anger" in labels and "suggested happiness" in labels


def test_a_range_of_suspicion_and_a_bar_open_their_images(page, gallery):
    open_overview(page, gallery)
    button = page.get_by_role("button", name=re.compile(r"Open [\d,]+ in Review"))
    number = re.search(r"[\d,]+", button.inner_text())[0]
    button.click()
    assert re.search(rf"\b{number}\b", reviewed(page))
    open_overview(page, gallery)
    bar = page.locator(".js-plotly-plot").nth(3).locator(".bars .point path").last
    bar.wait_for(state="attached")
    bar.click(force=True)
    assert reviewed(page)


def end_blind_review(page):
    """Or the other tests' tabs on this data set would begin blind."""
    page.get_by_role("button", name="Blind", exact=True).click()
    page.wait_for_url(lambda url: "blind" not in url)
    page.locator(".room:not(.turning) .cell").first.wait_for()


def test_what_next_opens_the_learned_queue_and_the_blind_sample(page, gallery):
    open_overview(page, gallery)
    page.get_by_text(re.compile(r"About \d+ of the next 50 will need a change")).wait_for()
    page.get_by_role("button", name="Review the next 50").click()
    page.wait_for_url(re.compile(r"/review\?.*sort=learned"))
    page.locator(".room .cell").first.wait_for()
    page.get_by_text(re.compile(r"^50 of 500 faces")).wait_for()
    open_overview(page, gallery)
    page.get_by_role("button", name="Judge a sample").click()
    page.wait_for_url(re.compile(r"/review\?.*blind=1"))
    assert "label hidden" in page.locator(".cell").first.get_attribute("aria-label")
    end_blind_review(page)


def test_a_class_check_is_judged_blind_and_says_what_is_left(page, gallery, decisions):
    open_overview(page, gallery)
    page.get_by_text("Which classes have the most wrong labels?").wait_for()
    page.get_by_role("button", name="Check the classes").click()
    page.wait_for_url(re.compile(r"/review\?.*blind=1"))
    first = page.locator(".cell").first
    assert "label hidden" in first.get_attribute("aria-label")
    first.click()
    page.keyboard.press("4")
    assert wait_for(lambda: decisions(gallery, gallery.dataset.key))
    page.go_back()
    page.get_by_text("to find out (1 so far)").wait_for()
    page.go_forward()
    page.locator(".room .cell").first.click()  # the Overview's matrix, which may still show, has cells too
    page.keyboard.press("u")
    assert wait_for(lambda: not decisions(gallery, gallery.dataset.key))
    end_blind_review(page)


def test_the_demo_shows_what_was_planted(page, shared_server, tmp_path, small):
    dataset = open_in(shared_server.workspace, like(small, tmp_path / "faces"))
    synthetic.invent(Workspace(shared_server.workspace), dataset)
    page.goto(f"{shared_server.url}/overview?ds={dataset.key}")
    page.get_by_text(re.compile(r"of \d+ planted errors corrected")).wait_for()
