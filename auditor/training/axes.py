"""Main axes of an embedding that is read block by block, so that a million images need no more memory than a block."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

BLOCK = 20_000  # images; an embedding of 1,024 numbers then needs 80 MB at a time

SAMPLE = 1 << 16
"""Images from which main axes are estimated; of more, as many are drawn."""


class Rows(Protocol):
    """An embedding float32 [M, D] whose rows are read in parts: an array, or something that reads files."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(M, D)."""

    def __getitem__(self, part: slice | NDArray[np.intp], /) -> FloatArray:
        """Return the rows of a slice, or those with these numbers, float32 [m, D]."""


class SideBySide:
    """Several embeddings of the same images as one, float32 [M, D_1 + D_2 + ...]."""

    def __init__(self, embeddings: Sequence[Rows]) -> None:
        self._parts = embeddings

    @property
    def shape(self) -> tuple[int, ...]:
        """(M, D)."""
        return self._parts[0].shape[0], sum(part.shape[1] for part in self._parts)

    def __getitem__(self, part: slice | NDArray[np.intp], /) -> FloatArray:
        """Return the rows of a slice, or those with these numbers."""
        return (
            self._parts[0][part]
            if len(self._parts) == 1
            else np.concatenate([each[part] for each in self._parts], axis=1)
        )


class Chosen:
    """Some rows of an embedding as one, float32 [K, D], copied only as far as they are read."""

    def __init__(self, embedding: Rows, rows: NDArray[np.intp]) -> None:
        self._embedding, self._rows = embedding, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """(K, D)."""
        return len(self._rows), self._embedding.shape[1]

    def __getitem__(self, part: slice | NDArray[np.intp]) -> FloatArray:
        """Return the rows of a slice, or those with these numbers."""
        return self._embedding[self._rows[part]]


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

    The sign of each axis is fixed (its largest loading is positive), so that maps do not flip between runs. Of more
    than `SAMPLE` images, mean and covariance are those of as many, drawn with a fixed seed: the axes differ little, and
    the embedding is read once and not three times.

    Args:
        embedding: float32 [M, D].
        dims: Axes kept.
        directions: Scale every row to length 1 first.
    """
    count, width = embedding.shape

    def read(part: slice | NDArray[np.intp]) -> FloatArray:
        return unit(embedding[part]) if directions else embedding[part]

    sample = min(count, SAMPLE)
    mean = sum((read(part).sum(axis=0, dtype=np.float64) for part in _drawn(count)), np.zeros(width)) / max(1, sample)
    mean = mean.astype(np.float32)
    covariance = np.zeros((width, width))
    for part in _drawn(count):
        centred = read(part) - mean
        covariance += (centred.T @ centred).astype(np.float64)
    values, vectors = np.linalg.eigh(covariance / max(1, sample))
    vectors = vectors[:, np.argsort(values)[::-1][:dims]]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    turned = (vectors * np.where(largest < 0, -1, 1)).astype(np.float32)
    rotated = np.empty((count, turned.shape[1]), np.float32)
    for part in parts(count):
        rotated[part] = (read(part) - mean) @ turned
    return rotated


def _drawn(count: int) -> Iterator[slice | NDArray[np.intp]]:
    """Yield parts of the images that main axes are estimated from: all, or a sample in ascending order."""
    if count <= SAMPLE:
        yield from parts(count)
        return
    chosen = np.sort(np.random.default_rng(0).choice(count, SAMPLE, replace=False))
    for part in parts(SAMPLE):
        yield chosen[part]
