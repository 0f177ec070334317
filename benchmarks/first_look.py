"""Measure how long a first look takes, from the data set to the queue, on made-up faces of any number.

    python -m benchmarks.first_look 6000 100000

Some hundred drawings stand for all images (see synthetic.py), each read and computed as often as it is listed, so the
time is that of so many photographs of 100 x 100 pixels; no figure about finding errors may come from it. A tenth as
many test images are listed beside them. Each size runs in a process of its own, with the network it takes. Memory is
what the process itself holds: pages of the image cache, which the system takes back when it needs them, do not count.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from auditor.config import Workspace
from auditor.jobs import manager, opinion_worker, opinions
from auditor.store.store import Store
from auditor.training.ownmodel.request import FIRST_LOOK
from benchmarks import synthetic

ROOT = Path(__file__).resolve().parents[1]
LIMITS = {6_000: 180, 100_000: 1_200}
"""Seconds in which it shall be done, by the number of images."""

PARTS = ("reading the labels", "decoding", "features", "regression", "evidence")
LOOK_EVERY = 0.05  # seconds between two looks at the memory


class Clock:
    """Notes the seconds of each part of a run, and the most memory that the process held."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.memory = 0.0
        self._part, self._since = PARTS[0], time.perf_counter()
        threading.Thread(target=self._watch, daemon=True).start()

    def heard(self, fields: dict[str, Any]) -> None:
        """Take what a run reports: time counts for the part that it was in until now."""
        now, phase = time.perf_counter(), str(fields.get("phase", self._part))
        self.seconds[self._part] += now - self._since
        self._since = now
        self._part = next((part for part in PARTS if part in phase), self._part)

    def _watch(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text(encoding="utf-8")
            self.memory = max(self.memory, int(status.split("RssAnon:")[1].split()[0]) / 1e6)
            time.sleep(LOOK_EVERY)


def look(folder: Path, images: int) -> str:
    """Return the line of the table for a number of images."""
    _, dataset = synthetic.build(folder, images, evidence=False, dynamics=False)
    workspace = Workspace(folder / "look").make()
    store = Store.open(workspace)
    store.datasets.register(dataset)
    clock, began, processor = Clock(), time.perf_counter(), time.process_time()
    run = manager.create(store, workspace, opinions.configured(dataset, FIRST_LOOK, None), opinions.KIND)
    opinion_worker.work(workspace, run, watcher=clock.heard, with_map=False, store=store)
    clock.heard({})
    wall, processor = time.perf_counter() - began, time.process_time() - processor
    store.close()
    parts = " | ".join(f"{clock.seconds[part]:,.0f}" for part in PARTS)
    return f"| {images:,} | {wall:,.0f} | {LIMITS.get(images, '')} | {processor:,.0f} | {parts} | {clock.memory:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=int, nargs="+", help="numbers of training images")
    sizes = sorted(parser.parse_args().images)
    if len(sizes) == 1:
        heads = ["images", "seconds", "aim", "processor seconds", *PARTS, "memory GB"]
        print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            print(look(Path(folder), sizes[0]), flush=True)
        return
    for images in sizes:
        subprocess.run([sys.executable, "-m", "benchmarks.first_look", str(images)], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
