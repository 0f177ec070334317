"""Measure how fast the app responds, in a headless browser on made-up data sets, and print one table.

    python -m benchmarks.app_latency                      # 1,000, 12,271 and 100,000 images
    python -m benchmarks.app_latency --sizes 1000 --repeats 1

Targets are medians on a 2-core machine without a graphics card. 'cold' is the first visit after the app's start, which
reads the data set's files, 'warm' a later one; in both the browser's cache is empty. After a restart the app takes the
data set from its index. The two rows of an empty page are the least that any Streamlit
app can take on the same machine at the same time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from auditor.evidence import versions
from auditor.ui.screens.map.points import positions
from benchmarks import browser_steps as steps
from benchmarks import synthetic

SIZES = (1_000, 12_271, 100_000)
KEYS = 30
FAST_KEYS = 200
BULK = 500
LASSO = 10_000
# what, unit, target (None: none was set), whether less is better
ROWS: tuple[tuple[str, str, float | None], ...] = (
    ("cold visit to a usable Review", "s", 3.0),
    ("cold visit after a restart", "s", 3.0),
    ("warm visit to a usable Review", "s", 1.5),
    ("the same, known to the browser", "s", None),
    ("an empty Streamlit page, cold", "s", None),
    ("an empty Streamlit page, warm", "s", None),
    ("first visit, received", "MB", None),
    ("Review to Map", "s", None),
    ("Map to Overview", "s", None),
    ("Overview to Review", "s", None),
    ("sort", "s", 0.5),
    ("filter to a class", "s", 0.5),
    ("a letter typed into the search, until its faces are shown", "ms", 150),
    ("query line, until its faces are shown", "ms", 300),
    ("similar faces, until they are shown", "ms", 300),
    ("key to visible change", "ms", 100),
    ("key to visible change, p95", "ms", None),
    ("key to durable save", "ms", 60),
    ("key to durable save, p95", "ms", None),
    ("a key, sent and received", "bytes", None),
    (f"{FAST_KEYS} keys without a pause, kept", "faces", FAST_KEYS),
    ("the same, until the last is saved", "s", None),
    (f"bulk relabel of {BULK}, saved", "s", None),
    ("map ready, opened by its address", "s", None),
    ("lasso, images taken", "images", None),
    ("lasso until the selection is shown", "s", None),
    ("selection opened in Review", "s", None),
    ("lasso to opened selection", "s", 1.5),
    ("corrected label file, written", "s", None),
    ("memory of the app", "MB", 600),
    ("torch loaded in the app", "", 0),
    ("load of the machine meanwhile", "processes", None),
)


def visits(browser: Any, server: steps.Server, repeats: int, timings: dict[str, float]) -> Any:
    """Measure cold and warm visits, and return the last page, which stays open."""
    page = _page(browser)
    traffic = steps.Traffic(page)
    timings["cold visit to a usable Review"] = steps.timed(lambda: steps.open_review(page, server))
    timings["first visit, received"] = traffic.all / 1e6
    page.context.close()
    warm = []
    for _ in range(repeats):
        page = _page(browser)
        warm.append(steps.timed(lambda page=page: steps.open_review(page, server)))
        page.context.close()
    timings["warm visit to a usable Review"] = statistics.median(warm)
    page = _page(browser)
    steps.open_review(page, server)
    again = [steps.timed(lambda: steps.open_review(page, server)) for _ in range(repeats)]
    timings["the same, known to the browser"] = statistics.median(again)
    return page


def floor(browser: Any, repeats: int, folder: Path, timings: dict[str, float]) -> None:
    """Measure Streamlit itself: a page with one sentence."""
    script = folder / "empty.py"
    script.write_text('import streamlit as st\n\nst.write("nothing else")\n', encoding="utf-8")
    server = steps.Server(folder, str(script))

    def visit() -> None:
        page = _page(browser)
        seconds.append(steps.timed(lambda: (page.goto(server.url), page.get_by_text("nothing else").wait_for())))
        page.context.close()

    seconds: list[float] = []
    try:
        for _ in range(repeats + 1):
            visit()
    finally:
        server.stop()
    timings["an empty Streamlit page, cold"] = seconds[0]
    timings["an empty Streamlit page, warm"] = statistics.median(seconds[1:])


def _page(browser: Any) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(90_000)
    return context.new_page()


def review(page: Any, server: steps.Server, repeats: int, timings: dict[str, float]) -> None:
    """Measure sorting, filtering and deciding."""
    orders = ["ambiguity", "file"] * repeats
    timings["sort"] = statistics.median(steps.turn(page, "Order", order) for order in orders[: repeats + 1])
    # Not the class of the face that stands first: it would stay there, and nothing would be seen to change.
    first = page.locator(".cell").first.get_attribute("aria-label")
    names = [name for name in ("fear", "surprise", "anger", "disgust", "sadness") if f"given {name}" not in first]
    timings["filter to a class"] = statistics.median(
        steps.turn(page, "Given label", names[number % len(names)]) for number in range(repeats)
    )
    page.get_by_label("Given label", exact=True).select_option("")
    finding(page, server, repeats, timings)
    steps.open_review(page, server, "?per=240&reviewed=no")
    page.locator(steps.FOCUS).click()
    traffic = steps.Traffic(page)
    seen, saved = steps.type_keys(page, server, KEYS)
    timings["a key, sent and received"] = traffic.sockets / KEYS
    for name, values in (("visible change", seen), ("durable save", saved)):
        timings[f"key to {name}"] = statistics.median(values)
        timings[f"key to {name}, p95"] = float(np.percentile(values, 95))
    steps.open_review(page, server, "?per=60&reviewed=no")  # over three borders of pages
    saved_keys, seconds = steps.type_without_pause(page, server, FAST_KEYS)
    timings[f"{FAST_KEYS} keys without a pause, kept"] = saved_keys
    timings["the same, until the last is saved"] = seconds
    steps.open_review(page, server, f"?per={BULK}&class=happiness" if len_of(page) > 4 * BULK else f"?per={BULK}")
    page.locator(steps.FOCUS).click()
    timings[f"bulk relabel of {BULK}, saved"] = steps.relabel_all(page, server)


def finding(page: Any, server: steps.Server, repeats: int, timings: dict[str, float]) -> None:
    """Measure the search at every letter, the query line, and the faces like one."""
    steps.open_review(page, server)
    timings["a letter typed into the search, until its faces are shown"] = statistics.median(
        letter for _ in range(repeats) for letter in steps.search(page, "00417")
    )
    queries = (
        "given = fear and p_mislabelled < 0.5",
        "man_p_given < 0.2 and not reviewed",
        "aum < 0 and name contains 7",
    )
    timings["query line, until its faces are shown"] = statistics.median(
        steps.query(page, queries[number % len(queries)]) for number in range(repeats)
    )
    seconds = []
    for _ in range(repeats + 1):
        steps.open_review(page, server)
        page.keyboard.press("ArrowRight")
        seconds.append(steps.similar(page))
    timings["similar faces, until they are shown"] = statistics.median(seconds[1:])  # the first one reads the embedding


def export(page: Any, server: steps.Server, folder: Path, repeats: int, timings: dict[str, float]) -> None:
    """Measure writing the corrected label file, from the button to the confirmation; each time as a new file."""
    write = page.get_by_role("button", name="Write", exact=True)

    def press() -> None:
        write.click()
        page.get_by_test_id("stAlert").filter(has_text="labels changed").wait_for()

    seconds = []
    for _ in range(repeats):
        shutil.rmtree(folder, ignore_errors=True)
        page.goto(f"{server.url}/export")
        write.wait_for()
        page.wait_for_timeout(GLANCE)
        seconds.append(steps.timed(press))
    timings["corrected label file, written"] = statistics.median(seconds)


def len_of(page: Any) -> int:
    """Return the number of images that the queue shows."""
    words = page.locator(".counters").inner_text().replace(",", "")
    return max(int(number) for number in words.split() if number.isdigit())


GLANCE = 700
"""Milliseconds that somebody looks at a page before leaving it; its charts may be drawn until then."""


def travel(page: Any, server: steps.Server, repeats: int, timings: dict[str, float]) -> None:
    """Measure the way from page to page through the sidebar."""
    steps.open_review(page, server)
    ways = (
        ("Review to Map", "Map", steps.MAP),
        ("Map to Overview", "Overview", "text=of the labels are estimated to be wrong"),
        ("Overview to Review", "Review", steps.FOCUS),
    )
    seconds_of: dict[str, list[float]] = {name: [] for name, _, _ in ways}
    for _ in range(repeats):
        for name, link, ready in ways:
            page.wait_for_timeout(GLANCE)
            seconds_of[name].append(steps.timed(lambda link=link, ready=ready: steps.go(page, link, ready)))
    timings.update({name: statistics.median(values) for name, values in seconds_of.items()})


def the_map(page: Any, server: steps.Server, evidence: versions.EvidenceVersion, timings: dict[str, float]) -> None:
    """Measure the map, a lasso on it, and opening the selection in Review."""

    def open_map() -> None:
        page.goto(f"{server.url}/map")
        page.locator(steps.MAP).wait_for()

    timings["map ready, opened by its address"] = steps.timed(open_map)
    places = positions(evidence, "joint_umap")
    seconds, selected = steps.lasso(page, places, min(LASSO, len(places) // 3))
    timings["lasso until the selection is shown"] = seconds
    timings["lasso, images taken"] = selected

    def open_selection() -> None:
        page.get_by_role("button", name="Open in Review").click()
        page.locator(steps.FOCUS).wait_for()

    timings["selection opened in Review"] = steps.timed(open_selection)
    timings["lasso to opened selection"] = seconds + timings["selection opened in Review"]


def measure(images: int, repeats: int, folder: Path) -> dict[str, float]:
    """Return every figure for a data set of one size."""
    from playwright.sync_api import sync_playwright

    timings: dict[str, float] = {}
    workspace, dataset = synthetic.build(folder, images, dynamics=False)
    evidence = versions.latest(workspace, dataset.key)
    assert evidence is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=steps.chromium(), args=steps.ARGUMENTS)
        begun = _page(browser)  # the reader's browser runs already
        begun.goto("about:blank")
        begun.context.close()
        server = steps.Server(workspace.path)
        try:
            page = visits(browser, server, repeats, timings)
            floor(browser, repeats, folder, timings)
            travel(page, server, repeats, timings)
            the_map(page, server, evidence, timings)
            review(page, server, repeats, timings)
            export(page, server, workspace.path / "exports", repeats, timings)
            timings["memory of the app"] = server.memory()
            timings["torch loaded in the app"] = float(server.has_torch())
            timings["load of the machine meanwhile"] = os.getloadavg()[1]
            server.stop()
            server = steps.Server(workspace.path)
            page = _page(browser)
            timings["cold visit after a restart"] = steps.timed(lambda: steps.open_review(page, server))
        finally:
            browser.close()
            server.stop()
    return timings


def written(value: float | None, unit: str) -> str:
    """Format a figure with a suitable number of decimals."""
    if value is None:
        return ""
    return f"{value:.2f}" if unit in ("s", "MB") and value < 100 else f"{value:,.0f}"


def print_table(results: dict[int, dict[str, float]]) -> None:
    """Return one Markdown table: a row for each figure, a column for each size."""
    print("| | unit | target | " + " | ".join(f"{size:,} images" for size in results) + " |")
    print("|---|---|---|" + "---|" * len(results))
    for name, unit, target in ROWS:
        cells = [written(timings.get(name), unit) for timings in results.values()]
        print(f"| {name} | {unit} | {written(target, unit)} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of images")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of what is reported as a median")
    arguments = parser.parse_args()
    if steps.chromium() is None:
        parser.error("no chromium on the path; install it or name it by CHROMIUM")
    results = {}
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(f"Measuring {size:,} images.", flush=True)
            results[size] = measure(size, arguments.repeats, Path(folder))
        print_table(results)  # of what is done so far: a later, larger size may fail


if __name__ == "__main__":
    main()
