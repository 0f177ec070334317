"""The methods' weights: those with which their mixture best predicts labels that none was trained on.

Stacking (Wolpert 1992; Breiman 1996): the mixture sum_m w_m p_m(y|x) gets the weights of largest likelihood on held-out
images, by EM. Skill alone (`opinions.skill`) cannot distinguish a method that only repeats what the others know from
one that adds to them. A held-out label tells little about one method against another, so the weights start from the
skills and stay near them where few images are held out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.features import ENOUGH, FLOOR, Features
from auditor.evidence.gather import FloatArray, Strand

PRIOR = 8.0
"""Weight of the prior, in held-out images."""

ROUNDS = 1000
"""The most rounds of EM."""

SETTLED = 1e-6
"""EM stops after a round in which every weight changed by less."""


def stacked(likelihoods: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate the weights of a mixture by EM, float64 [K], summing to 1.

    Args:
        likelihoods: [N, K], p_k(label) of N images by K members.
        prior: [K], >= 0, not all 0; a member of 0 stays 0.
    """
    prior = prior / prior.sum()
    weights = prior
    for _ in range(ROUNDS):
        shares = likelihoods * weights
        shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
        before, weights = weights, (shares.sum(axis=0) + PRIOR * prior) / (len(likelihoods) + PRIOR)
        if np.abs(weights - before).max() < SETTLED:
            break
    result: NDArray[np.float64] = weights
    return result


def weights(
    members: Sequence[tuple[Sequence[Strand], Sequence[Features]]], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each method's weight by its strands' predictions for images they were not trained on; the largest is 1.

    Args:
        members: The strands and their features, one pair for each method.
        prior: [K], each method's weight by its skill.

    Returns:
        float64 [K] in [0, 1]. A method that held out fewer than `ENOUGH` images keeps its share of the prior. It is the
        prior for all where the others held out fewer than `ENOUGH` in common, or only one did.
    """
    likelihoods = np.stack([_held_out(*member) for member in members], axis=1)
    judged = (prior > 0) & (np.isfinite(likelihoods).sum(axis=0) >= ENOUGH)
    common = np.isfinite(likelihoods[:, judged]).all(axis=1)
    if judged.sum() > 1 and common.sum() >= ENOUGH:
        share = prior[judged]
        prior = prior.copy()
        prior[judged] = share.sum() * stacked(np.asarray(likelihoods[common][:, judged], np.float64), share)
    largest: NDArray[np.float64] = prior / prior.max()
    return largest


def _held_out(strands: Sequence[Strand], features: Sequence[Features]) -> FloatArray:
    """Return p(given label) of each image, float64 [M], the mean over strands that held it out; NaN where none did."""
    total, count = np.zeros(len(strands[0])), np.zeros(len(strands[0]))
    for strand, each in zip(strands, features, strict=True):
        place = np.flatnonzero(strand.held_out & strand.scored)
        total[place] += np.maximum(each.probs[place, strand.labels[place]], FLOOR)
        count[place] += 1
    with np.errstate(invalid="ignore"):
        mean: FloatArray = total / np.where(count > 0, count, np.nan)
    return mean
