"""Find duplicates: the same picture twice, exact, nearly the same or mirrored, also across splits.

A small descriptor that does not change under mirroring finds candidate pairs (nearest neighbours). Each pair is then
compared pixel by pixel, unchanged and mirrored, at `DETAIL` pixels a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.evidence.gather import FloatArray
from auditor.evidence.neighbours import nearest
from auditor.training.axes import forget_pages

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("none", "exact", "near", "mirrored")
"""Names of `kind`: the same pixels; the same picture re-encoded, resized or brightened; mirrored."""

ALIKE = 0.975
"""Correlation at DETAIL pixels from which two pictures count as the same. Two faces of one class, aligned alike, stay
below; a JPEG at quality 40, a change of contrast or a shift by one pixel stay above (tests/evidence)."""

COARSE, DETAIL, CANDIDATES = 12, 24, 8
PROBES = 8
"""Cells in which candidates are looked for: a copy lies so near to its picture that both have the same near cells
(tests/evidence/test_cells.py finds every copy, also among pictures of noise, which form no cells)."""

_BLOCK, _AT_ONCE = 4096, 64


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Pairs and groups of duplicates.

    Attributes:
        pairs: Table with `row`, `other` (rows of the data set, row < other), `kind`, `correlation` in [ALIKE, 1],
            `contradicting` (both have a label and the labels differ) and `across_splits`.
        group: int32 [N], number of the group of duplicates an image is in, -1 for none.
        kind: int8 [N], index into KINDS of the image's most alike pair.
    """

    pairs: pd.DataFrame
    group: NDArray[np.int32]
    kind: NDArray[np.int8]


def find(images: NDArray[np.uint8], labels: NDArray[np.integer], split: NDArray[np.integer]) -> Duplicates:
    """Find every pair of duplicates.

    Args:
        images: uint8 [N, S, S, 3], S >= 24; may be memory-mapped, it is read in blocks.
        labels: [N] classes, -1 for none.
        split: [N] codes of the splits.
    """
    size = len(images)
    descriptor, detail = _described(images)
    first, second = _candidates(descriptor)
    correlation, mirrored, same = _compare(images, detail, first, second)
    alike = correlation >= ALIKE
    first, second, correlation = first[alike], second[alike], correlation[alike]
    mirrored, same = mirrored[alike], same[alike]
    kind = np.where(mirrored, 3, np.where(same, 1, 2)).astype(np.int8)
    kinds = np.zeros(size, np.int8)
    for number in (3, 2, 1):  # the most alike kind is written last and stays
        kinds[first[kind == number]] = kinds[second[kind == number]] = number
    return Duplicates(_pairs(first, second, kind, correlation, labels, split), _groups(size, first, second), kinds)


def _pairs(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    kind: NDArray[np.int8],
    correlation: FloatArray,
    labels: NDArray[np.integer],
    split: NDArray[np.integer],
) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(
        {
            schema.ROW: first.astype(np.int32),
            "other": second.astype(np.int32),
            "kind": np.array(KINDS, dtype=object)[kind],
            "correlation": correlation.astype(np.float32),
            "contradicting": (labels[first] != labels[second]) & (labels[first] >= 0) & (labels[second] >= 0),
            "across_splits": split[first] != split[second],
        }
    )
    return table.sort_values([schema.ROW, "other"], ignore_index=True)


def no_pairs() -> pd.DataFrame:
    """Return an empty table of pairs."""
    none = np.empty(0, np.int64)
    return _pairs(none, none, np.empty(0, np.int8), np.empty(0, np.float32), none, none)


def _groups(size: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int32]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    members = np.bincount(component, minlength=1)
    _, numbered = np.unique(np.where(members[component] > 1, component, -1), return_inverse=True)
    alone = members[component] <= 1
    return np.where(alone, -1, numbered - bool(alone.any())).astype(np.int32)


def _averages(images: NDArray[np.uint8], side: int) -> FloatArray:
    """Average pictures down to `side` grey pixels: float32 [n, side, side]."""
    count, high, wide, channels = images.shape
    # Grey and averaged along the lines by one product, [wide * channels, side]; a few pictures at a time, in cache.
    across = _averaging(wide, side).T[:, None] * np.array([0.299, 0.587, 0.114], np.float32)[:, None]
    across, down = across.reshape(wide * channels, side), _averaging(high, side)
    averages = np.empty((count, side, side), np.float32)
    for start in range(0, count, _AT_ONCE):
        lines = images[start : start + _AT_ONCE].reshape(-1, wide * channels).astype(np.float32) @ across
        averages[start : start + _AT_ONCE] = down @ lines.reshape(-1, high, side)
    return averages


def _normalised(small: FloatArray) -> FloatArray:
    """Give small pictures [n, side, side] mean 0 and norm 1; flat ones become 0."""
    small = small - small.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((small**2).sum(axis=(1, 2), keepdims=True))
    # Under a grey level of difference there is nothing to compare: blank images are not duplicates of one another.
    side = small.shape[1]
    scaled: FloatArray = np.where(length > side, small / np.maximum(length, 1e-6), 0).astype(np.float32)
    return scaled


def _averaging(size: int, side: int) -> FloatArray:
    """Return a [side, size] matrix that averages over equal intervals; pixels on a border count in part."""
    edges = np.linspace(0, size, side + 1)
    pixel = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights: FloatArray = (np.clip(overlap, 0, None) / (size / side)).astype(np.float32)
    return weights


def _described(images: NDArray[np.uint8]) -> tuple[FloatArray, NDArray[np.float16]]:
    """Read every picture once: its descriptor for the search, float32 [N, COARSE^2], and its detail for comparison."""
    size, half = len(images), COARSE // 2
    descriptor = np.empty((size, 2 * COARSE * half), np.float32)
    detail = np.empty((size, DETAIL, DETAIL), np.float16)
    for start in range(0, size, _BLOCK):
        part = slice(start, start + _BLOCK)
        averages = _averages(np.asarray(images[part]), DETAIL)
        forget_pages(images)
        detail[part] = _normalised(averages)
        small = _normalised(averages.reshape(-1, COARSE, DETAIL // COARSE, COARSE, DETAIL // COARSE).mean(axis=(2, 4)))
        turned = small[:, :, ::-1]
        # The even and the absolute odd part are the same for a picture and its mirror image.
        even, odd = (small + turned)[:, :, :half], np.abs(small - turned)[:, :, :half]
        descriptor[part] = np.concatenate([even, odd], axis=2).reshape(len(small), -1)
    return descriptor, detail


def _candidates(descriptor: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    size = len(descriptor)
    places, _ = nearest(descriptor, CANDIDATES, probes=PROBES)
    first = np.repeat(np.arange(size), places.shape[1])
    second = places.ravel().astype(np.int64)
    pairs = np.unique(
        np.minimum(first, second) * size + np.maximum(first, second)
    )  # as one number: a tenth of the time
    return pairs // size, pairs % size


def _compare(
    images: NDArray[np.uint8], detail: NDArray[np.float16], first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[FloatArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return each pair's correlation, the higher of unchanged and mirrored; whether the mirrored one was the higher;
    and whether the unchanged pixels are equal.
    """
    straight, turned = np.empty(len(first), np.float32), np.empty(len(first), np.float32)
    for start in range(0, len(first), _BLOCK):
        part = slice(start, start + _BLOCK)
        a, b = detail[first[part]].astype(np.float32), detail[second[part]].astype(np.float32)
        straight[part] = np.einsum("nab,nab->n", a, b)
        turned[part] = np.einsum("nab,nab->n", a, b[:, :, ::-1])
    same = np.zeros(len(first), bool)
    for place in np.flatnonzero(straight > 0.999):
        same[place] = np.array_equal(images[first[place]], images[second[place]])
    correlation: FloatArray = np.clip(np.maximum(straight, turned), -1, 1)
    return correlation, (turned > straight) & ~same, same
