"""`inspect`: print a data set's format, its number of images per class, and every problem in it."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.cli._opening import add_data_arguments, open_data
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset
    from auditor.data.problems import Problem

NAME = "inspect"
HELP = "print a data set's format and counts, and list every problem; exit code 2 where nothing can be used"
EXAMPLE = "inspect RAF-DB/basic --images all"

SAMPLE = 20_000
CHECK_SIZE = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser, workspace=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument(
        "--images",
        choices=("sample", "all", "none"),
        default="sample",
        help=f"decode the images to find damaged ones: all, none, or at most {SAMPLE:,} (default)",
    )
    parser.add_argument("--list", type=int, default=20, metavar="N", help="problems of each kind listed (default 20)")


def run(args: argparse.Namespace) -> int:
    """Print the data set, as text or as JSON."""
    dataset = open_data(args)
    if args.json:
        _, damaged = _check_images(dataset, args.images)
        print(json.dumps(described(dataset, (*dataset.problems, *damaged)), indent=1))
        return 0
    _print_text(dataset, args)
    return 0


def described(dataset: Dataset, problems: Iterable[Problem]) -> dict[str, object]:
    """Describe a data set as one JSON object.

    Returns:
        The object: format, label_file, label_column (None where there is none), split_source, numbering (or None),
        classes, counts by split, problems and choices.
    """
    from auditor.data.dataset import SPLITS
    from auditor.data.formats.selection import Selection

    choices = {choice.what: choice.chosen for choice in dataset.choices}
    return {
        "format": dataset.format,
        "root": str(dataset.root),
        "label_file": Selection.parse(dataset.label_file, dataset.root).file,
        "label_column": choices.get("label column"),
        "split_source": choices.get("split"),
        "numbering": choices.get("numbering"),
        "classes": list(dataset.classes),
        "counts": {split: dataset.counts(split).tolist() for split in SPLITS if len(dataset.rows(split))},
        "problems": [
            {name: getattr(problem, name) for name in ("kind", "file", "line", "message", "count")}
            for problem in problems
        ],
        "choices": [
            {
                "what": choice.what,
                "chosen": choice.chosen,
                "why": choice.why,
                "alternatives": list(choice.alternatives),
                "close": choice.close,
            }
            for choice in dataset.choices
        ],
    }


def _print_text(dataset: Dataset, args: argparse.Namespace) -> None:
    from auditor.data.formats.base import get_format
    from auditor.data.opening import list_label_files
    from auditor.data.problems import count_problems

    print(dataset.title)
    print(f"  format       {get_format(dataset.format).title} ({dataset.format})")
    print(f"  folder       {_plain(str(dataset.root))}")
    files = [file for file in list_label_files(dataset.root, dataset.format) if file]
    if files:
        print(f"  label files  {_plain(', '.join(files))}")
    for note in dataset.notes:
        print(f"  {_plain(note)}")
    for choice in dataset.choices:
        print(_plain(f"  {choice.what:<14} {choice.chosen} ({choice.why})"))
    _print_counts(dataset)
    checked, damaged = _check_images(dataset, args.images)
    print(f"\n{checked}")
    problems = (*dataset.problems, *damaged)
    counts = count_problems(problems)
    summary = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    print(f"{counted(sum(counts.values()), 'problem')}{': ' if summary else ''}{summary}")
    _print_problems(problems, args.list)


def _print_counts(dataset: Dataset) -> None:
    from auditor.data.dataset import SPLITS

    splits = [split for split in SPLITS if len(dataset.rows(split))]
    counts = {split: dataset.counts(split) for split in splits}
    width = max(12, *(len(name) for name in dataset.classes))
    print(f"\n  {'label':>8}  {'class':<{width}}" + "".join(f"{split:>10}" for split in splits))
    for index, (code, name) in enumerate(zip(dataset.codes, dataset.classes, strict=True)):
        row = "".join(f"{counts[split][index]:>10,}" for split in splits)
        print(f"  {_plain(code):>8}  {name:<{width}}{row}")
    total = "".join(f"{counts[split].sum():>10,}" for split in splits)
    print(f"  {'':>8}  {'images':<{width}}{total}")


def _check_images(dataset: Dataset, which: str) -> tuple[str, tuple[Problem, ...]]:
    """Decode images; return a sentence on the result, and the problems found."""
    import numpy as np

    from auditor.custody import leftovers
    from auditor.data.images.cache import ImageCache
    from auditor.errors import DataError

    if which == "none":
        return "The images were not decoded.", ()
    checked = dataset
    if which == "sample" and len(dataset) > SAMPLE:
        rows = np.random.default_rng(0).choice(len(dataset), SAMPLE, replace=False)
        checked = dataset.select(np.sort(rows))
    with leftovers.temporary() as folder:
        cache = ImageCache.open(checked, CHECK_SIZE, folder, progress=_progress)
    if not cache.ok.any():
        first = cache.problems[0].message
        raise DataError(
            f"None of the {counted(len(checked), 'image')} examined can be read ({first}); check the data set's folder."
        )
    part = "" if len(checked) == len(dataset) else f" (a sample of {len(dataset):,}: --images all decodes every one)"
    return (
        f"{counted(int(cache.ok.sum()), 'image')} decoded, {(~cache.ok).sum():,} cannot be decoded{part}.",
        cache.problems,
    )


def _progress(done: int, total: int, text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text} {done:,}/{total:,}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _print_problems(problems: Iterable[Problem], most: int) -> None:
    kinds: defaultdict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        kinds[problem.kind].append(problem)
    for kind, alike in kinds.items():
        for problem in alike[:most]:
            where = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
            print(f"  {_plain(where)}: {kind}: {_plain(problem.message)}")
        more = sum(problem.count for problem in alike[most:])
        if more:
            print(f"  ... and {more:,} more {kind}")


def _plain(text: str) -> str:
    """Make text safe for any terminal: no control characters, and none that its encoding lacks."""
    from auditor.data.problems import printable

    encoding = sys.stdout.encoding or "utf-8"
    return printable(text, 2000).encode(encoding, "backslashreplace").decode(encoding)
