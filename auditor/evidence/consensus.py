"""One distribution over the true label of every image, from all opinions, the neighbours and the given label itself.

1. The methods' p(y|x) are blended by their weights, and half of the blend is taken from the nearest faces: the methods'
   predictions for them and, in small data sets that no network has memorised, their labels.
2. A transition matrix T = p(given | true), started from the confident joint and improved by EM (Dawid and Skene 1979,
   with the networks' probabilities as the prior), turns that into p(true | x, given), proportional to
   p(true | x) T[true, given]: this is how the class error rates enter. Few rounds: more would sharpen T's errors.
3. Networks that memorised their labels give a matrix that is nearly the identity, and EM sharpens that error. By the
   square of `Memory.share`, the blend's own log-odds therefore replace the posteriors'.
4. The labels of the nearest faces give a second estimate of each class's error rate (class_rates.py): the posteriors
   are moved towards it, and how much more often a class errs than others is added to the log-odds.
5. The log-odds are shifted so that the mean of p_mislabelled is the estimated noise rate (rate_estimate.py).

No step sees a true label. All settings but `class_rates.MAX_WEIGHT` were chosen on simulated crowds (docs/notebook.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import class_rates, rate_estimate
from auditor.evidence.confident import confident_joint
from auditor.evidence.gather import FloatArray
from auditor.evidence.neighbours import average
from auditor.evidence.opinions import Memorisation
from auditor.evidence.versions import AMBIGUOUS, CLEAN, NOISY

FEW = 2000
"""Number of images at which terms for small data sets have half of their weight (see `few`)."""

ROUNDS = 5
"""Rounds of EM."""

ALIKE = 200
"""Pseudo-count: images of every class that are assumed to err at the overall rate; a small class proves little."""

NOISY_FROM = 0.6
"""p_mislabelled from which an image is called noisy: three of four are wrong where a third of all labels is wrong."""

AMBIGUOUS_SHARE = 0.5
"""Images called ambiguous for each wrong label that is expected: the most ambiguous of those that are not noisy."""


@dataclass(frozen=True, eq=False)
class Consensus:
    """The combined estimate of all evidence.

    Attributes:
        probs: float32 [M, C], p(true label | everything), rows sum to 1; 1 - probs[given] = p_mislabelled.
        p_mislabelled: float32 [M] in [0, 1], calibrated.
        ambiguity: float32 [M] in [0, 1], entropy over log C: a third from the methods' blend, two thirds from `probs`.
        suggested: int16 [M], the most likely class.
        assignment: int8 [M], 0 clean, 1 ambiguous, 2 noisy, before `stability` is taken into account.
        matrix: p(true | given) by the labels of the nearest faces, see `class_rates.true_given`.
    """

    probs: FloatArray
    p_mislabelled: FloatArray
    ambiguity: FloatArray
    suggested: NDArray[np.int16]
    assignment: NDArray[np.int8]
    matrix: NDArray[np.float64] | None = None


def reach(
    labels: NDArray[np.integer],
    probs: FloatArray,
    neighbours: NDArray[np.int32],
    memory: Memorisation | None = None,
    matrix: NDArray[np.float64] | None = None,
) -> Consensus:
    """Return the consensus of blended opinions.

    Args:
        labels: [M] given classes.
        probs: float32 [M, C], the opinions' weighted mean.
        neighbours: int32 [M, k], places of the nearest faces.
        memory: What the networks have memorised, where it is known.
        matrix: That of an earlier consensus on the same labels and neighbours; computed from these where None.
    """
    smooth = average(probs, neighbours) if neighbours.shape[1] else probs
    memorised = 0.0 if memory is None else memory.share**2
    blend = np.sqrt(np.maximum(probs * around(labels, smooth, neighbours, memorised), 1e-12))
    blend /= blend.sum(axis=1, keepdims=True)
    joint = confident_joint(labels, smooth)
    belief = posterior(labels, blend, joint)
    matrix = class_rates.true_given(labels, neighbours, probs.shape[1]) if matrix is None else matrix
    if matrix is not None:
        belief = class_rates.tilted(belief, labels, matrix)
    odds = (1 - memorised) * log_odds(labels, belief) + memorised * log_odds(labels, blend)
    if matrix is not None:
        odds = odds + class_rates.log_odds(labels, matrix)[labels]
    p = shifted(odds, rate_estimate.estimated(rate_estimate.signs(labels, probs, joint, matrix, memory)))
    final = with_given((1 - memorised) * belief + memorised * blend, labels, 1 - p)
    ambiguity = (entropy(probs) + 2 * entropy(final)) / 3
    return Consensus(final, p, ambiguity, final.argmax(axis=1).astype(np.int16), assign(p, ambiguity), matrix)


def around(
    labels: NDArray[np.integer], smooth: FloatArray, neighbours: NDArray[np.int32], memorised: float = 0.0
) -> FloatArray:
    """Return the classes of the nearest faces: the methods' predictions and, mostly in small data sets, their labels.

    Networks that memorised their labels place faces of one label together, whatever they show.

    Args:
        labels: [M] given classes.
        smooth: float32 [M, C], mean of the methods' p(y|x) over the neighbours.
        neighbours: int32 [M, k].
        memorised: How far the labels were memorised, in [0, 1]: 1 gives the neighbours' labels no weight.

    Returns:
        float32 [M, C]; `smooth` where there are no neighbours.
    """
    if not neighbours.shape[1]:
        return smooth
    share = np.float32(few(len(labels)) * (1 - memorised))
    one_hot = np.eye(smooth.shape[1], dtype=np.float32)[labels]
    return (1 - share) * smooth + share * average(one_hot, neighbours)


def few(images: int) -> float:
    """Return the weight of terms for small data sets, in (0, 1]: a half at `FEW` images, a tenth at 3 * `FEW`."""
    return 1 / (1 + (images / FEW) ** 2)


def posterior(
    labels: NDArray[np.integer], probs: FloatArray, joint: NDArray[np.float64], rounds: int = ROUNDS
) -> FloatArray:
    """Estimate p(true | x, given) by EM from an initial joint (rows given, columns true); float32 [M, C]."""
    classes = probs.shape[1]
    belief = prior = np.maximum(probs, 1e-6)
    images = joint * (len(labels) / max(joint.sum(), 1e-9))
    for _ in range(rounds):
        noise = error_rates(images).astype(np.float32)
        belief = prior * np.maximum(noise, 1e-6)[labels]
        belief = belief / belief.sum(axis=1, keepdims=True)
        images = np.stack(
            [np.bincount(labels, weights=belief[:, true], minlength=classes) for true in range(classes)], axis=1
        )
    return belief


def error_rates(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate p(given | true), columns sum to 1, from counts [C, C] (rows given, columns true).

    Smoothed by `ALIKE` pseudo-images of every class that err at the overall rate, evenly towards all other classes.
    """
    classes = len(images)
    rate = 1 - np.trace(images) / max(images.sum(), 1e-9)
    alike = np.full((classes, classes), rate / max(1, classes - 1))
    np.fill_diagonal(alike, 1 - rate)
    shared: NDArray[np.float64] = (images + ALIKE * alike) / (images.sum(axis=0) + ALIKE)
    return shared


def log_odds(labels: NDArray[np.integer], belief: FloatArray) -> NDArray[np.float64]:
    """Return the log-odds that the given label is wrong, float64 [M]."""
    wrong = np.clip(1 - belief[np.arange(len(labels)), labels].astype(np.float64), 1e-6, 1 - 1e-6)
    odds: NDArray[np.float64] = np.log(wrong) - np.log1p(-wrong)
    return odds


def shifted(odds: NDArray[np.float64], rate: float) -> FloatArray:
    """Return probabilities from log-odds, shifted (by bisection) so that their mean is `rate`; float32 [M]."""
    low, high = -40.0, 40.0
    for _ in range(60):
        shift = (low + high) / 2
        low, high = (shift, high) if (1 / (1 + np.exp(-(odds + shift)))).mean() < rate else (low, shift)
    p: FloatArray = (1 / (1 + np.exp(-(odds + shift)))).astype(np.float32)
    return p


def entropy(probs: FloatArray) -> FloatArray:
    """Return the entropy over log C, float32 [M] in [0, 1]."""
    value: FloatArray = -(probs * np.log(np.maximum(probs, 1e-9))).sum(axis=1) / np.log(probs.shape[1])
    return np.clip(value, 0, 1).astype(np.float32)


def assign(p: FloatArray, ambiguity: FloatArray) -> NDArray[np.int8]:
    """Call each image clean, ambiguous or noisy, int8 [M].

    Noisy from `NOISY_FROM` on. Of the others the most ambiguous are ambiguous: `AMBIGUOUS_SHARE` times as many as the
    expected wrong labels.
    """
    noisy = p >= NOISY_FROM
    threshold = np.quantile(ambiguity, 1 - AMBIGUOUS_SHARE * float(p.mean())) if len(p) else 1.0
    return np.where(noisy, NOISY, np.where(ambiguity > threshold, AMBIGUOUS, CLEAN)).astype(np.int8)


def with_given(probs: FloatArray, labels: NDArray[np.integer], share: FloatArray) -> FloatArray:
    """Set the given class's probability to `share` and scale the others in proportion; float32 [M, C]."""
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
