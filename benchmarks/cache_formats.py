"""Measure the two formats of the image cache on a data set: bytes, how far the pixels differ, and the speed of reading.

python -m benchmarks.cache_formats DATA --size 224 --images 2000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from auditor.config import CACHE_FORMATS, JPEG, RAW
from auditor.data.images.cache import ImageCache
from auditor.data.opening import open_dataset

BATCH, BATCHES = 64, 30


def measure(args: argparse.Namespace, folder: Path) -> dict[str, tuple[ImageCache, float, float]]:
    """Return the caches by format, each with the bytes of an image and the images read a CPU second."""
    dataset = open_dataset(args.data)
    dataset = dataset.select(np.linspace(0, len(dataset) - 1, min(args.images, len(dataset))).astype(int))
    measured = {}
    for form in CACHE_FORMATS:
        cache = ImageCache.open(dataset, args.size, folder, form=form)
        size = sum(path.stat().st_size for path in cache.folder.glob("pixels-*")) / len(dataset)
        draw, started = np.random.default_rng(0), time.process_time()
        for _ in range(BATCHES):
            np.asarray(cache.array[np.sort(draw.integers(0, len(dataset), BATCH))])
        measured[form] = cache, size, BATCH * BATCHES / (time.process_time() - started)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder or label file of a data set")
    parser.add_argument("--size", type=int, default=224, help="side in pixels")
    parser.add_argument("--images", type=int, default=2000, help="at most so many, spread over the data set")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(args, Path(folder))
        raw, jpeg = (measured[form][0].array for form in (RAW, JPEG))
        differences = [np.abs(jpeg[row].astype(int) - raw[row]) for row in range(min(200, len(raw)))]
        print("| cache | kB an image | images read a CPU second |\n|---|---|---|")
        for form, (_, size, speed) in measured.items():
            print(f"| {form} | {size / 1000:.1f} | {speed:,.0f} |")
        print(f"\nmean difference of a value {np.mean(differences):.2f}, largest {np.max(differences)}, of 255")


if __name__ == "__main__":
    main()
