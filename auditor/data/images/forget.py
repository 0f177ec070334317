"""Takes images out of the caches that their source no longer has, at every size and for every selection of images.

A cache is only refreshed when its own size is asked for again. Without this, a face that was deleted from the data set
would stay in the caches of all other sizes, and in those of label files that named it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.images import generations
from auditor.data.images.generations import Records

MISSING = (-1, 0)
"""The stamp of a file that is not there."""

Stamp = tuple[int, int]


class _BusyError(Exception):
    """Another process is building this cache, from the images as they are now."""


def forget(
    family: Path, stamp: Callable[[str], Stamp], digest: Callable[[str], int], current: Mapping[str, list[str]]
) -> int:
    """Blank out every cached image whose file is gone or holds something else now.

    Args:
        family: The folder of all caches of one root.
        stamp: Size and time (ns) of a file by its path below the root; `MISSING` where there is none.
        digest: The number of an image's content now, by its id; 0 where it cannot be read.
        current: The ids of the selection that was just opened, by the name of its order of images.

    Returns:
        How many images were blanked out, each cache counted by itself.
    """
    blanked = 0
    for folder in sorted(family.iterdir()) if family.is_dir() else ():
        with contextlib.suppress(OSError, _BusyError), generations.lock(folder, _busy):
            _drop_unfinished(folder, stamp, current.get(folder.name.partition("-")[2]))
            blanked += _forget_in(folder, stamp, digest)
    return blanked


def _busy() -> None:
    raise _BusyError


def _forget_in(folder: Path, stamp: Callable[[str], Stamp], digest: Callable[[str], int]) -> int:
    generation = generations.load(folder)
    if generation is None:
        return 0
    records = generation.records
    now = np.array([stamp(file_of(name)) for name in records.ids], dtype=np.int64).reshape(-1, 2)
    differing = np.flatnonzero(~records.same_stamps(now[:, 0], now[:, 1]) & (records.digests != 0))
    gone = [int(row) for row in differing if _is_gone(records, int(row), now[row], digest)]
    if not gone:
        return 0
    pixels = generations.opened(generation.pixels, writing=True)
    generations.blank(pixels, gone)
    generations.flush(pixels)
    generations.save(folder, generation.pixels, _without(records, gone, now))
    return len(gone)


def _is_gone(records: Records, row: int, now: NDArray[np.int64], digest: Callable[[str], int]) -> bool:
    return tuple(now) == MISSING or digest(records.ids[row]) != records.digests[row]


def _without(records: Records, gone: list[int], now: NDArray[np.int64]) -> Records:
    """The records with these images unknown: those of changed files are decoded anew when they are next asked for."""
    sizes, mtimes = records.sizes.copy(), records.mtimes.copy()
    digests, ok = records.digests.copy(), records.ok.copy()
    remarks = dict(records.remarks)
    missing = (now[gone] == MISSING).all(axis=1)
    sizes[gone], mtimes[gone] = -1, np.where(missing, MISSING[1], -1)
    digests[gone], ok[gone] = 0, False
    for row in gone:
        remarks[row] = f"{file_of(records.ids[row])} is not what was decoded any more: its pixels were removed"
    return Records(records.ids, sizes, mtimes, digests, ok, remarks)


def _drop_unfinished(folder: Path, stamp: Callable[[str], Stamp], ids: list[str] | None) -> None:
    """Remove what a killed build decoded, unless it is of these very images and each of them is still as it was."""
    log = folder / "building.log"
    parts = [path for path in folder.glob("building.*") if path != log]
    if parts and (ids is None or not _all_there(log, stamp, ids)):
        for path in (*parts, log):
            path.unlink(missing_ok=True)


def _all_there(log: Path, stamp: Callable[[str], Stamp], ids: list[str]) -> bool:
    try:
        for line in log.read_text("utf-8").split("\n")[1:]:
            if line:
                row, size, mtime, *_ = json.loads(line)
                if stamp(file_of(ids[row])) != (size, mtime):
                    return False
    except (OSError, ValueError, IndexError, TypeError):
        return False
    return True


def file_of(name: str) -> str:
    """The file below the root that an image's id names: itself, or the archive that it is in."""
    return name.partition("\0")[0]
