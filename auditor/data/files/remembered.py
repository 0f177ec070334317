"""A cache of what was read from a file, valid until the file changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

from auditor.errors import DataError
from auditor.recent import Recent

T = TypeVar("T")
Stamp = tuple[int, int]


def until_changed(most: int) -> Callable[[Callable[[Path], T]], Callable[[Path], T]]:
    """Decorate a function that reads one file: cache the results of the last `most` files.

    A file counts as changed when its size or time does. The function it makes raises DataError where there is no such
    file, besides what reading it raises.
    """

    def decorate(read: Callable[[Path], T]) -> Callable[[Path], T]:
        cache: Recent[Path, tuple[Stamp, T]] = Recent(most)

        @wraps(read)
        def remembered(path: Path) -> T:
            try:
                status = path.stat()
            except OSError as error:
                raise DataError(
                    f"The file {path} cannot be read ({error.strerror}); check that it is there."
                ) from error
            stamp = (status.st_size, status.st_mtime_ns)
            entry = cache.get(path)
            if entry is not None and entry[0] == stamp:
                return entry[1]
            return cache.put(path, (stamp, read(path)))[1]

        return remembered

    return decorate
