"""Nearest neighbours among many images, compared only with those that lie in near cells of the embedding.

The images are divided into cells by k-means, and each image is compared with all images of the `PROBES` cells whose
centres are nearest to it (an inverted file: Jégou, Douze and Schmid, Product Quantization for Nearest Neighbor Search,
2011, section IV). All of it is matrix products, so the time grows hardly faster than the number of images.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import threads
from auditor.training.axes import FloatArray

CELL = 300
"""Images of a cell, on average; at most four times as many."""

PROBES = 16
"""Cells that each image is compared with."""

SAMPLE, STEPS = 32, 8
"""Images per cell that k-means looks at, and its steps."""

_BLOCK = 1 << 20  # distances held at a time: they then stay in the processor's cache
_NONE = (0x7F800000 << 32) | 0xFFFFFFFF  # no row, at an infinite distance


def nearest(vectors: FloatArray, k: int, *, cell: int = CELL, probes: int = PROBES) -> NDArray[np.int32]:
    """Return, for each row, most of its k nearest rows by Euclidean distance, itself among them.

    Args:
        vectors: float32 [M, D].
        k: Neighbours of each row, at most M.
        cell: Rows of a cell, on average.
        probes: Cells that each row is compared with, besides its own; all of them make the search exact.

    Returns:
        int32 [M, k], nearest first.
    """
    members = list(_cells(vectors, cell))
    own = np.empty(len(vectors), np.int32)
    for number, rows in enumerate(members):
        own[rows] = number
    centres = np.stack([vectors[rows].mean(axis=0) for rows in members])
    near = Nearest(vectors, k)
    threads.over_rows(len(vectors), lambda part: _search(near, part, members, own, centres, probes))
    outliers = near.begin_again()  # in cells with few rows
    for rows in members if len(outliers) else ():
        near.compare(outliers, rows)
    return near.indices()


def _search(
    near: Nearest,
    asking: NDArray[np.intp],
    members: list[NDArray[np.intp]],
    own: NDArray[np.int32],
    centres: FloatArray,
    probes: int,
) -> None:
    """Compare consecutive rows with their own cells and those they probe.

    Args:
        near: Takes the nearest rows.
        asking: [m] consecutive rows.
        members: The rows of each cell.
        own: [M], the cell of each row.
        centres: float32 [cells, D].
        probes: Cells that each row is compared with, besides its own.
    """
    first, last = int(asking[0]), int(asking[-1])
    for rows in members:  # first, so that of the other cells only few rows are near enough to be kept
        near.compare(rows[(rows >= first) & (rows <= last)], rows)
    probed = _nearest_centres(near.vectors[first : last + 1], centres, min(probes, len(members)))
    order = np.argsort(probed, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(probed.ravel(), minlength=len(members)))
    for number, rows in enumerate(members):
        prober = first + order[ends[number - 1] if number else 0 : ends[number]] // probed.shape[1]
        near.compare(prober[own[prober] != number], rows)


class Nearest:
    """The nearest rows so far, of every row.

    Each is one number, the bits of its squared distance before those of its row: such numbers are in the order of the
    distances, and a partition of numbers takes a fraction of the time of one that yields places. Only rows nearer than
    the last of them become such numbers.
    """

    def __init__(self, vectors: FloatArray, k: int) -> None:
        self.vectors = vectors
        self._squares = np.einsum("md,md->m", vectors, vectors)
        self._keys = np.full((len(vectors), k), _NONE, np.int64)
        self._farthest = np.full(len(vectors), np.inf, np.float32)  # squared distance of the last row kept

    def compare(self, asking: NDArray[np.intp], rows: NDArray[np.intp]) -> None:
        """Keep the nearest of what is known and of some rows, which were not compared before.

        Args:
            asking: [m] different rows whose neighbours are sought.
            rows: [n] rows that each of them is compared with.
        """
        candidates, squares = -2 * self.vectors[rows], self._squares[rows]
        block = max(1, _BLOCK // len(rows))
        for start in range(0, len(asking), block):
            part = asking[start : start + block]
            relative = self.vectors[part] @ candidates.T  # squared distances, less the square of the asking row
            relative += squares
            nearer = np.flatnonzero(relative < (self._farthest[part] - self._squares[part])[:, None])
            if len(nearer):
                place, column = np.divmod(nearer, len(rows))
                distances = np.maximum(relative.ravel()[nearer] + self._squares[part][place], 0)  # rounding
                self._keep(part, place, (distances.view(np.int32).astype(np.int64) << 32) | rows[column])

    def _keep(self, asking: NDArray[np.intp], place: NDArray[np.intp], keys: NDArray[np.int64]) -> None:
        """Merge new rows, each for the asking row at its `place` (ascending), into those kept."""
        counts = np.bincount(place, minlength=len(asking))
        having = np.flatnonzero(counts)
        counts, k = counts[having], self._keys.shape[1]
        merged = np.full((len(having), k + int(counts.max())), _NONE, np.int64)
        merged[:, :k] = self._keys[asking[having]]
        number = np.repeat(np.arange(len(having)), counts)
        merged[number, k + np.arange(len(keys)) - np.repeat(np.cumsum(counts) - counts, counts)] = keys
        merged.partition(k - 1, axis=1)
        self._keys[asking[having]] = merged[:, :k]
        self._farthest[asking[having]] = (merged[:, k - 1] >> 32).astype(np.int32).view(np.float32)

    def begin_again(self) -> NDArray[np.intp]:
        """Forget what is known of rows with fewer than k neighbours, and return these rows."""
        short = np.flatnonzero((self._keys == _NONE).any(axis=1))
        self._keys[short], self._farthest[short] = _NONE, np.inf
        return short

    def indices(self) -> NDArray[np.int32]:
        """Return the rows, int32 [M, k], nearest first."""
        rows: NDArray[np.int32] = (np.sort(self._keys, axis=1) & 0xFFFFFFFF).astype(np.int32)
        return rows


def _nearest_centres(vectors: FloatArray, centres: FloatArray, count: int) -> NDArray[np.int32]:
    """Return the cells with the nearest centres, int32 [M, count], in no order."""
    near = np.empty((len(vectors), count), np.int32)
    scaled, squares = -2 * centres, np.einsum("nd,nd->n", centres, centres)
    block = max(1, _BLOCK // len(centres))
    for start in range(0, len(vectors), block):
        relative = vectors[start : start + block] @ scaled.T
        relative += squares
        near[start : start + block] = _smallest(relative, count)
    return near


def _smallest(values: FloatArray, count: int) -> NDArray[np.integer]:
    """Return the columns of the `count` smallest of each row, [m, count], in no order."""
    columns: NDArray[np.integer]
    if count == 1:
        columns = values.argmin(axis=1)[:, None]
        return columns
    # The same order for whole numbers: those of negative numbers fall as the number's bits rise.
    bits = values.view(np.int32)
    keys = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64) << 32
    keys |= np.arange(values.shape[1])
    keys.partition(count - 1, axis=1)
    columns = keys[:, :count] & 0xFFFFFFFF
    return columns


def _cells(vectors: FloatArray, cell: int) -> Iterator[NDArray[np.intp]]:
    """Divide the rows into cells; yields the rows of each."""
    count = max(1, len(vectors) // cell)
    centres = _centres(vectors, count)
    number = np.empty(len(vectors), np.int32)

    def divide(part: NDArray[np.intp]) -> None:
        number[part] = _nearest_centres(vectors[part[0] : part[-1] + 1], centres, 1)[:, 0]

    threads.over_rows(len(vectors), divide)
    order = np.argsort(number, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
        yield from _cut(vectors, rows, 4 * cell)


def _centres(vectors: FloatArray, count: int) -> FloatArray:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    draw = np.random.default_rng(0)
    sample = vectors[np.sort(draw.permutation(len(vectors))[: SAMPLE * count])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than cells: some stay empty
        means = KMeans(count, init="random", n_init=1, max_iter=STEPS, random_state=0).fit(sample)
    centres: FloatArray = means.cluster_centers_.astype(np.float32)
    return centres


def _cut(vectors: FloatArray, rows: NDArray[np.intp], largest: int) -> Iterator[NDArray[np.intp]]:
    """Cut a cell into equal slices along its axis of largest variance; as it is where it is small enough."""
    pieces = -(-len(rows) // largest)
    if pieces == 1:
        yield rows
        return
    centred = vectors[rows] - vectors[rows].mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    yield from np.array_split(rows[np.argsort(centred @ axes[:, -1], kind="stable")], pieces)
