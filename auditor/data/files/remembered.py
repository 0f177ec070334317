"""What was read from a file, remembered until the file changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

from auditor.errors import DataError

T = TypeVar("T")
Stamp = tuple[int, int]


def until_changed(kept: int) -> Callable[[Callable[[Path], T]], Callable[[Path], T]]:
    """A decorator for a function that reads one file: the last `kept` files' results are given again.

    A file counts as changed when its size or time does. The function it makes raises DataError where there is no such
    file, besides what reading it raises.
    """

    def decorate(read: Callable[[Path], T]) -> Callable[[Path], T]:
        known: OrderedDict[Path, tuple[Stamp, T]] = OrderedDict()
        lock = threading.Lock()

        @wraps(read)
        def remembered(path: Path) -> T:
            try:
                status = path.stat()
            except OSError as error:
                raise DataError(f"{path} cannot be read ({error.strerror}): check that it is there") from error
            stamp = (status.st_size, status.st_mtime_ns)
            with lock:
                found = known.get(path)
                if found is not None and found[0] == stamp:
                    known.move_to_end(path)
                    return found[1]
            result = read(path)
            with lock:
                known[path] = (stamp, result)
                known.move_to_end(path)
                while len(known) > kept:
                    known.popitem(last=False)
            return result

        return remembered

    return decorate
