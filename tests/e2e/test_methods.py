"""The Methods and Compare pages in a real browser: each tab's own chart, and the images it opens.

methods/page.py, tabs/man.py, tabs/rul.py, tabs/nla.py, compare/page.py.
"""

import re

import pytest

pytestmark = pytest.mark.e2e

SEEN = {
    "man": ("How assignments change", ".sankey"),
    "rul": ("from the most certain to the least certain", "img[alt^='Faces in eight columns']"),
    "nla": ("NLA learns most where the map is bright", ".contour"),
    "noisyfer": ("Each face as the decoder draws it for every label", "[data-testid='stImage'] img"),
    "compare": ("Contribution of each method", ".js-plotly-plot .bars"),
}


@pytest.mark.parametrize("tab", SEEN)
def test_each_method_draws_what_only_it_shows(page, gallery, tab):
    words, drawing = SEEN[tab]
    page.goto(f"{gallery.url}/methods?ds={gallery.dataset.key}&tab={tab}")
    page.get_by_text(words).first.wait_for()
    page.locator(drawing).first.wait_for(state="attached")
    assert page.locator("[data-testid='stAlert']").count() == 0


def test_a_side_of_mans_division_opens_in_review(page, gallery):
    page.goto(f"{gallery.url}/methods?ds={gallery.dataset.key}&tab=man")
    cell = page.get_by_role("button", name=re.compile("images: noisy after epoch"))
    number = cell.last.inner_text()
    cell.last.click()
    page.wait_for_url(re.compile(r"/review\?.*sel="))
    page.locator(".cell").first.wait_for()
    assert re.search(rf"\b{number}\b", page.locator(".counters").inner_text())


def test_two_runs_are_compared_with_a_control(page, gallery):
    page.goto(f"{gallery.url}/compare?ds={gallery.dataset.key}")
    page.get_by_text("McNemar p").wait_for()
    page.get_by_text("Compared with the control").wait_for()
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for(state="attached")
    page.get_by_role("button", name=re.compile(r"Open \d+ fixed")).click()
    page.wait_for_url(re.compile(r"/review\?.*sel="))
