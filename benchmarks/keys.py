"""Check that every key acts on the intended face: 130 keys over three pages, on a slow connection, at many paces.

    python -m benchmarks.keys                                       # 20 runs of each: more than two hours
    python -m benchmarks.keys --runs 20                             # 20 runs in all, each setting at least once
    python -m benchmarks.keys --repeats 1 --rates 25 47             # some minutes

K, 4 and S are pressed in rotation without a pause across two page borders, while the server's answers come late. A run
is right when there are as many operations as keys, each on a face of its own, in the order of the queue, and each with
the meaning of its key.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from auditor.config import Workspace
from auditor.evidence import versions
from auditor.store.operations import OperationRecord
from auditor.store.store import Store
from auditor.ui.state import library
from auditor.ui.state.filters import Filters, select
from auditor.ui.state.overlay import Overlay
from benchmarks import browser_steps as steps
from benchmarks import synthetic
from benchmarks.slow_line import SlowLine

KEYS = 130
RATES = (2.0, 5.0, 10.0, 25.0, 47.0)
DELAYS = (0, 300, 1500)
ROTATION = {"k": "keep", "4": "relabel", "s": "skip"}
IMAGES = 260
SETTLED = """() => {
  const room = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.cell'));
  return room.querySelector('.saved').dataset.state === 'done' && room.querySelector('.held').hidden;
}"""


@dataclass(frozen=True)
class Run:
    """The result of one pass of keys.

    Attributes:
        operations: Number of saved operations.
        faces: Number of different faces in them.
        ordered: Whether these are the queue's first faces, in its order, each with its key's action.
        typed: Seconds from the first key to the last.
        saved: Seconds from the first key until the last was saved.
        waited: The most keys that waited for a page at one time.
    """

    operations: int
    faces: int
    ordered: bool
    typed: float
    saved: float
    waited: int

    @property
    def right(self) -> bool:
        """Whether every key acted on the intended face."""
        return self.operations == self.faces == KEYS and self.ordered


def press(page: Any, rate: float, count: int = KEYS) -> tuple[float, int]:
    """Press the keys in rotation at a pace.

    Args:
        page: The browser's page, with a face in focus.
        rate: Keys per second.
        count: Number of keys.

    Returns:
        The seconds it took, and the most keys that waited for a page.
    """
    keys = list(ROTATION)
    held = page.locator(".held")
    start, waited = time.perf_counter(), 0
    for number in range(count):
        page.keyboard.press(keys[number % len(keys)])
        if number % 5 == 4:
            words = held.text_content() or "0"
            waited = max(waited, int(words.split()[0]))
        ahead = start + (number + 1) / rate - time.perf_counter()
        if ahead > 0:
            page.wait_for_timeout(1000 * ahead)
    return time.perf_counter() - start, waited


def judge(records: list[OperationRecord], queue: list[str], typed: float, saved: float, waited: int) -> Run:
    """Compare the saved operations with the queue."""
    names = [item.image for record in records for item in record.operation.items]
    acts = [item.action for record in records for item in record.operation.items]
    expected = [list(ROTATION.values())[number % len(ROTATION)] for number in range(len(acts))]
    ordered = names == queue[: len(names)] and acts == expected
    return Run(len(records), len(set(names)), ordered, typed, saved, waited)


def records_since(workspace: Workspace, dataset: str, seq: int) -> list[OperationRecord]:
    """Return the operations after one, in order."""
    store = Store.open(workspace)
    try:
        return [record for record in store.decisions.state(dataset).records.values() if record.seq > seq]
    finally:
        store.close()


def queue_of(workspace: Workspace, dataset: Any) -> list[str]:
    """Return the names in the order in which Review shows them."""
    columns = library.columns(dataset, versions.latest(workspace, dataset.key))
    rows = select(Filters(), dataset, columns, Overlay.empty(len(dataset)))
    return [str(name) for name in dataset.names[rows]]


def run(page: Any, line: SlowLine, workspace: Workspace, dataset: Any, rate: float, delay: int) -> Run:
    """Run one pass of keys over three pages."""
    before = records_since(workspace, dataset.key, 0)
    line.delay = 0.0
    page.goto(f"{line.url}/review?ds={dataset.key}")
    page.locator(steps.FOCUS).wait_for()
    line.delay = delay / 1000
    start = time.perf_counter()
    typed, waited = press(page, rate)
    page.wait_for_function(SETTLED, timeout=120_000)
    saved = time.perf_counter() - start
    records = records_since(workspace, dataset.key, before[-1].seq if before else 0)
    return judge(records, queue_of(workspace, dataset), typed, saved, waited)


def plan(delays: list[int], rates: list[float], repeats: int, runs: int | None) -> list[tuple[int, float]]:
    """Return the settings in the order in which they are run.

    Args:
        delays: Milliseconds that the answers are late by.
        rates: Keys per second.
        repeats: Runs of each setting.
        runs: Runs in all, where given: every setting in turn, the fast ones first, until there are so many.
    """
    settings = [(delay, rate) for rate in sorted(rates, reverse=True) for delay in delays]
    if runs is None:
        return settings * repeats
    return [settings[number % len(settings)] for number in range(runs)]


def print_table(runs_by_setting: dict[tuple[int, float], list[Run]]) -> None:
    """Print one Markdown table: a row for each delay and pace."""
    print("| answers late by | keys a second | runs | right | most keys waiting | last key saved after |")
    print("|---|---|---|---|---|---|")
    every = [each for runs in runs_by_setting.values() for each in runs]
    for (delay, rate), runs in sorted(runs_by_setting.items()):
        right = sum(each.right for each in runs)
        waited = max(each.waited for each in runs)
        late = max(each.saved - each.typed for each in runs)
        print(f"| {delay:,} ms | {rate:g} | {len(runs)} | {right} | {waited} | {late:.1f} s |")
    print(f"\n{sum(each.right for each in every)} of {len(every)} runs right, {KEYS * len(every):,} keys.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=list(RATES), help="keys a second")
    parser.add_argument("--delays", type=int, nargs="+", default=list(DELAYS), help="milliseconds")
    parser.add_argument("--repeats", type=int, default=20, help="runs of each")
    parser.add_argument("--runs", type=int, help="runs in all, spread over the settings, instead of --repeats")
    arguments = parser.parse_args()
    if steps.chromium() is None:
        parser.error("no chromium on the path; install it or name it by CHROMIUM")
    from playwright.sync_api import sync_playwright

    runs_by_setting: dict[tuple[int, float], list[Run]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace, dataset = synthetic.build(Path(folder), IMAGES, dynamics=False)
        server = steps.Server(workspace.path)
        browser = playwright.chromium.launch(executable_path=steps.chromium(), args=steps.ARGUMENTS)
        try:
            # What was measured so far is worth a table, too.
            with contextlib.suppress(KeyboardInterrupt), SlowLine(server.port) as line:
                page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
                page.set_default_timeout(90_000)
                settings = plan(arguments.delays, arguments.rates, arguments.repeats, arguments.runs)
                for number, (delay, rate) in enumerate(settings, start=1):
                    began = time.perf_counter()
                    result = run(page, line, workspace, dataset, rate, delay)
                    runs_by_setting.setdefault((delay, rate), []).append(result)
                    verdict = "right" if result.right else f"wrong: {json.dumps(vars(result))}"
                    took = time.perf_counter() - began
                    print(f"{number}/{len(settings)}: {delay} ms, {rate:g} keys/s, {took:.0f} s, {verdict}", flush=True)
        finally:
            browser.close()
            server.stop()
    print(f"{date.today()}, {os.cpu_count()} cores ({platform.processor() or platform.machine()})\n")
    print_table(runs_by_setting)
    if not all(each.right for runs in runs_by_setting.values() for each in runs):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
