"""When a data set was last changed on the disk, by which records that know row numbers alone are trusted or not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.data.dataset import Dataset
from auditor.plural import counted


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


def times(dataset: Dataset) -> tuple[int, ...]:
    """Return the times of the files and folders that decide the rows, in nanoseconds; -1 for one that is not there.

    A folder's time changes when a file in it comes, goes or is renamed. Images are not looked at one by one.
    """
    return tuple(_time(dataset.root / name) for name in dict.fromkeys((*dataset.sources, *dataset.watched)))


def what_changed(before: Sequence[str], after: Sequence[str]) -> str:
    """Return a sentence on the images that came and went between two readings of a data set.

    Args:
        before: The images' names in the first reading.
        after: Those in the second.
    """
    came, went = len(set(after) - set(before)), len(set(before) - set(after))
    parts = [
        f"{counted(count, 'image is', 'images are')} {how}" for count, how in ((came, "new"), (went, "gone")) if count
    ]
    return f"{' and '.join(parts)}." if parts else "No image came or went."


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


def _there(path: Path) -> Path:
    """The path, or the folder in which it is missing: a folder's time is that of what last came or went in it."""
    return path if path.exists() or path == path.parent else _there(path.parent)
