"""The arguments that name a data set and a workspace, and the progress display, shared by the commands."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.config import Workspace
    from auditor.data.dataset import Dataset
    from auditor.evidence.versions import EvidenceVersion


def add_data_arguments(parser: argparse.ArgumentParser, *, workspace: bool = True, optional: bool = False) -> None:
    """Declare DATA, the options that choose its labels and, where decisions are read or written, --workspace.

    Args:
        parser: The command's parser.
        workspace: Whether the command has a workspace.
        optional: Whether DATA may be left out.
    """
    parser.add_argument(
        "data", metavar="DATA", nargs="?" if optional else None, help="folder of a data set, or one of its label files"
    )
    parser.add_argument("--labels", metavar="FILE", help="the label file to use (a table: 'FILE?label=COLUMN')")
    parser.add_argument("--format", metavar="F", help="the format's name, where the recognised one is wrong")
    parser.add_argument("--label-column", metavar="COLUMN", help="the column of a table that holds the labels to audit")
    parser.add_argument(
        "--split-column", metavar="COLUMN", help="the column that gives the split; 'none': every row is a training row"
    )
    parser.add_argument("--image-column", metavar="COLUMN", help="the column of image paths")
    parser.add_argument(
        "--numbering", metavar="N", help="what numbers mean: rafdb, fer2013, affectnet, or 0 or 1 for the first class"
    )
    parser.add_argument(
        "--strict", action="store_true", help="stop with an error where a guess about the data may be wrong"
    )
    if workspace:
        parser.add_argument(
            "--workspace", type=Path, metavar="DIR", help="folder of decisions and evidence (default: workspace)"
        )


def add_database_arguments(parser: argparse.ArgumentParser, file: str, workspace: str) -> None:
    """Declare FILE and --workspace, for the commands on a whole database.

    Args:
        parser: The command's parser.
        file: What FILE is.
        workspace: What the workspace is.
    """
    parser.add_argument("file", type=Path, metavar="FILE", help=file)
    parser.add_argument("--workspace", type=Path, metavar="DIR", help=workspace)


def open_data(args: argparse.Namespace) -> Dataset:
    """Open the data set that the arguments name; use the workspace's index where there is one and nothing changed.

    A guess that may be wrong is reported on stderr, with the option that overrides it.

    Raises:
        DataError: It cannot be opened, or it requires a guess and the arguments forbid that.
    """
    from auditor.data.opening import open_dataset

    cache = None
    if hasattr(args, "workspace"):
        workspace = open_workspace(args)
        cache = workspace.cache if workspace.path.is_dir() else None  # reading does not create a workspace
    choices = {role: getattr(args, name) for role, name in ROLES.items() if getattr(args, name, None) is not None}
    dataset = open_dataset(args.data, label_file=args.labels, format=args.format, cache=cache, chosen=choices)
    if cache is not None:
        from auditor.data.align.sources import prune
        from auditor.training.erasing import forget_portraits

        dataset = _recognised(workspace, dataset)
        forget_portraits(workspace.runs, dataset)
        prune(workspace.path / "aligned" / dataset.key, dataset)
    _say_doubts(dataset, strict=getattr(args, "strict", False), named=args.format is not None)
    return dataset


def _recognised(workspace: Workspace, dataset: Dataset) -> Dataset:
    """A data set under the key by which the workspace knows it; what is remarkable about that goes to stderr."""
    from auditor.store.integrity import sqlite_file
    from auditor.store.store import Store

    file = sqlite_file(workspace.database_url)
    if file is not None and not file.exists():
        return dataset
    with Store.opened(workspace) as store:
        recognised = store.datasets.recognise(dataset)
    if recognised.message:
        print(f"note: {recognised.message}", file=sys.stderr)
    return recognised.dataset


ROLES = {"label": "label_column", "split": "split_column", "image": "image_column", "numbering": "numbering"}
"""The argument that chooses each role."""


def _say_doubts(dataset: Dataset, *, strict: bool, named: bool) -> None:
    """Report each guess whose second-best alternative is about as likely.

    Raises:
        DataError: There is such a guess, and `strict` forbids it.
    """
    from auditor.data.formats.selection import OPTIONS
    from auditor.data.problems import printable
    from auditor.errors import DataError

    for choice in dataset.choices:
        if not choice.close or (named and choice.what == "format"):
            continue
        alternatives = " or ".join(printable(alternative) for alternative in choice.alternatives[:3]) or "another"
        option = OPTIONS.get(choice.role, "another label file")
        doubt = (
            f"{choice.what} is taken to be {printable(choice.chosen, 120)} ({choice.why}), and may be {alternatives}"
        )
        if strict:
            raise DataError(f"The {doubt}; choose with {option}.")
        print(f"note: the {doubt}; choose another with {option}", file=sys.stderr)


def say_changes(evidence: EvidenceVersion | None, dataset: Dataset) -> None:
    """Report on stderr how the data set differs from the one that the evidence was built for, where it does."""
    from auditor.evidence.alignment import changes

    sentence = "" if evidence is None else changes(evidence, dataset).sentence
    if sentence:
        print(f"note: {sentence}", file=sys.stderr)


def open_workspace(args: argparse.Namespace) -> Workspace:
    """Return the workspace that the arguments name, or the default one."""
    from auditor.config import Workspace

    return Workspace(args.workspace.expanduser().absolute()) if args.workspace else Workspace.default()


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and SIGTERM stop the work cleanly at its next step; a second one stops it at once.

    Yields:
        A function that returns whether to stop.
    """
    requested = threading.Event()

    def handle(number: int, frame: object) -> None:
        del number, frame
        if requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield requested.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def show_progress(done: int, total: int, text: str) -> None:
    """Print a counter in a terminal, and nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{text} {done:,}/{total:,}", end="\n" if done == total else "", file=sys.stderr, flush=True)
