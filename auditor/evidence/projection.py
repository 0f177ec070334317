"""Maps of the embeddings: PCA immediately, UMAP later from a worker (its first call compiles for a minute)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from auditor import writing
from auditor.evidence.gather import FloatArray
from auditor.evidence.neighbours import principal_axes, unit
from auditor.evidence.versions import EvidenceVersion

if TYPE_CHECKING:
    pass

Progress = Callable[[int, int, str], None]

UMAP_INPUT = "map_input_{}.npy"
UMAP_DIMS = 32


def pca(embedding: FloatArray) -> FloatArray:
    """Return the two main axes of an embedding's directions, float32 [M, 2]; columns are 0 where D < 2."""
    axes = principal_axes(unit(embedding), 2)
    return np.pad(axes, ((0, 0), (0, 2 - axes.shape[1])))


def umap(embedding: FloatArray, *, seed: int = 0, neighbours: int = 15) -> FloatArray:
    """Return a seeded UMAP (McInnes et al. 2018) by cosine, float32 [M, 2]. Imports umap: call it in a worker only."""
    import warnings

    from umap import UMAP

    with warnings.catch_warnings():
        # With a seed UMAP runs on one thread and warns each time; a reproducible map is worth it.
        warnings.filterwarnings("ignore", message="n_jobs value")
        reducer = UMAP(
            n_neighbors=max(2, min(neighbours, len(embedding) - 1)),
            metric="euclidean",
            random_state=seed,
            init="spectral" if len(embedding) > 50 else "random",
            low_memory=True,
        )
        placed: FloatArray = np.asarray(reducer.fit_transform(unit(embedding)), np.float32)
    return placed


def add_umap(version: EvidenceVersion, progress: Progress | None = None, *, seed: int = 0) -> None:
    """Add `<embedding>_umap_x|y` to a version's map, one embedding after another, each replaced atomically.

    An embedding of fewer than 4 images keeps its PCA alone.
    """
    names = version.embeddings
    for number, name in enumerate(names):
        if progress:
            progress(number, len(names), f"UMAP of {name}")
        embedding = np.load(version.folder / UMAP_INPUT.format(name))
        if len(embedding) < 4 or f"{name}_umap_x" in version.map:
            continue
        placed = umap(embedding, seed=seed)
        table = version.map
        table[f"{name}_umap_x"], table[f"{name}_umap_y"] = placed[:, 0], placed[:, 1]
        with writing.replacing(version.folder / "map.parquet") as aside:
            table.to_parquet(aside, index=False)
    if progress:
        progress(len(names), len(names), "UMAP done")
