"""One distribution over the true label of every image, from all opinions, the neighbours and the given label itself.

1. The methods' p(y|x) are blended by their weights, and half of the blend is taken from the nearest faces: what the
   methods see in them and, where images are few and no network has learnt them by heart, which labels they have.
2. A transition matrix T = p(given | true), started from the confident joint and improved by EM (Dawid and Skene 1979,
   with the networks in the place of a prior), turns that into p(true | x, given), proportional to
   p(true | x) T[true, given]: this is where the class error rates come in. Few rounds: more would sharpen T's errors.
3. Networks that learnt their labels by heart leave a matrix that is nearly the identity, and EM sharpens that error: as
   far as they have (the square of `Memory.share`), the blend's own log-odds take the place of the posteriors'.
4. The labels of the nearest faces have a word of their own on what each given class truly is (class_rates.py): the
   posteriors are tilted towards it, and how much oftener a class errs than others is added to the log-odds.
5. The log-odds are shifted so that p_mislabelled has the estimated noise rate as its mean.

No step sees a true label. The settings but `class_rates.LOUDEST` were chosen on simulated crowds (docs/notebook.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import class_rates
from auditor.evidence.confident import confident_joint
from auditor.evidence.gather import FloatArray
from auditor.evidence.neighbours import average
from auditor.evidence.opinions import Memory
from auditor.evidence.versions import AMBIGUOUS, CLEAN, NOISY

FEW = 2000
"""Images of a data set with which what counts in small ones counts half (see `few`)."""

ROUNDS = 5
"""Rounds of EM."""

ALIKE = 200
"""Images of every class that are taken to err as all do, before its own say more: a small class proves little."""

NOISY_FROM = 0.6
"""p_mislabelled from which an image is called noisy: three hits in four where a third of the labels is wrong."""

AMBIGUOUS_SHARE = 0.5
"""Images called ambiguous, the most ambiguous of those not noisy, for each wrong label that is estimated."""


@dataclass(frozen=True, eq=False)
class Consensus:
    """What all evidence says together.

    Attributes:
        probs: float32 [M, C], p(true label | everything), rows sum to 1; 1 - probs[given] = p_mislabelled.
        p_mislabelled: float32 [M] in [0, 1], calibrated.
        ambiguity: float32 [M] in [0, 1], entropy over log C, a third of what the methods see and two thirds of `probs`.
        suggested: int16 [M], the most likely class.
        assignment: int8 [M], 0 clean, 1 ambiguous, 2 noisy, before stability has its say.
        matrix: what the labels of the nearest faces say that each given class is, see `class_rates.true_given`.
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
    memory: Memory | None = None,
    matrix: NDArray[np.float64] | None = None,
) -> Consensus:
    """The consensus of blended opinions.

    Args:
        labels: [M] given classes.
        probs: float32 [M, C], the opinions' weighted mean.
        neighbours: int32 [M, k], places of the nearest faces.
        memory: what the networks have memorised, where it is known.
        matrix: of an earlier consensus on the same labels and neighbours; made from these where it is not given.
    """
    smooth = average(probs, neighbours) if neighbours.shape[1] else probs
    learnt = 0.0 if memory is None else memory.share**2
    blend = np.sqrt(np.maximum(probs * around(labels, smooth, neighbours, learnt), 1e-12))
    blend /= blend.sum(axis=1, keepdims=True)
    joint = confident_joint(labels, smooth)
    belief = posterior(labels, blend, joint)
    matrix = class_rates.true_given(labels, neighbours, probs.shape[1]) if matrix is None else matrix
    if matrix is not None:
        belief = class_rates.tilted(belief, labels, matrix)
    odds = (1 - learnt) * log_odds(labels, belief) + learnt * log_odds(labels, blend)
    if matrix is not None:
        odds = odds + class_rates.log_odds(labels, matrix)[labels]
    p = shifted(odds, estimated_rate(labels, smooth, joint, memory))
    final = with_given((1 - learnt) * belief + learnt * blend, labels, 1 - p)
    ambiguity = (entropy(probs) + 2 * entropy(final)) / 3
    return Consensus(final, p, ambiguity, final.argmax(axis=1).astype(np.int16), assign(p, ambiguity), matrix)


def around(
    labels: NDArray[np.integer], smooth: FloatArray, neighbours: NDArray[np.int32], learnt: float = 0.0
) -> FloatArray:
    """What the nearest faces are: what the methods see in them and, the more the smaller the data set, their labels.

    Networks that learnt their labels by heart have brought faces of one label together, whatever they show.

    Args:
        labels: [M] given classes.
        smooth: float32 [M, C], mean of the methods' p(y|x) over the neighbours.
        neighbours: int32 [M, k].
        learnt: how far that is so, in [0, 1].

    Returns:
        float32 [M, C]; `smooth` where there are no neighbours.
    """
    if not neighbours.shape[1]:
        return smooth
    share = np.float32(few(len(labels)) * (1 - learnt))
    one_hot = np.eye(smooth.shape[1], dtype=np.float32)[labels]
    return (1 - share) * smooth + share * average(one_hot, neighbours)


def few(images: int) -> float:
    """What counts the more the smaller a data set is, in (0, 1]: a half at `FEW` images, a tenth at three times as
    many.
    """
    return 1 / (1 + (images / FEW) ** 2)


def posterior(
    labels: NDArray[np.integer], probs: FloatArray, joint: NDArray[np.float64], rounds: int = ROUNDS
) -> FloatArray:
    """p(true | x, given) by EM from a first joint (rows given, columns true); float32 [M, C]."""
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
    """p(given | true), columns sum to 1, of counts [C, C] (rows given, columns true).

    As if `ALIKE` more images of every class had been seen that err as often as all do, and alike in all directions.
    """
    classes = len(images)
    rate = 1 - np.trace(images) / max(images.sum(), 1e-9)
    alike = np.full((classes, classes), rate / max(1, classes - 1))
    np.fill_diagonal(alike, 1 - rate)
    shared: NDArray[np.float64] = (images + ALIKE * alike) / (images.sum(axis=0) + ALIKE)
    return shared


def log_odds(labels: NDArray[np.integer], belief: FloatArray) -> NDArray[np.float64]:
    """Log-odds that the given label is wrong, float64 [M]."""
    wrong = np.clip(1 - belief[np.arange(len(labels)), labels].astype(np.float64), 1e-6, 1 - 1e-6)
    odds: NDArray[np.float64] = np.log(wrong) - np.log1p(-wrong)
    return odds


def shifted(odds: NDArray[np.float64], rate: float) -> FloatArray:
    """Probabilities from log-odds shifted (by bisection) so that their mean is `rate`; float32 [M]."""
    low, high = -40.0, 40.0
    for _ in range(60):
        shift = (low + high) / 2
        low, high = (shift, high) if (1 / (1 + np.exp(-(odds + shift)))).mean() < rate else (low, shift)
    p: FloatArray = (1 / (1 + np.exp(-(odds + shift)))).astype(np.float32)
    return p


def estimated_rate(
    labels: NDArray[np.integer], smooth: FloatArray, joint: NDArray[np.float64], memory: Memory | None = None
) -> float:
    """Share of wrong labels, between what networks that have memorised hide and what unlearnt ones take for wrong.

    Of networks that learnt their labels by heart: the middle of the share whose neighbourhood names another class (too
    small, for the neighbours were memorised too) and the share of held-out images they answer otherwise (too large, for
    they err). Of networks that memorised nothing: the confident joint's share off the diagonal, which asks every class
    by its own threshold and so does not count all that they have not learnt yet. Between the two by `memory.share`.
    It stays an estimate: docs/notebook.md says how far it was off on crowds of known truth.
    """
    neighbourhood = float((smooth.argmax(axis=1) != labels).mean())
    if memory is None:
        return float(np.clip(neighbourhood, 1e-3, 1 - 1e-3))
    learnt = (neighbourhood + memory.dissent) / 2
    unlearnt = 1 - float(np.trace(joint))
    return float(np.clip(memory.share * learnt + (1 - memory.share) * unlearnt, 1e-3, 1 - 1e-3))


def entropy(probs: FloatArray) -> FloatArray:
    """Entropy over log C, float32 [M] in [0, 1]."""
    value: FloatArray = -(probs * np.log(np.maximum(probs, 1e-9))).sum(axis=1) / np.log(probs.shape[1])
    return np.clip(value, 0, 1).astype(np.float32)


def assign(p: FloatArray, ambiguity: FloatArray) -> NDArray[np.int8]:
    """Clean, ambiguous or noisy, int8 [M]: noisy from `NOISY_FROM` on; of the others the most ambiguous, as many as
    `AMBIGUOUS_SHARE` of the wrong labels to be expected, are ambiguous.
    """
    noisy = p >= NOISY_FROM
    threshold = np.quantile(ambiguity, 1 - AMBIGUOUS_SHARE * float(p.mean())) if len(p) else 1.0
    return np.where(noisy, NOISY, np.where(ambiguity > threshold, AMBIGUOUS, CLEAN)).astype(np.int8)


def with_given(probs: FloatArray, labels: NDArray[np.integer], share: FloatArray) -> FloatArray:
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
