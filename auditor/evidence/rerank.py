"""Re-rank the rest of the queue by the reviewer's decisions.

A logistic regression on the evidence columns that starts from the consensus: without decisions it returns
p_mislabelled, and decisions move it as far as the data support (a Gaussian prior around the consensus, MAP by Newton's
method). scikit-learn's ridge can only shrink towards zero, not towards an offset; hence our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.evidence.gather import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from auditor.store.state import Standing

FEWEST = 20
"""Decisions from which the queue is re-ranked."""

PRIOR_ODDS, PRIOR_SCORE, PRIOR_GIVEN, PRIOR_SUGGESTED, PRIOR_ALL = 0.6, 0.1, 0.6, 0.3, 0.3
"""Prior standard deviations, in log-odds, of the weights: of the consensus' own standardised log-odds, of another such
score, of a given class, of a suggested class, of all images (at least; see `off` of `rerank`). The consensus already
weighs the scores; a reviewer knows better how sure it may be, and how often each class is wrong (chosen on simulated
crowds, docs/notebook.md).
"""

SCORES = (
    schema.AMBIGUITY, schema.STABILITY, schema.CL_SUSPICION, schema.AUM, schema.CARTO_VARIABILITY,
    schema.KNN_DISAGREEMENT,
)  # fmt: skip
"""Columns that the model uses besides the methods' suspicions."""


@dataclass(frozen=True, eq=False)
class Reranked:
    """The queue after the decisions.

    Attributes:
        p_change: float32 [M] in [0, 1], probability that the label will be changed; 1 or 0 where it is decided.
        odds: float64 [M], the log-odds of that, not rounded to 0 or 1 where it is decided.
        undecided: bool [M].
        used: Decisions that were learnt from; 0 where there were too few, so that the consensus is unchanged.
    """

    p_change: FloatArray
    odds: NDArray[np.float64]
    undecided: NDArray[np.bool_]
    used: int

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Places in the table of the undecided images, the most suspect first: int64 [undecided]."""
        return self._ordered(np.flatnonzero(self.undecided))

    def first(self, number: int, behind: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return the beginning of the queue without ordering all of it, which takes a moment for a million images.

        Args:
            number: How many places; fewer where fewer are undecided.
            behind: bool [M], images that come after all others, such as skipped ones.

        Returns:
            int64 places in the table.
        """
        last = np.zeros_like(self.undecided) if behind is None else behind
        parts: list[NDArray[np.int64]] = []
        for places in (np.flatnonzero(self.undecided & ~last), np.flatnonzero(self.undecided & last)):
            left = number - sum(map(len, parts))
            least = np.partition(self.odds[places], -left)[-left] if len(places) > left > 0 else -np.inf
            parts.append(self._ordered(places[self.odds[places] >= least])[:left])
        return np.concatenate(parts)

    def _ordered(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return places[np.argsort(-self.odds[places], kind="stable")]

    def expected(self, of_next: int = 50) -> float:
        """Return the expected number of changes among the next images of the queue: 'about 12 of the next 50'."""
        return float(self.p_change[self.first(of_next)].sum())


def verdicts(standing: Mapping[str, Standing], table: pd.DataFrame) -> dict[str, bool]:
    """Decisions as 'needs a change' by name: True for another label than the one that the evidence is about, ambiguous
    or excluded, False for that label; skipped images say nothing.

    Args:
        standing: The decisions that stand, by image name, in the data set's numbers (`DecisionState.on`).
        table: The evidence table in the same numbers (`alignment.aligned`).
    """
    judged = table[table[schema.NAME].isin(list(standing))]  # few of many: the Overview asks at every visit
    given = dict(zip(judged[schema.NAME], judged[schema.GIVEN], strict=True))
    changes: dict[str, bool] = {}
    for name, state in standing.items():
        if name not in given:
            continue
        if state.action in {"ambiguous", "exclude"}:
            changes[name] = True
        elif state.action in {"keep", "relabel"} and state.label is not None:
            # A label that was kept is another one where the label file was corrected after the evidence was built.
            changes[name] = int(state.label) != int(given[name])
    return changes


def rerank(table: pd.DataFrame, decided: Mapping[str, bool], off: float = 0.0) -> Reranked:
    """Rank and calibrate the undecided images by the decided ones.

    Args:
        table: The evidence table.
        decided: Whether the label needed a change, by image name (see `verdicts`).
        off: Standard error of the mean of p_mislabelled, a share (`noise_rate.standard_error`): the larger, the more a
            few decisions move the probabilities of all images. Networks that have learnt little know that mean least.
    """
    p = np.clip(table[schema.P_MISLABELLED].to_numpy(np.float64), 1e-4, 1 - 1e-4)
    offset = np.log(p) - np.log1p(-p)
    judged = table[schema.NAME].isin(list(decided)).to_numpy()  # few of many
    places = np.flatnonzero(judged)
    answers = np.array([decided[name] for name in table[schema.NAME].iloc[places]], np.float64)
    used = len(places) if len(places) >= FEWEST else 0
    odds = offset
    if used:
        design, prior = columns(table)
        prior[-1] = max(PRIOR_ALL, off / float((p * (1 - p)).mean()))  # a share's error, in log-odds
        weights = _fit(design[places], offset[places], answers, prior)
        odds = offset + design @ weights
    p_change = (1 / (1 + np.exp(-odds))).astype(np.float32)
    p_change[places] = answers
    return Reranked(p_change, odds, ~judged, used)


def columns(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the model's inputs, float64 [M, F], and each column's prior standard deviation, float64 [F].

    The inputs are the standardised scores, the given class and the suggested class (one-hot), and a constant at the
    end. The classes are included because decisions tell more about the class error rates than the evidence does.
    Columns that this evidence lacks are left out.
    """
    names = list(SCORES)
    names += [name for name in table.columns if schema.is_method_suspicion(name)]
    p = np.clip(table[schema.P_MISLABELLED].to_numpy(np.float64), 1e-4, 1 - 1e-4)
    scores = [table[name].to_numpy(np.float64) for name in names if name in table]
    numbers = [np.log(p) - np.log1p(-p), *scores]
    design = np.nan_to_num(np.stack(numbers, axis=1))
    spread = design.std(axis=0)
    design = (design - design.mean(axis=0)) / np.where(spread > 0, spread, 1)
    given, suggested = table[schema.GIVEN].to_numpy(), table[schema.SUGGESTED].to_numpy()
    classes = np.arange(max(given.max(initial=0), suggested.max(initial=0)) + 1)
    flags = [given[:, None] == classes, (suggested[:, None] == classes) & (suggested != given)[:, None]]
    parts = [design, *flags, np.ones((len(table), 1))]
    prior = np.repeat((PRIOR_SCORE, PRIOR_GIVEN, PRIOR_SUGGESTED, PRIOR_ALL), [part.shape[1] for part in parts])
    prior[0] = PRIOR_ODDS
    return np.concatenate(parts, axis=1), prior


def _fit(
    design: NDArray[np.float64], offset: NDArray[np.float64], answers: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the MAP weights of a logistic regression with an offset and a Gaussian prior around 0; float64 [F]."""
    precision = np.diag(prior**-2.0)
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(offset + design @ weights)))
        gradient = design.T @ (answers - p) - precision @ weights
        curvature = (design * (p * (1 - p))[:, None]).T @ design + precision
        step = np.linalg.solve(curvature, gradient)
        # Newton's step may overshoot where the answers are separable; a bounded step always converges.
        weights += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-6:
            break
    return weights
