"""Label files with added noise or class imbalance, for studies; every wrong line is known and flagged.

Symmetric noise flips a label to any other class alike; look-alike noise flips it to classes confused with it.
Imbalance subsamples the classes to a long tail: sizes fall geometrically from the largest to the smallest.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset, IntArray
from auditor.data.demo.parameters import LOOK_ALIKE
from auditor.data.formats.base import get_format
from auditor.data.formats.classes import label_key
from auditor.data.formats.emotions import WORDS
from auditor.data.formats.table import CORRUPTED
from auditor.errors import DataError

KINDS: Final = ("symmetric", "lookalike")

CONTEMPT: Final = {"disgust": 0.4, "anger": 0.3, "neutral": 0.3}


@dataclass(frozen=True, eq=False)
class Corrupted:
    """A corrupted label file.

    Attributes:
        rows: int [M], rows of the data set that stay, in file order.
        labels: int16 [M], their labels.
        flipped: bool [M], which labels were flipped.
    """

    rows: IntArray
    labels: NDArray[np.int16]
    flipped: NDArray[np.bool_]


def writes_list(dataset: Dataset) -> bool:
    """Whether a corrupted label file is a list of one split, as the data set's own; otherwise a table of all splits."""
    return get_format(dataset.format).label_lists


def corrupt(
    dataset: Dataset, *, rate: float = 0.0, kind: str = "symmetric", seed: int = 1, imbalance: float = 1.0
) -> Corrupted:
    """Flip labels of training rows, after subsampling them; rows of other splits stay as they are (of RAF-DB's
    lists only those in the same file: the test list is another one).

    Args:
        dataset: The data set whose audited label file is corrupted.
        rate: Share of the training labels to flip, 0..1: exactly round(rate * M) of them.
        kind: 'symmetric' or 'lookalike'.
        seed: The same seed gives the same file.
        imbalance: Largest class over smallest; 1 leaves the classes as they are.

    Raises:
        DataError: A number is out of range, or a class would be left without an image.
    """
    if not 0 <= rate <= 1 or kind not in KINDS or not 1 <= imbalance < 1e6:
        raise DataError(
            f"Noise of rate {rate}, kind {kind!r} and imbalance {imbalance} cannot be made; "
            f"expected a rate from 0 to 1, one of {', '.join(KINDS)} and an imbalance of at least 1."
        )
    rng = np.random.default_rng(seed)
    train = dataset.rows("train")
    same_file = np.arange(len(dataset))
    if writes_list(dataset) and dataset.source is not None:
        same_file = np.flatnonzero(np.isin(dataset.source, dataset.source[train]))
    subset = (
        long_tail(dataset.labels[train], dataset.num_classes, imbalance, rng)
        if imbalance > 1
        else np.arange(len(train))
    )
    rows = np.sort(np.concatenate([train[subset], np.setdiff1d(same_file, train)]))
    keys = [rows, dataset.lines[rows], *([] if dataset.source is None else [dataset.source[rows]])]
    rows = rows[np.lexsort(keys)]  # the last key counts first
    labels, flipped = dataset.labels[rows].copy(), np.zeros(len(rows), dtype=np.bool_)
    candidates = np.flatnonzero(dataset.split[rows] == SPLITS.index("train"))
    to_flip = rng.permutation(candidates)[: round(rate * len(candidates))]
    flipped[to_flip] = True
    transition = transitions(dataset.classes, kind)
    for given in range(dataset.num_classes):
        here = np.sort(to_flip[dataset.labels[rows[to_flip]] == given])
        labels[here] = rng.choice(dataset.num_classes, size=len(here), p=transition[given])
    return Corrupted(rows, labels, flipped)


def long_tail(labels: NDArray[np.int16], num_classes: int, factor: float, rng: np.random.Generator) -> IntArray:
    """Choose the positions to keep so that class sizes fall geometrically, the largest `factor` times the smallest.

    Classes keep the order of their sizes; as many images stay as the factor allows. Ascending positions.

    Raises:
        DataError: A class would be left without an image.
    """
    counts = np.bincount(labels, minlength=num_classes)
    present = np.flatnonzero(counts)
    order = present[np.argsort(-counts[present], kind="stable")]
    decay = factor ** (-np.arange(len(order)) / max(len(order) - 1, 1))
    largest = float((counts[order] / decay).min())
    sizes = np.floor(largest * decay + 1e-9).astype(int)
    if sizes.min() < 1:
        raise DataError(
            f"An imbalance of {factor:g} leaves a class without an image; ask for less than {largest:,.0f}."
        )
    keep = [rng.permutation(np.flatnonzero(labels == c))[:size] for c, size in zip(order, sizes, strict=True)]
    return np.sort(np.concatenate(keep))


def transitions(classes: tuple[str, ...], kind: str) -> NDArray[np.float64]:
    """Return the transition probabilities of flipped labels: float64 [C, C], zero diagonal, rows add up to 1.

    Look-alikes of emotions are found by name; a class that is not a known emotion is confused with the next one.
    """
    size = len(classes)
    if size < 2:
        raise DataError("Labels of a single class cannot be flipped; choose labels of at least two classes.")
    if kind == "symmetric":
        return (1 - np.eye(size)) / (size - 1)
    index_of = {WORDS.get(name, name): index for index, name in enumerate(classes)}
    matrix = np.zeros((size, size))
    for name, index in index_of.items():
        likes = CONTEMPT if name == "contempt" else LOOK_ALIKE.get(name, {})
        for other, share in likes.items():
            if other in index_of:
                matrix[index, index_of[other]] = share
    for unknown in np.flatnonzero(matrix.sum(axis=1) == 0):
        matrix[unknown, (unknown + 1) % size] = 1.0
    shares: NDArray[np.float64] = matrix / matrix.sum(axis=1, keepdims=True)
    return shares


def to_bytes(dataset: Dataset, result: Corrupted) -> bytes:
    """Encode the label file: RAF-DB's lines `name label flag`, or for any other data set a CSV `path,label,flipped`
    (and `split`, where it holds several), which opens as a table beside the images.
    """
    codes = [dataset.codes[label] for label in result.labels]
    flags = result.flipped.astype(int)
    if writes_list(dataset):
        lines = [f"{dataset.names[r]} {code} {flag}\n" for r, code, flag in zip(result.rows, codes, flags, strict=True)]
        return "".join(lines).encode("utf-8", "surrogateescape")
    nameless = next((code for code in codes if not label_key(code)), None)
    if nameless is not None:
        raise DataError(f"A table reads the class {nameless!r} as no label; give the class another name first.")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [dataset.paths[row] or dataset.names[row] for row in result.rows]
    columns: dict[str, Iterable[object]] = dict(zip(CORRUPTED, (names, codes, flags), strict=True))
    if len(np.unique(dataset.split[result.rows])) > 1:
        columns["split"] = [SPLITS[dataset.split[row]] for row in result.rows]
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode("utf-8", "surrogateescape")
