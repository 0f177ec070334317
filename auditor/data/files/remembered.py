"""What was read from a file, remembered until the file changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

from auditor.errors import DataError
from auditor.recent import Recent

T = TypeVar("T")
Stamp = tuple[int, int]


def until_changed(kept: int) -> Callable[[Callable[[Path], T]], Callable[[Path], T]]:
    """A decorator for a function that reads one file: the last `kept` files' results are given again.

    A file counts as changed when its size or time does. The function it makes raises DataError where there is no such
    file, besides what reading it raises.
    """

    def decorate(read: Callable[[Path], T]) -> Callable[[Path], T]:
        known: Recent[Path, tuple[Stamp, T]] = Recent(kept)

        @wraps(read)
        def remembered(path: Path) -> T:
            try:
                status = path.stat()
            except OSError as error:
                raise DataError(f"{path} cannot be read ({error.strerror}): check that it is there") from error
            stamp = (status.st_size, status.st_mtime_ns)
            found = known.get(path)
            if found is not None and found[0] == stamp:
                return found[1]
            return known.put(path, (stamp, read(path)))[1]

        return remembered

    return decorate
