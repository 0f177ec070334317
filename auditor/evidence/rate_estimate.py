"""The share of wrong labels, estimated from five signs that need no true label.

Networks disagree with a label because it is wrong or because they err, and no statistic of the labels tells the two
apart. How much of each is usual is therefore learnt where the truth is known: the weights were fitted on simulated
crowds of every kind (`python -m benchmarks.noise_rates --fit`; docs/notebook.md has the errors that remain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from auditor.evidence.gather import FloatArray
    from auditor.evidence.opinions import Memorisation

WEIGHTS = (1.32, 0.86, -3.42, -0.81, -1.17, -0.51)
"""Of the terms: a constant, the log-odds of what is doubted, what is mixed, memorised and learnt, and the second times
the fourth.
"""

LEAST = 0.004
"""The least share, and one less the greatest, whose log-odds are taken."""


def signs(
    labels: NDArray[np.integer],
    probs: FloatArray,
    joint: NDArray[np.float64],
    matrix: NDArray[np.float64] | None,
    memory: Memorisation | None,
) -> NDArray[np.float64]:
    """Return the five signs, float64 [5], shares in [0, 1].

    1. doubted: off the diagonal of the confident joint;
    2. mixed: wrong by the labels of the nearest faces alone (`class_rates.true_given`): hard data raise it most;
    3. memorised: how far networks have memorised their training labels, which hides errors;
    4. learnt: the accuracy on the given labels beyond always naming the commonest class, as a share of what is
       possible, of images that no network was trained on where there are enough;
    5. dissent: of such images, those that are predicted otherwise; 1 where there are not enough.

    Args:
        labels: [M] given classes.
        probs: float32 [M, C], the opinions' blend.
        joint: float64 [C, C], the confident joint of the neighbourhoods' predictions, summing to 1.
        matrix: float64 [C, C], p(true | given) by the labels of the nearest faces; None without neighbours.
        memory: What the networks have memorised, where it is known.
    """
    doubted = 1 - float(np.trace(joint))
    mixed = doubted
    if matrix is not None:
        mixed = 1 - float(np.diag(matrix)[labels].mean())
    dissent = float((probs.argmax(axis=1) != labels).mean()) if memory is None else memory.dissent
    commonest = float(np.bincount(labels).max()) / len(labels)
    learnt = float(np.clip((1 - dissent - commonest) / max(1 - commonest, 1e-9), 0, 1))
    memorised, known = (0.0, 1.0) if memory is None else (memory.share, memory.dissent)
    return np.array([doubted, mixed, memorised, learnt, known])


def terms(of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is weighted, float64 [6], of signs [5]; the dissent has no weight, but bounds the estimate."""
    odds = float(log_odds(of[0]))
    return np.array([1.0, odds, *of[1:4], of[2] * odds])


def estimated(of: NDArray[np.float64]) -> float:
    """Return the share of wrong labels that these signs speak for, in (0, 1).

    It is at most the dissent: a model that names the true class nearly always dissents from the wrong labels and from
    hardly any other, which no crowd's networks do, so that the weights alone put it too high.
    """
    fitted = float(share(terms(of) @ np.array(WEIGHTS)))
    return min(fitted, max(LEAST, float(of[4])))


def log_odds(of: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-odds of shares, which are kept `LEAST` away from 0 and 1."""
    kept = np.clip(of, LEAST, 1 - LEAST)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def share(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares that have these log-odds."""
    return np.asarray(1 / (1 + np.exp(-odds)))
