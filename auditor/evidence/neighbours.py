"""The k nearest faces of every image by the cosine of their embeddings, and the labels of these.

Exact up to `EXACT` images (scikit-learn's blocked brute force); above that within near cells of the embedding
(auditor/evidence/cells.py), which finds nearly all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import cells
from auditor.evidence.gather import FloatArray
from auditor.training.axes import Rows, principal_axes, unit

NEIGHBOURS = 30
EXACT = 30_000
GATHERED = 1 << 19
"""Numbers gathered at a time for distances."""


def joint_embedding(embeddings: Sequence[Rows], weights: Sequence[float], dims: int = 64) -> FloatArray:
    """Join several embeddings: each reduced to its main axes, of unit length, times the root of its weight.

    The cosine of two rows is then the weighted mean of the cosines, so a method that has learnt nothing (weight 0)
    does not influence the neighbours.

    Args:
        embeddings: float32 [M, D_i] each.
        weights: One for each embedding, >= 0, not all 0.
        dims: Axes kept of each.

    Returns:
        float32 [M, sum of min(D_i, dims)].
    """
    total = float(sum(weights))
    weighted = [(embedding, weight) for embedding, weight in zip(embeddings, weights, strict=True) if weight > 0]
    widths = [min(embedding.shape[1], dims) for embedding, _ in weighted]
    joint, start = np.empty((embeddings[0].shape[0], sum(widths)), np.float32), 0
    for (embedding, weight), width in zip(weighted, widths, strict=True):
        scale = np.float32(np.sqrt(weight / total))
        joint[:, start : start + width] = unit(principal_axes(embedding, dims)) * scale
        start += width
    return joint


def nearest(
    embedding: FloatArray, k: int = NEIGHBOURS, *, exact: int = EXACT, probes: int = cells.PROBES
) -> tuple[NDArray[np.int32], FloatArray]:
    """Return the k nearest other images of each image by cosine distance.

    Args:
        embedding: float32 [M, D], any length; directions are compared.
        k: At most M - 1 are returned.
        exact: Up to this many images the search is exact.
        probes: Cells of the embedding in which it looks above that.

    Returns:
        int32 [M, k] places in the embedding, nearest first, never the image itself, and float32 [M, k] cosine
        distances in [0, 2].
    """
    size = len(embedding)
    vectors = embedding if size > exact and _are_unit(embedding) else unit(embedding)
    k = min(k, size - 1)
    if k < 1:
        return np.empty((size, 0), np.int32), np.empty((size, 0), np.float32)
    indices = _exact(vectors, k + 1) if size <= exact else cells.nearest(vectors, k + 1, probes=probes)
    # Duplicates are at distance 0 too, so the image itself is not always first: move it last, then drop it.
    itself = indices == np.arange(size)[:, None]
    itself[~itself.any(axis=1), -1] = True
    others = np.take_along_axis(indices, np.argsort(itself, axis=1, kind="stable")[:, :-1], axis=1)
    return others.astype(np.int32), _distances(vectors, others)


def _are_unit(embedding: FloatArray) -> bool:
    """Return whether rows have length 1 or 0, so that a large embedding need not be copied."""
    squares = np.einsum("md,md->m", embedding, embedding)
    return bool(np.all((np.abs(squares - 1) < 1e-3) | (squares == 0)))


def _exact(vectors: FloatArray, k: int) -> NDArray[np.integer]:
    from sklearn.neighbors import NearestNeighbors

    indices: NDArray[np.integer] = (
        NearestNeighbors(n_neighbors=k, algorithm="brute").fit(vectors).kneighbors(vectors, return_distance=False)
    )
    return indices


def _distances(vectors: FloatArray, neighbours: NDArray[np.integer]) -> FloatArray:
    out = np.empty(neighbours.shape, np.float32)
    block = max(1, GATHERED // max(1, neighbours.shape[1] * vectors.shape[1]))
    for start in range(0, len(vectors), block):
        part = slice(start, start + block)
        out[part] = 1 - np.einsum("md,mkd->mk", vectors[part], vectors[neighbours[part]])
    clipped: FloatArray = np.clip(out, 0, 2)
    return clipped


def average(values: FloatArray, neighbours: NDArray[np.int32]) -> FloatArray:
    """Return the mean of `values` [M, C] over each image's neighbours, without the image itself; float32 [M, C]."""
    total = np.zeros_like(values, dtype=np.float32)
    for column in neighbours.T:
        total += values[column]
    mean: FloatArray = total / max(1, neighbours.shape[1])
    return mean


def disagreement(labels: NDArray[np.integer], neighbours: NDArray[np.int32]) -> FloatArray:
    """Return the share of neighbours with another label than the image, float32 [M], [0, 1]; higher = more suspect."""
    if not neighbours.shape[1]:
        return np.zeros(len(labels), np.float32)
    share: FloatArray = (labels[neighbours] != labels[:, None]).mean(axis=1, dtype=np.float32)
    return share
