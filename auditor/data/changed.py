"""When a data set was last changed on the disk, by which records that know row numbers alone are trusted or not."""

from __future__ import annotations

from pathlib import Path

from auditor.data.dataset import Dataset


def changed_at(dataset: Dataset) -> float:
    """Return when a file or folder that decides the rows was last changed or put there, in seconds since 1970.

    Infinity where that is not known: no such file is named, or one of them cannot be read.
    """
    watched = [dataset.root / name for name in {*dataset.sources, *dataset.watched}]
    try:
        states = [_there(path).stat() for path in watched]
    except OSError:
        return float("inf")
    # A file that was moved or copied here keeps its old time of writing, but not that of its entry.
    return max((max(state.st_mtime, state.st_ctime) for state in states), default=float("inf"))


def _there(path: Path) -> Path:
    """The path, or the folder in which it is missing: a folder's time is that of what last came or went in it."""
    return path if path.exists() or path == path.parent else _there(path.parent)
