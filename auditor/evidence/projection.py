"""Maps of the embeddings: PCA immediately, UMAP later from a worker (its first call compiles for a minute).

UMAP of 300,000 images takes minutes per embedding on one core. Above `FITTED` images it therefore lays out that many
of them, chosen so that thin regions keep more of their images than dense ones, and places the others by their nearest
neighbours among these. The map's table states which were placed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from auditor import writing
from auditor.evidence.gather import FloatArray
from auditor.evidence.versions import EvidenceVersion
from auditor.training.axes import unit
from models import titles

Progress = Callable[[int, int, str], None]

UMAP_INPUT = "map_input_{}.npy"
UMAP_DIMS = 32


FITTED = 50_000
"""Images that UMAP lays out; the others are placed."""

CELLS, CELL_AXES = 24, 3
"""The density is counted in cells: so many along each of so many main axes."""

PLACED_BY = 4
"""Neighbours by which an image is placed."""


def pca(reduced: FloatArray) -> FloatArray:
    """Return the first two main axes, float32 [M, 2]; columns are 0 where there are fewer."""
    return np.pad(reduced[:, :2], ((0, 0), (0, max(0, 2 - reduced.shape[1]))))


def umap(
    embedding: FloatArray, *, seed: int = 0, neighbours: int = 15, fitted: int = FITTED
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return a seeded UMAP (McInnes et al. 2018) by cosine. Imports umap: call it in a worker only.

    Args:
        embedding: float32 [M, D].
        seed: Of all random numbers.
        neighbours: UMAP's own number of neighbours.
        fitted: Most images to lay out; the others are placed by their neighbours.

    Returns:
        float32 [M, 2], the positions, and bool [M], True for images that were placed.
    """
    vectors = unit(embedding)
    placed = np.zeros(len(vectors), bool)
    if len(vectors) > fitted:
        placed[:] = True
        placed[spread(vectors, fitted, seed)] = False
    # Exact neighbours take 12 seconds among 50,000 images; UMAP's own approximate search compiles for longer than that.
    index = NearestNeighbors(algorithm="brute").fit(vectors[~placed])
    positions = np.empty((len(vectors), 2), np.float32)
    positions[~placed] = _laid_out(vectors[~placed], index, seed, neighbours)
    if placed.any():
        distance, near = index.kneighbors(vectors[placed], PLACED_BY)
        positions[placed] = between(positions[~placed], near, distance)
    return positions, placed


def spread(vectors: FloatArray, count: int, seed: int) -> NDArray[np.intp]:
    """Choose images so that thin regions are kept whole and dense ones are thinned out; sorted places, [count].

    An image's chance falls with the square root of the number of images in its cell, which keeps dense regions denser
    than thin ones on the map.
    """
    axes = vectors[:, :CELL_AXES]
    low, high = axes.min(axis=0), axes.max(axis=0)
    cell = np.minimum((axes - low) / np.maximum(high - low, 1e-12) * CELLS, CELLS - 1).astype(np.int64)
    code = cell @ (CELLS ** np.arange(axes.shape[1]))
    _, place, members = np.unique(code, return_inverse=True, return_counts=True)
    # The `count` smallest of exponential variates with these rates are a weighted draw without replacement.
    waits = np.random.default_rng(seed).exponential(size=len(vectors)) * np.sqrt(members[place])
    return np.sort(np.argpartition(waits, count - 1)[:count])


def between(positions: FloatArray, near: NDArray[np.integer], distance: FloatArray) -> FloatArray:
    """Return where images are placed: the mean of their neighbours' positions, by the inverse square of the distance.

    Neighbours further on the map from the nearest one than half of the others' median are left out, because the mean
    of two groups is in neither.

    Args:
        positions: float32 [F, 2], of the images that were laid out.
        near: [n, k] places of each image's neighbours among these, nearest first.
        distance: float32 [n, k], in the embedding.
    """
    around = positions[near]
    away = np.linalg.norm(around - around[:, :1], axis=2)
    scale = np.linalg.norm(positions - np.median(positions, axis=0), axis=1)
    weights = np.where(away <= np.median(scale) / 2, 1 / np.maximum(distance, 1e-6) ** 2, 0)
    placed: FloatArray = (weights[:, :, None] * around).sum(axis=1) / weights.sum(axis=1)[:, None]
    return placed.astype(np.float32)


def _laid_out(vectors: FloatArray, index: NearestNeighbors, seed: int, neighbours: int) -> FloatArray:
    """Return UMAP's positions; `index` finds neighbours among the same vectors."""
    import warnings

    from umap import UMAP

    count = max(2, min(neighbours, len(vectors) - 1))
    distance, near = index.kneighbors(vectors, count)  # each image is its own first neighbour, as UMAP expects
    with warnings.catch_warnings():
        # With a seed UMAP runs on one thread and warns each time; a reproducible map is worth it.
        warnings.filterwarnings("ignore", message="n_jobs value")
        warnings.filterwarnings("ignore", message=r"precomputed_knn\[2\]")  # nothing new is transformed later
        reducer = UMAP(
            n_neighbors=count,
            metric="euclidean",
            random_state=seed,
            init="spectral" if len(vectors) > 50 else "random",
            precomputed_knn=(near, distance),
        )
        positions: FloatArray = np.asarray(reducer.fit_transform(vectors), np.float32)
    return positions


def add_umap(version: EvidenceVersion, progress: Progress | None = None, *, seed: int = 0) -> None:
    """Add `<embedding>_umap_x|y` to a version's map, one embedding after another, each replaced atomically.

    Where images were placed by their neighbours, `<embedding>_umap_placed` states which. An embedding of fewer than 4
    images keeps its PCA alone.
    """
    names = version.embeddings
    for number, name in enumerate(names):
        if progress:
            progress(number, len(names), f"UMAP of {'all methods' if name == 'joint' else titles.title(name)}")
        embedding = np.load(version.folder / UMAP_INPUT.format(name))
        if len(embedding) < 4 or f"{name}_umap_x" in version.map:
            continue
        positions, placed = umap(embedding, seed=seed)
        table = version.map
        table[f"{name}_umap_x"], table[f"{name}_umap_y"] = positions[:, 0], positions[:, 1]
        if placed.any():
            table[f"{name}_umap_placed"] = placed
        with writing.replacing(version.folder / "map.parquet") as aside:
            table.to_parquet(aside, index=False)
    if progress:
        progress(len(names), len(names), "UMAP done")
