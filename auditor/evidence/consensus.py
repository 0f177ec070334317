"""One distribution over the true label of every image, from all opinions, the neighbours and the given label itself.

1. The methods' late p(y|x) are averaged by their weights and smoothed over the nearest faces.
2. A transition matrix T = p(given | true), started from the confident joint and improved by EM (Dawid and Skene 1979,
   with the networks in the place of a fixed prior), turns that into p(true | x, given), proportional to
   p(true | x) T[true, given]: this is where the class error rates come in.
3. The ranking it gives is then calibrated to the estimated noise rate, for EM's own probabilities are far too sure.

No step sees a true label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.confident import confident_joint
from auditor.evidence.gather import FloatArray
from auditor.evidence.neighbours import average
from auditor.evidence.table import AMBIGUOUS, CLEAN, NOISY

SHARPEN = 0.7
ROUNDS = 10
SURE = 0.6
"""Share of the consensus the best class needs for an image not to be ambiguous."""


@dataclass(frozen=True, eq=False)
class Consensus:
    """What all evidence says together.

    Attributes:
        probs: float32 [M, C], p(true label | everything), rows sum to 1; 1 - probs[given] = p_mislabelled.
        p_mislabelled: float32 [M] in [0, 1], calibrated.
        ambiguity: float32 [M] in [0, 1], entropy of the image's distribution over log C.
        suggested: int16 [M], the most likely class.
        assignment: int8 [M], 0 clean, 1 ambiguous, 2 noisy, before stability has its say.
    """

    probs: FloatArray
    p_mislabelled: FloatArray
    ambiguity: FloatArray
    suggested: NDArray[np.int16]
    assignment: NDArray[np.int8]


def reach(labels: NDArray[np.integer], probs: FloatArray, neighbours: NDArray[np.int32]) -> Consensus:
    """The consensus of blended opinions.

    Args:
        labels: [M] given classes.
        probs: float32 [M, C], the opinions' weighted mean.
        neighbours: int32 [M, k], places of the nearest faces.
    """
    smooth = average(probs, neighbours) if neighbours.shape[1] else probs
    blend = np.sqrt(probs * smooth)
    blend /= blend.sum(axis=1, keepdims=True)
    ranking = posterior(labels, blend, confident_joint(labels, smooth))
    p = calibrate(labels, ranking, smooth)
    final = _with_given(ranking, labels, 1 - p)
    suggested = final.argmax(axis=1).astype(np.int16)
    ambiguity = entropy(blend)
    return Consensus(final, p, ambiguity, suggested, assign(final, labels))


def posterior(labels: NDArray[np.integer], probs: FloatArray, joint: NDArray[np.float64]) -> FloatArray:
    """p(true | x, given) by EM from a first joint (rows given, columns true); float32 [M, C]."""
    classes = probs.shape[1]
    prior = np.maximum(probs, 1e-6) ** (1 / SHARPEN)
    prior /= prior.sum(axis=1, keepdims=True)
    for _ in range(ROUNDS):
        noise = (joint / np.maximum(joint.sum(axis=0), 1e-9)).astype(np.float32)  # p(given | true), columns sum to 1
        belief = prior * np.maximum(noise, 1e-6)[labels]
        belief /= belief.sum(axis=1, keepdims=True)
        joint = np.stack(
            [np.bincount(labels, weights=belief[:, true], minlength=classes) for true in range(classes)], axis=1
        )
    found: FloatArray = belief.astype(np.float32)
    return found


def calibrate(labels: NDArray[np.integer], belief: FloatArray, smooth: FloatArray) -> FloatArray:
    """Turn the ranking into probabilities whose mean is the estimated noise rate."""
    index = np.arange(len(labels))
    mine = np.clip(belief[index, labels], 1e-6, 1 - 1e-6)
    logit = np.log1p(-mine) - np.log(mine)
    logit = (logit - np.median(logit)) / max(1e-3, float(np.std(logit)))
    rate = estimated_rate(labels, smooth)
    low, high = -20.0, 20.0
    for _ in range(50):
        shift = (low + high) / 2
        if (1 / (1 + np.exp(-(1.5 * logit + shift)))).mean() < rate:
            low = shift
        else:
            high = shift
    p: FloatArray = (1 / (1 + np.exp(-(1.5 * logit + shift)))).astype(np.float32)
    return p


def estimated_rate(labels: NDArray[np.integer], smooth: FloatArray) -> float:
    """Share of wrong labels: half way between what the confident joint finds, which misses noise it takes for the
    class, and the share of images whose neighbourhood says something else, which counts the networks' own errors.
    """
    joint = confident_joint(labels, smooth)
    found = 1 - float(np.trace(joint))
    differs = float((smooth.argmax(axis=1) != labels).mean())
    return float(np.clip((found + differs) / 2, 1e-3, 1 - 1e-3))


def entropy(probs: FloatArray) -> FloatArray:
    """Entropy over log C, float32 [M] in [0, 1]."""
    value: FloatArray = -(probs * np.log(np.maximum(probs, 1e-9))).sum(axis=1) / np.log(probs.shape[1])
    return np.clip(value, 0, 1).astype(np.float32)


def assign(final: FloatArray, labels: NDArray[np.integer]) -> NDArray[np.int8]:
    """Clean, ambiguous or noisy, by what is most likely."""
    top, given = final.max(axis=1), final[np.arange(len(labels)), labels]
    noisy = (final.argmax(axis=1) != labels) & (given < 0.5)
    return np.where(noisy & (top >= SURE), NOISY, np.where(top < SURE, AMBIGUOUS, CLEAN)).astype(np.int8)


def _with_given(probs: FloatArray, labels: NDArray[np.integer], share: FloatArray) -> FloatArray:
    """The distribution with the given class's share set, the others in their proportions."""
    index = np.arange(len(labels))
    out = probs.copy()
    out[index, labels] = 0
    rest = out.sum(axis=1, keepdims=True)
    out = np.where(rest > 0, out / np.maximum(rest, 1e-12), 1 / (probs.shape[1] - 1))
    out[index, labels] = 0
    out = out / out.sum(axis=1, keepdims=True) * (1 - share)[:, None]
    out[index, labels] = share
    shared: FloatArray = out.astype(np.float32)
    return shared
