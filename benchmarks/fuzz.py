"""Give every parser randomly damaged files, and count the outcomes.

    python -m benchmarks.fuzz [--count 10000] [--parser NAME ...] [--seed 0]

Each mutated file must be opened (its problems listed) or refused with one sentence; anything else, or more than
`PATIENCE` seconds, is a failure: the file is kept and the command ends with exit code 1.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.images.imagefile import decode_bytes
from auditor.errors import DataError, ImageError
from benchmarks.mutate import mutate
from benchmarks.seeds import format_of, seeds
from benchmarks.seeds.pictures import images

PATIENCE = 10
IMAGE = "image"


@dataclass
class Counts:
    """The outcomes of one parser's mutated files."""

    opened: int = 0
    problems: int = 0
    refused: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


class HangError(BaseException):
    """A file took longer than `PATIENCE` seconds; no `except Exception` may swallow it."""


def parsers() -> list[str]:
    """Return every parser that can be fuzzed."""
    return [*seeds(), IMAGE]


def run(parser: str, count: int, seed: int, keep: Path | None = None) -> Counts:
    """Mutate and parse `count` files."""
    draw = random.Random(f"{parser} {seed}")
    counts = Counts()
    previous = signal.signal(signal.SIGALRM, _hang)
    try:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            attempt = _image_attempt() if parser == IMAGE else _dataset_attempt(parser, Path(folder))
            for turn in range(count):
                _try(attempt, draw, counts, None if keep is None else keep / f"{parser}-{seed}-{turn}")
    finally:
        signal.signal(signal.SIGALRM, previous)
    return counts


Attempt = Callable[[random.Random], tuple[bytes, Callable[[], int]]]
"""Draws a mutated file; returns its bytes and what parses it, which returns the number of problems."""


def _try(attempt: Attempt, draw: random.Random, counts: Counts, keep: Path | None) -> None:
    data, parse = attempt(draw)
    began = time.perf_counter()
    signal.alarm(PATIENCE)
    try:
        counts.problems += parse()
        counts.opened += 1
    except DataError as error:
        counts.refused += 1
        if "\n" in str(error) or len(str(error)) > 2000:
            counts.failures.append(f"not one sentence: {error!r}")
    except (Exception, HangError) as error:  # noqa: BLE001  finding these is the purpose
        counts.failures.append(f"{type(error).__name__}: {error}")
        if keep is not None:
            keep.write_bytes(data)
    finally:
        signal.alarm(0)
    counts.slowest = max(counts.slowest, time.perf_counter() - began)


def _dataset_attempt(parser: str, folder: Path) -> Attempt:
    """Mutations of one of a format's files at a time, the others left whole."""
    files = seeds()[parser](folder)
    whole = {file: (folder / file).read_bytes() for file in files}
    form = get_format(format_of(parser))

    def attempt(draw: random.Random) -> tuple[bytes, Callable[[], int]]:
        file = draw.choice(files)
        data = mutate(whole[file], list(whole.values()), draw)
        (folder / file).write_bytes(data)

        def parse() -> int:
            try:
                if draw.random() < 0.1:  # it reads what label_files reads
                    form.recognise(folder)
                labels = form.label_files(folder)
                if not labels:
                    raise DataError("there is no label file")
                dataset = form.load(folder, draw.choice(labels))
                check(dataset)
                _read_some(dataset)
                return sum(problem.count for problem in dataset.problems)
            finally:
                (folder / file).write_bytes(whole[file])

        return data, parse

    return attempt


def _read_some(dataset: Dataset) -> None:
    """The images of a few rows, which for archives are parsed from the mutated file too."""
    for row in {0, len(dataset) - 1}:
        try:
            data = get_format(dataset.format).read_image(dataset, row) if not dataset.paths[row] else None
        except ImageError:
            continue
        if data is not None:
            decode_bytes(data, "image")


def check(dataset: Dataset) -> None:
    """Check what must hold for every data set."""
    assert len(dataset) > 0
    assert len(set(dataset.names)) == len(dataset)
    assert ((dataset.labels >= 0) & (dataset.labels < dataset.num_classes)).all()
    assert (np.diff(dataset.split) >= 0).all()
    assert all(dataset.names)
    "".join(dataset.names).encode("utf-8")
    for path in dataset.paths:
        assert not path or (dataset.root / path).resolve().is_relative_to(dataset.root)
    for label_set in dataset.label_sets:
        assert ((label_set.labels >= -1) & (label_set.labels < dataset.num_classes)).all()
    if dataset.valence_arousal is not None:
        present = dataset.valence_arousal[~np.isnan(dataset.valence_arousal)]
        assert (np.abs(present) <= 1).all()
    for problem in dataset.problems:
        assert problem.message
        f"{problem.file}{problem.message}".encode()


def _image_attempt() -> Attempt:
    whole = images()

    def attempt(draw: random.Random) -> tuple[bytes, Callable[[], int]]:
        data = mutate(draw.choice(whole), whole, draw)

        def parse() -> int:
            pixels, remark = decode_bytes(data, "image", 32)
            assert pixels.shape == (32, 32, 3)
            assert pixels.dtype == np.uint8
            return int(bool(remark))

        return data, parse

    return attempt


def _hang(*_: object) -> None:
    raise HangError(f"more than {PATIENCE} s")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=10_000, help="mutated files for each parser")
    options.add_argument("--parser", action="append", choices=parsers(), help="only this one (may be repeated)")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--keep", type=Path, default=None, help="a folder for files that failed")
    args = options.parse_args()
    if args.keep is not None:
        args.keep.mkdir(parents=True, exist_ok=True)
    print(
        f"{'parser':<20}{'files':>8}{'opened':>8}{'refused':>9}{'problems':>10}{'failed':>8}{'slowest':>10}{'all':>8}"
    )
    failed = 0
    for parser in args.parser or parsers():
        began = time.perf_counter()
        counts = run(parser, args.count, args.seed, args.keep)
        failed += len(counts.failures)
        print(
            f"{parser:<20}{args.count:>8,}{counts.opened:>8,}{counts.refused:>9,}{counts.problems:>10,}"
            f"{len(counts.failures):>8}{counts.slowest:>8.2f} s{time.perf_counter() - began:>6.0f} s",
            flush=True,
        )
        for failure in sorted(set(counts.failures))[:5]:
            print(f"    {failure[:300]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
