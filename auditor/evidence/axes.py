"""Main axes of an embedding that is read block by block, so that a million images need no more memory than a block."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

BLOCK = 20_000  # images; an embedding of 1,024 numbers then needs 80 MB at a time


class Rows(Protocol):
    """An embedding float32 [M, D] whose rows are read by slices: an array, or something that reads files."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(M, D)."""

    def __getitem__(self, part: slice, /) -> FloatArray:
        """Return the rows of a slice, float32 [m, D]."""


class SideBySide:
    """Several embeddings of the same images as one, float32 [M, D_1 + D_2 + ...]."""

    def __init__(self, embeddings: Sequence[Rows]) -> None:
        self._parts = embeddings

    @property
    def shape(self) -> tuple[int, ...]:
        """(M, D)."""
        return self._parts[0].shape[0], sum(part.shape[1] for part in self._parts)

    def __getitem__(self, part: slice, /) -> FloatArray:
        """Return the rows of a slice."""
        return np.concatenate([each[part] for each in self._parts], axis=1)


def parts(count: int) -> Iterator[slice]:
    """Yield consecutive slices of at most `BLOCK` of `count` images."""
    for start in range(0, count, BLOCK):
        yield slice(start, min(start + BLOCK, count))


def blocks(embedding: Rows) -> Iterator[tuple[slice, FloatArray]]:
    """Yield consecutive slices of an embedding and their rows."""
    for part in parts(embedding.shape[0]):
        yield part, embedding[part]


def forget_pages(array: NDArray[Any]) -> None:
    """Give back the memory of what was read of a file that is mapped for reading; it is read again when it is needed.

    Without this, a pass over a file of 4 GB holds 4 GB until it ends. Nothing happens to any other array, or on a
    system without this advice.
    """
    mapped: Any = array
    while isinstance(mapped, np.ndarray) and not (isinstance(mapped, np.memmap) and isinstance(mapped.base, mmap.mmap)):
        mapped = mapped.base
    if mapped is not None and mapped.mode == "r" and hasattr(mmap, "MADV_DONTNEED"):
        mapped.base.madvise(mmap.MADV_DONTNEED)


def unit(embedding: FloatArray) -> FloatArray:
    """Scale rows to length 1; rows of length 0 stay 0."""
    length = np.linalg.norm(embedding, axis=1, keepdims=True)
    scaled: FloatArray = embedding / np.maximum(length, 1e-12)
    return scaled


def principal_axes(embedding: Rows, dims: int, *, directions: bool = False) -> FloatArray:
    """Centre and rotate onto the `dims` axes of largest variance; float32 [M, min(D, dims)].

    The sign of each axis is fixed (its largest loading is positive), so that maps do not flip between runs. The
    embedding is read three times: for its mean, its covariance and its projection.

    Args:
        embedding: float32 [M, D].
        dims: Axes kept.
        directions: Scale every row to length 1 first.
    """
    count, width = embedding.shape

    def read() -> Iterator[tuple[slice, FloatArray]]:
        for part, rows in blocks(embedding):
            yield part, unit(rows) if directions else rows

    mean = sum((rows.sum(axis=0, dtype=np.float64) for _, rows in read()), np.zeros(width)) / max(1, count)
    mean = mean.astype(np.float32)
    covariance = np.zeros((width, width))
    for _, rows in read():
        centred = rows - mean
        covariance += (centred.T @ centred).astype(np.float64)
    values, vectors = np.linalg.eigh(covariance / max(1, count))
    vectors = vectors[:, np.argsort(values)[::-1][:dims]]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    turned = (vectors * np.where(largest < 0, -1, 1)).astype(np.float32)
    rotated = np.empty((count, turned.shape[1]), np.float32)
    for part, rows in read():
        rotated[part] = (rows - mean) @ turned
    return rotated
