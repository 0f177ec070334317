"""Features of each image over the epochs of one strand; every score is computed from them.

One pass over the epochs keeps memory at a few numbers for each image (300,000 images and 100 epochs fit). Directions:
`p_given`, `margin` and `correctness` are higher for labels that agree with the network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.gather import FloatArray, Strand
from auditor.training.axes import parts

LATE = 0.5
"""The share of the epochs, from the last backwards, that counts as a network's final predictions."""

FLOOR = 1e-3
"""Probabilities are clipped here before logarithms: they are stored as float16, and one sure epoch is no proof."""

WORSE = 1.0
"""Standard errors by which an epoch's held-out accuracy may be below the best one's before epochs are not read."""

ENOUGH = 50
"""The least number of held-out images whose accuracy is used to weight the epochs."""


@dataclass(frozen=True, eq=False)
class Features:
    """One strand's features; rows of images that are not scored are NaN (0 in counts).

    Attributes:
        probs: float32 [M, C], geometric mean of p(y|x) over the epochs, each by its weight (see `epoch_weights`).
        p_given: float16 [M, E], p(given | x) after every epoch, in [0, 1].
        margin: float32 [M], area under the margin: log p(given) - log of the largest other, averaged over ALL epochs
            (Pleiss et al. 2020, eq. 1; the difference of logits is the difference of log-probabilities).
        confidence, variability: float32 [M], mean and standard deviation of p(given) over the epochs; correctness:
            share of epochs whose arg-max is the given label (Swayamdipta et al. 2020, section 2).
        forgetting: int16 [M], epochs at which a right prediction became a wrong one (Toneva et al. 2019).
        dissent: float32 [M], share of the late epochs whose arg-max is not the given label.
        changes: int16 [M], late epochs at which the prediction changed between given and other.
    """

    probs: FloatArray
    p_given: NDArray[np.float16]
    margin: FloatArray
    confidence: FloatArray
    variability: FloatArray
    correctness: FloatArray
    forgetting: NDArray[np.int16]
    dissent: FloatArray
    changes: NDArray[np.int16]


def late_epochs(epochs: int) -> int:
    """Return the first epoch that counts as late."""
    return min(epochs - 1, round(epochs * (1 - LATE)))


def describe(strand: Strand) -> Features:
    """Return the features of one strand, in one pass over its epochs."""
    size, epochs, start = len(strand), strand.epochs, late_epochs(strand.epochs)
    weights = epoch_weights(strand)
    given = np.maximum(strand.labels, 0).astype(np.int64)
    index = np.arange(size)
    p_given = np.empty((size, epochs), np.float16)
    total, margin = np.zeros((size, strand.classes), np.float32), np.zeros(size, np.float32)
    correct_count, late_wrong = np.zeros(size, np.float32), np.zeros(size, np.float32)
    forgetting, changes = np.zeros(size, np.int16), np.zeros(size, np.int16)
    correct_before: NDArray[np.bool_] | None = None
    for epoch in range(epochs):
        probs = strand.probs(epoch)
        p_label, p_rival = probs[index, given], best_other(probs, given)
        p_given[:, epoch] = p_label
        margin += np.log(np.maximum(p_label, FLOOR)) - np.log(np.maximum(p_rival, FLOOR))
        correct = p_label > p_rival
        correct_count += correct
        if correct_before is not None:
            forgetting += correct_before & ~correct
        total += weights[epoch] * np.log(np.maximum(probs, FLOOR))
        if epoch >= start:
            late_wrong += ~correct
            if epoch > start and correct_before is not None:
                changes += correct_before != correct
        correct_before = correct
    absent = ~strand.scored
    late = epochs - start
    dissent, correctness = late_wrong / late, correct_count / epochs
    dissent[absent] = correctness[absent] = np.nan
    confidence, variability = np.empty(size, np.float32), np.empty(size, np.float32)
    for part in parts(size):
        wide = p_given[part].astype(np.float32)
        confidence[part], variability[part] = wide.mean(1), wide.std(1)
    return Features(
        probs=normalised(total), p_given=p_given, margin=margin / epochs,
        confidence=confidence, variability=variability, correctness=correctness,
        forgetting=forgetting, dissent=dissent, changes=changes,
    )  # fmt: skip


def epoch_weights(strand: Strand) -> FloatArray:
    """Return the weight of each epoch, float32 [E], summing to 1, without true labels.

    The weight is the square of the network's accuracy beyond chance on images it was not trained on; 0 after the last
    epoch to read (`last_read`). Early epochs count once something is learnt, because they have not memorised anything
    yet. Without enough held-out images all epochs but the first quarter count alike, because accuracy on training
    images rises by memorising.
    """
    judged = np.flatnonzero(strand.held_out & strand.scored)
    weights = (np.arange(strand.epochs) >= strand.epochs // 4).astype(np.float32)
    if len(judged) >= ENOUGH:
        labels = strand.labels[judged]
        chance = np.bincount(labels).max() / len(labels)
        right = np.stack([strand.probs(epoch)[judged].argmax(axis=1) == labels for epoch in range(strand.epochs)])
        gain = np.clip(right.mean(axis=1, dtype=np.float32) - np.float32(chance), 0, None)
        gain[last_read(right) + 1 :] = 0
        weights = gain**2 if gain.max() > 0 else weights
    share: FloatArray = weights / weights.sum()
    return share


def last_read(right: NDArray[np.bool_], worse: float = WORSE) -> int:
    """Return the last epoch of a training that the evidence reads, in [0, E).

    A network that memorises its labels gets worse on those it has not seen. The epoch to stop at is the last one whose
    accuracy on them is not below that of the best epoch by more than `worse` standard errors of the paired difference.
    Accuracies are means over a tenth of the epochs. So a short training, or one that only seems to get worse, is read
    to its end. benchmarks/epochs.py compares this rule with others on simulated crowds.

    Args:
        right: bool [E, n], whether the given label of each held-out image was predicted after each epoch.
        worse: Standard errors, see `WORSE`; a large number reads every epoch.
    """
    epochs, images = right.shape
    half = max(1, epochs // 20)
    padded = np.pad(right, ((half + 1, half), (0, 0)), mode="edge").cumsum(axis=0, dtype=np.int32)
    smooth = padded[2 * half + 1 :] - padded[: -2 * half - 1]
    best = smooth[int(smooth.sum(axis=1).argmax())]
    last = 0
    for epoch in range(epochs):
        lost = best - smooth[epoch]
        if lost.mean() <= worse * lost.std() / np.sqrt(images):
            last = epoch
    return last


def normalised(log_probs: FloatArray) -> FloatArray:
    """Return the softmax over the last axis, float32."""
    probs = np.exp(log_probs - log_probs.max(axis=-1, keepdims=True))
    shared: FloatArray = (probs / probs.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shared


def best_other(probs: FloatArray, given: NDArray[np.int64]) -> FloatArray:
    """Return the largest probability among the classes other than the given one, float32 [M]."""
    others = probs.copy()
    others[np.arange(len(probs)), given] = -1
    top: FloatArray = others.max(axis=1)
    return top
