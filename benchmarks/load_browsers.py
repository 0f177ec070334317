"""Real browsers for benchmarks/load.py: each presses a key in 1.5 s; prints the milliseconds to each saved decision.

python -m benchmarks.load_browsers URL KEY NUMBER SECONDS
"""

from __future__ import annotations

import sys
import time
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.browser_steps import ARGUMENTS, FOCUS, chromium

PACE = 1.5

# From a key to the moment when everything is saved, by the room's own word.
WATCH = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot)
  const root = roots.find(r => r?.querySelector('.cell')) ?? document
  const dot = root.querySelector('.saved')
  window.saved = []; let typed = null
  addEventListener('keydown', () => { typed ??= performance.now() }, true)
  new MutationObserver(() => {
    if (typed === null || dot.dataset.state !== 'done') return
    window.saved.push(performance.now() - typed); typed = null
  }).observe(dot, { attributes: true, attributeFilter: ['data-state'] })
}"""


def main() -> int:
    """Run the browsers."""
    url, key, number, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        pages = [_open(browser, url, key, place) for place in range(number)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for page in pages:
                began = time.monotonic()
                page.keyboard.press("1")
                time.sleep(max(0.0, PACE / number - (time.monotonic() - began)))
        time.sleep(2)
        for page in pages:
            for latency in page.evaluate("window.saved"):
                print(f"{latency:.1f}")
        browser.close()
    return 0


def _open(browser: Any, url: str, key: str, place: int) -> Any:
    page = browser.new_context().new_page()
    page.goto(f"{url}/review?ds={key}&page={place + 1}")
    page.locator(FOCUS).wait_for(timeout=120_000)
    page.evaluate(WATCH)
    return page


if __name__ == "__main__":
    sys.exit(main())
