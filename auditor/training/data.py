"""The data of one training: its images, their labels, and which of them are not trained on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.images.jpegs import Pixels
from auditor.training import split
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TEST, ROLE_TRAINED


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The N images that a training scores, in the order of its scores.

    Attributes:
        images: uint8 [R, S, S, 3], the decoded images to score, by data set row.
        rows: int64 [N], data set rows of the scored images.
        role: int8 [N], whether each is trained on, held out or a test image.
        labels: int64 [N], the labels to learn; -1 for test images.
        truth: int64 [N], the labels that accuracies are measured against: `labels`, with the test labels filled in.
        classes: C.
        label_sets: int64 [N, S] further label sets (-1 absent), or None.
        valence_arousal: float32 [N, 2] (NaN absent), or None.
        counted: bool [N], False for images that accuracies leave out (excluded by an annotator).
        soft: float32 [N, C] shares of the classes to learn in place of the labels (one-hot rows for most), or None.
        own_size: uint8 [R, P, P, 3], the images at their own size, where augmented views start from it; else None.
    """

    images: Pixels
    rows: NDArray[np.int64]
    role: NDArray[np.int8]
    labels: NDArray[np.int64]
    truth: NDArray[np.int64]
    classes: int
    counted: NDArray[np.bool_]
    label_sets: NDArray[np.int64] | None = None
    valence_arousal: NDArray[np.float32] | None = None
    soft: NDArray[np.float32] | None = None
    own_size: Pixels | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def trained(self) -> NDArray[np.int64]:
        """Positions (not data set rows) of the images to train on."""
        return np.flatnonzero(self.role == ROLE_TRAINED)


def assemble(
    dataset: Dataset,
    images: Pixels,
    labels: NDArray[np.int16],
    excluded: NDArray[np.bool_],
    readable: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    label_sets: NDArray[np.int64] | None = None,
    soft: NDArray[np.float32] | None = None,
    own_size: Pixels | None = None,
) -> TrainingData:
    """Build the data of one training.

    Args:
        dataset: The data set, R rows.
        images: uint8 [R, S, S, 3].
        labels: int16 [R], labels to train on.
        excluded: bool [R], training images that are scored but never trained on.
        readable: bool [R], False for images that could not be decoded; these are neither trained on nor scored.
        unseen: bool [R], training images held out of this training.
        label_sets: int64 [R, S] further label sets, or None.
        soft: float32 [R, C] shares of the classes to learn, NaN rows where the label is learnt, or None.
        own_size: uint8 [R, P, P, 3] the images at their own size, or None.
    """
    rows = np.flatnonzero(readable)
    testing = dataset.split[rows] != 0
    held_out = unseen[rows] | excluded[rows]
    role = np.where(testing, ROLE_TEST, np.where(held_out, ROLE_HELD_OUT, ROLE_TRAINED)).astype(np.int8)
    truth = labels[rows].astype(np.int64)
    va = None if dataset.valence_arousal is None else dataset.valence_arousal[rows].astype(np.float32)
    return TrainingData(
        images=images,
        rows=rows,
        role=role,
        labels=np.where(testing, -1, truth),
        truth=truth,
        classes=dataset.num_classes,
        counted=~excluded[rows],
        label_sets=None if label_sets is None else label_sets[rows],
        valence_arousal=va,
        soft=None if soft is None else _with_one_hots(soft[rows], truth),
        own_size=own_size,
    )


def _with_one_hots(soft: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the shares [N, C], with NaN rows replaced by one-hot labels (zeros without a label)."""
    one_hot = (np.arange(soft.shape[1]) == labels[:, None]).astype(np.float32)
    return np.where(np.isnan(soft), one_hot, soft).astype(np.float32)


def unseen_by_fold(dataset: Dataset, count: int, share: float, seed: int) -> list[NDArray[np.bool_]]:
    """Return a mask bool [R] of the images that a training must not see: one mask, or one per fold."""
    train = dataset.rows("train")
    labels = dataset.labels[train]
    if not count:
        mask = np.zeros(len(dataset), dtype=bool)
        mask[train] = split.held_out(labels, share, seed)
        return [mask]
    fold = np.full(len(dataset), -1)
    fold[train] = split.folds(labels, count, seed)
    return [fold == number for number in range(count)]
