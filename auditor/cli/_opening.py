"""What the commands that work on a data set have in common: which one, where its workspace is, how progress shows."""

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


def add_data_arguments(parser: argparse.ArgumentParser, *, workspace: bool = True, optional: bool = False) -> None:
    """DATA, --labels, --format and, where decisions are read or written, --workspace."""
    parser.add_argument(
        "data", metavar="DATA", nargs="?" if optional else None, help="folder of a data set, or one of its label files"
    )
    parser.add_argument("--labels", metavar="FILE", help="which label file (and '?label=COLUMN' of a table) is meant")
    parser.add_argument("--format", metavar="F", help="the format's name, where it is recognised wrongly")
    if workspace:
        parser.add_argument("--workspace", type=Path, metavar="DIR", help="where decisions and evidence lie")


def open_data(args: argparse.Namespace) -> Dataset:
    """The data set the arguments name; out of the workspace's index where there is one and nothing changed."""
    from auditor.data.opening import open_dataset

    cache = None
    if hasattr(args, "workspace"):
        workspace = open_workspace(args)
        cache = workspace.cache if workspace.path.is_dir() else None  # reading alone makes no workspace
    return open_dataset(args.data, label_file=args.labels, format=args.format, cache=cache)


def open_workspace(args: argparse.Namespace) -> Workspace:
    """The workspace the arguments name, or the default one."""
    from auditor.config import Workspace

    return Workspace(args.workspace.expanduser().absolute()) if args.workspace else Workspace.default()


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask the work to stop at its next step instead of tearing it apart; a second one does that.

    Yields:
        What tells whether to stop.
    """
    asked = threading.Event()

    def handle(number: int, frame: object) -> None:
        del number, frame
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def show_progress(done: int, total: int, text: str) -> None:
    """A counter in a terminal, nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{text} {done:,}/{total:,}", end="\n" if done == total else "", file=sys.stderr, flush=True)
