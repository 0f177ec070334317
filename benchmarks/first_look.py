"""Measure how long a first look takes, from the command to the queue, on made-up faces of any number.

    python -m benchmarks.first_look 6000 100000

Some hundred drawings stand for all images (see synthetic.py), each read and computed as often as it is listed, so the
time is that of so many photographs of 100 x 100 pixels; no figure about finding errors may come from it. A tenth as
many test images are listed beside them. Each size runs in a process of its own, with the network it takes.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import synthetic

ROOT = Path(__file__).resolve().parents[1]
LIMITS = {6_000: 180, 100_000: 1_200}
"""Seconds in which it shall be done, by the number of images."""


def measure(folder: Path, images: int) -> tuple[float, float]:
    """Return the seconds that a first look takes and those of processor time."""
    _, dataset = synthetic.build(folder, images, evidence=False, dynamics=False)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "auditor", "first-look", str(dataset.root), "--workspace", str(folder / "look")]
    subprocess.run(command, cwd=ROOT, check=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=int, nargs="+", help="numbers of training images")
    rows = []
    for images in sorted(parser.parse_args().images):
        with tempfile.TemporaryDirectory() as folder:
            wall, processor = measure(Path(folder), images)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6  # of the largest so far
        rows.append(f"| {images:,} | {wall:,.0f} | {LIMITS.get(images, '')} | {processor:,.0f} | {memory:.1f} |")
    print("| images | seconds | aim | processor seconds | memory GB |\n|---|---|---|---|---|", *rows, sep="\n")


if __name__ == "__main__":
    main()
