"""Threads of our own over rows, each with matrix products of one thread.

A linear-algebra library that divides each small product among its threads spends as much time waiting as computing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from auditor.data.images.processors import processors


@contextmanager
def undivided() -> Iterator[None]:
    """Compute each matrix product in one thread, inside the block or the decorated function."""
    with threadpool_limits(1, user_api="blas"):
        yield


def over_rows(count: int, work: Callable[[NDArray[np.intp]], Any]) -> None:
    """Call `work` with as many parts of the rows as there are processors, in threads; they must not meet in anything.

    Args:
        count: How many rows there are.
        work: Called with the row numbers of a part, [m], ascending.
    """
    parts = [part for part in np.array_split(np.arange(count), processors()) if len(part)]
    with undivided(), ThreadPoolExecutor(max(1, len(parts))) as threads:
        for finished in [threads.submit(work, part) for part in parts]:
            finished.result()  # raises what ended it
