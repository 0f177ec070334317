"""Every page through axe-core, in light and dark: no serious fault; and nothing is cut off at the sizes people use.

look/theme.py, ui/sidebar.py.
"""

from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

DATA_PARTS = ("data?tab=problems", "data?tab=sets", "data?tab=alignment")
PAGES = ("data", *DATA_PARTS, "overview", "review", "map", "methods", "runs", "compare", "export", "history")
# What Streamlit's own frame does and no page of ours can change, by axe's rule and a part of the element's markup.
FRAME = (
    ("aria-allowed-attr", "stSidebar"),
    ("scrollable-region-focusable", "stMain"),
    ("nested-interactive", "stExpander"),
)
READY = {
    "map": "section.map[data-ready]",
    "review": ".cell.focus",
    "overview": "text=of the labels are estimated to be wrong",
    "methods": "text=How assignments change",
    "compare": "text=McNemar p",
}


@pytest.fixture(scope="session")
def axe():
    """The text of axe-core, which a test package brings along."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def address(gallery, name):
    """A page of the shared server's data set, or a part of one."""
    return f"{gallery.url}/{name}{'&' if '?' in name else '?'}ds={gallery.dataset.key}"


def settled(page):
    """Wait until the script has ended and our style has arrived, which Streamlit may show after the first captions."""
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && [...document.querySelectorAll('style')].some(style => style.textContent.includes('stCaptionContainer'))"
    )


def faults(page, axe):
    """Serious and critical faults as (rule, markup), Streamlit's own frame left out."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa']})")
    listed = [
        (violation["id"], node["html"][:300], node.get("failureSummary", "")[:300])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    return [each for each in listed if not any(each[0] == rule and part in each[1] for rule, part in FRAME)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault(browser, gallery, axe, scheme):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    context.set_default_timeout(30_000)
    page = context.new_page()
    found = {}
    for name in PAGES:
        page.goto(address(gallery, name))
        page.locator("h1, .cell.focus").first.wait_for()
        if name in READY:
            page.locator(READY[name]).first.wait_for()
        settled(page)
        page.wait_for_timeout(600)
        if listed := faults(page, axe):
            found[name] = listed
    context.close()
    assert not found, "\n".join(f"{name}: {fault}" for name, listed in found.items() for fault in listed)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)], ids=["laptop", "desktop"])
def test_nothing_is_cut_off(browser, gallery, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    wide = []
    for name in PAGES:
        page.goto(address(gallery, name))
        page.locator("h1, .cell.focus").first.wait_for()
        settled(page)
        page.wait_for_timeout(300)
        across = page.evaluate(
            "() => {const main = document.querySelector('[data-testid=stMain]');"
            "return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth]}"
        )
        if max(across) > 1:
            wide.append((name, across))
    context.close()
    assert not wide
