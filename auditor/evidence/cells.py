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

from auditor.evidence.axes import FloatArray

CELL = 300
"""Images of a cell, on average; at most four times as many."""

PROBES = 16
"""Cells that each image is compared with."""

SAMPLE, STEPS = 32, 8
"""Images per cell that k-means looks at, and its steps."""

_BLOCK = 1 << 23  # distances held at a time
_NONE = np.iinfo(np.int64).max


def nearest(vectors: FloatArray, k: int, *, cell: int = CELL, probes: int = PROBES) -> NDArray[np.int32]:
    """Return, for each row, most of its k nearest rows by Euclidean distance, itself among them.

    Args:
        vectors: float32 [M, D].
        k: Neighbours of each row, at most M.
        cell: Rows of a cell, on average.
        probes: Cells that each row is compared with; all of them make the search exact.

    Returns:
        int32 [M, k], nearest first.
    """
    members = list(_cells(vectors, cell))
    centres = np.stack([vectors[rows].mean(axis=0) for rows in members])
    near = Nearest(len(vectors), k)
    probed = _nearest_centres(vectors, centres, min(probes, len(members)))
    order = np.argsort(probed, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(probed.ravel(), minlength=len(members)))
    for number, rows in enumerate(members):
        asking = order[ends[number - 1] if number else 0 : ends[number]] // probed.shape[1]
        _compare(near, vectors, asking, rows)
    # Outliers, in cells with few rows.
    _compare(near, vectors, near.begin_again(), np.arange(len(vectors)))
    return near.indices()


def _compare(near: Nearest, vectors: FloatArray, asking: NDArray[np.intp], rows: NDArray[np.intp]) -> None:
    """Offer some rows to others, in blocks of a bounded size."""
    if not len(asking):
        return
    block = max(1, _BLOCK // len(rows))
    candidates = vectors[rows]
    for start in range(0, len(asking), block):
        part = asking[start : start + block]
        near.offer(part, rows, _squares(vectors[part], candidates))


class Nearest:
    """The nearest rows so far, of every row.

    Each is one number, the bits of its squared distance before those of its row: such numbers are in the order of the
    distances, and a partition of numbers takes a fraction of the time of one that yields places.
    """

    def __init__(self, size: int, k: int) -> None:
        self._k = k
        self._keys = np.full((size, k), _NONE, np.int64)

    def offer(self, asking: NDArray[np.intp], rows: NDArray[np.intp], squares: FloatArray) -> None:
        """Keep the nearest of what is known and of some rows, which were not offered before.

        Args:
            asking: [m] rows whose neighbours are sought.
            rows: [n] rows that each of them is compared with.
            squares: float32 [m, n] squared distances, at least 0.
        """
        keys = np.empty((len(asking), self._k + len(rows)), np.int64)
        keys[:, : self._k] = self._keys[asking]
        keys[:, self._k :] = squares.view(np.int32)
        keys[:, self._k :] <<= 32
        keys[:, self._k :] |= rows
        keys.partition(self._k - 1, axis=1)
        self._keys[asking] = keys[:, : self._k]

    def begin_again(self) -> NDArray[np.intp]:
        """Forget what is known of rows with fewer than k neighbours, and return these rows."""
        short = np.flatnonzero((self._keys == _NONE).any(axis=1))
        self._keys[short] = _NONE
        return short

    def indices(self) -> NDArray[np.int32]:
        """Return the rows, int32 [M, k], nearest first."""
        rows: NDArray[np.int32] = (np.sort(self._keys, axis=1) & 0xFFFFFFFF).astype(np.int32)
        return rows


def _nearest_centres(vectors: FloatArray, centres: FloatArray, count: int) -> NDArray[np.int32]:
    """Return the cells with the nearest centres, int32 [M, count], in no order."""
    near = np.empty((len(vectors), count), np.int32)
    block = max(1, _BLOCK // len(centres))
    for start in range(0, len(vectors), block):
        squares = _squares(vectors[start : start + block], centres)
        near[start : start + block] = np.argpartition(squares, count - 1, axis=1)[:, :count]
    return near


def _squares(one: FloatArray, other: FloatArray) -> FloatArray:
    """Squared distances, float32 [m, n]; rounding makes none of them negative."""
    squares = one @ (-2 * other.T)
    squares += np.einsum("nd,nd->n", other, other)
    squares += np.einsum("md,md->m", one, one)[:, None]
    return np.maximum(squares, 0, out=squares)


def _cells(vectors: FloatArray, cell: int) -> Iterator[NDArray[np.intp]]:
    """Divide the rows into cells; yields the rows of each."""
    count = max(1, len(vectors) // cell)
    centres = _centres(vectors, count)
    number = _nearest_centres(vectors, centres, 1)[:, 0]
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
