"""Every page through axe-core, in light and dark: no serious fault; and nothing is cut off at the sizes people use.

look/theme.py, ui/sidebar.py.
"""

from pathlib import Path

import pytest

from tests.e2e.conftest import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.webgl]

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


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all pages."""
    context = browser.new_context(color_scheme="light")
    context.set_default_timeout(90_000)
    yield context.new_page()
    context.close()


def in_scheme(tab, scheme):
    """Let the browser ask for light or dark, as a system that changes at dusk, and wait until the page has it."""
    tab.emulate_media(color_scheme=scheme)
    tab.wait_for_function(
        "scheme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === scheme", arg=scheme
    )
    settled(tab)
    tab.wait_for_timeout(600)


def cut_off(tab, width, height):
    """Return how many pixels of the page or of its main part lie outside of a window of this size, once drawn anew."""
    tab.set_viewport_size({"width": width, "height": height})
    tab.wait_for_timeout(300)
    outside = (
        "() => {const main = document.querySelector('[data-testid=stMain]');"
        "return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth]}"
    )
    wait_for(lambda: max(tab.evaluate(outside)) <= 1, 5)
    return max(tab.evaluate(outside))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_in_light_or_dark_and_is_whole_at_both_sizes(tab, gallery, axe, name):
    """A page is loaded once: every other one in the dark, and then asked for the other scheme."""
    loaded_in = "dark" if PAGES.index(name) % 2 else "light"
    tab.emulate_media(color_scheme=loaded_in)
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(address(gallery, name))
    tab.locator("h1, .cell.focus").first.wait_for()
    if name in READY:
        tab.locator(READY[name]).first.wait_for()
    settled(tab)
    found = {}
    for scheme in sorted(("light", "dark"), key=lambda each: each != loaded_in):
        in_scheme(tab, scheme)
        found[scheme] = faults(tab, axe)
    assert not any(found.values()), "\n".join(f"{scheme}: {fault}" for scheme in found for fault in found[scheme])
    assert cut_off(tab, 1280, 800) <= 1
    assert cut_off(tab, 1920, 1080) <= 1
