"""Promises that can be kept: 'accept these suggestions: at most 5 % of them are wrong (95 % sure)'.

Faces are ordered by how sure the evidence is. The sets that may be offered are the surest 2.5 %, 5 %, ... of them, a
grid that the evidence alone decides. A random sample of the faces is judged blind. Beginning with the set that the
evidence expects to pass, each looser set is tested against 'more than the tolerated share of its unjudged faces is
wrong'. The first set that does not reject this ends the sequence, and the one before it is offered.

Fixed-sequence testing, as in Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei 2025, Annals of Applied
Statistics 19(2), section 4.1, algorithm 1), with the exact test of a finite population (hypergeometric) in place of the
binomial tail: `p_value` has the proof. docs/bring-your-own-model.md explains both and docs/benchmarks.md measures them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

SUGGESTIONS, LABELS = "suggestions", "labels"
KINDS = (SUGGESTIONS, LABELS)
"""What can be promised of: suggestions to relabel, or given labels that nothing suggests to change."""

RISKS = {SUGGESTIONS: (0.02, 0.05, 0.1, 0.2), LABELS: (0.01, 0.02, 0.05)}
CONFIDENCES = (0.9, 0.95, 0.99)

STEPS = 40
"""Sets in the grid, evenly spread from none to all faces of the pool."""

SPENT = 0.8
"""Share of the allowed risk of a broken promise that the first try takes; each further try takes this share of the
rest, so that all tries on one version of the evidence together keep the confidence (a union bound)."""

DOUBT = 1.5
"""Where the sequence begins is chosen as if the evidence were wrong so many times as often as it estimates."""

LEAST = 1.25
"""Faces of a pool for each one judged, at least: a smaller one is better judged whole."""

SAMPLES = (60, 100, 150, 200, 300, 400)
"""Sizes of a sample that a person is offered."""


@dataclass(frozen=True, eq=False)
class Pool:
    """The faces in question, the surest first.

    Attributes:
        kind: One of `KINDS`.
        places: int64 [N], places in the evidence table.
        sure: float64 [N], estimated probability that accepting is right, descending.
    """

    kind: str
    places: NDArray[np.int64]
    sure: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True)
class Offer:
    """The largest set that keeps the promise.

    Attributes:
        faces: How many of the surest faces of the pool are in it, judged and decided ones too; 0 for none.
        judged: How many of them were judged.
        wrong: How many of these were wrong.
        bound: The share of wrong ones among its unjudged faces that is rejected at this confidence, in [0, 1].
    """

    faces: int
    judged: int
    wrong: int
    bound: float


def pool(evidence: EvidenceVersion, kind: str, undecided: NDArray[np.bool_]) -> Pool:
    """Return the faces that a promise may be about, the surest first.

    Args:
        evidence: Aligned with the data set in hand.
        kind: 'suggestions': faces whose suggestion differs from the given label; 'labels': those where it does not.
        undecided: bool [M], faces that nobody has decided.
    """
    table = evidence.table
    given = table[schema.GIVEN].to_numpy(np.int64)
    suggested = table[schema.SUGGESTED].to_numpy(np.int64)
    eligible = (suggested != given) if kind == SUGGESTIONS else (suggested == given)
    places = np.flatnonzero(undecided & eligible & (suggested >= 0))
    target = suggested if kind == SUGGESTIONS else given
    return ordered(kind, places, np.asarray(evidence.probs[places, target[places]], np.float64))


def ordered(kind: str, places: NDArray[np.int64], sure: NDArray[np.float64]) -> Pool:
    """Return faces in the order of certainty; ties in the order of the table."""
    order = np.argsort(-sure, kind="stable")
    return Pool(kind, places[order], sure[order])


def cut(pool: Pool, sample: int, risk: float, delta: float) -> Pool:
    """Return the surest faces of a pool that a sample of this size is spread over.

    Less sure faces make it likelier that nothing is released, fewer release less. Their number is the one with the
    largest product of the faces released and the square of the chance that they are, if the estimates are right.

    Args:
        pool: The pool.
        sample: Faces that will be judged.
        risk: The tolerated share of wrong ones.
        delta: The level of each test.
    """
    sizes_of = [size for size in _grid(len(pool)) if size >= min(LEAST * sample, len(pool))]
    gains = [_chance(pool, size, sample, risk, delta) ** 2 * (size - sample) for size in sizes_of]
    size = sizes_of[int(np.argmax(gains))] if gains else 0
    return Pool(pool.kind, pool.places[:size], pool.sure[:size])


def _grid(number: int) -> list[int]:
    return sorted({round(number * step / STEPS) for step in range(1, STEPS + 1)} - {0})


def _chance(pool: Pool, size: int, judged: int, risk: float, delta: float, doubt: float = 1.0) -> float:
    """The chance of a set to pass, if its faces are wrong `doubt` times as often as the evidence estimates."""
    from scipy.special import bdtr

    most = _most_wrong(size, judged, risk, delta)
    rate = min(1.0, doubt * float((1 - pool.sure[:size]).mean()))
    return float(bdtr(most, judged, rate)) if most >= 0 else 0.0


@functools.lru_cache(maxsize=20_000)  # the Overview asks for the same ones at every visit
def _most_wrong(size: int, judged: int, risk: float, delta: float) -> int:
    """The most wrong ones in the sample with which a set passes, -1 for none: the p-value grows with them."""
    high = 0
    while high <= judged and p_value(size, judged, high, 0, risk) <= delta:  # few, so looked for from below
        high = 2 * high + 1
    low, high = high // 2 if high else -1, min(high, judged + 1) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if p_value(size, judged, middle, 0, risk) <= delta else (low, middle - 1)
    return low


def choices(pool: Pool, risk: float, delta: float) -> dict[int, int]:
    """Return the sizes of sample to offer, each with the faces that it is expected to release.

    Expected if the evidence's estimates are right: 0 where no release is likelier than one. The evidence may be wrong
    about itself, so these sizes may be tried too.
    """
    released = {}
    for size in SAMPLES:
        part = cut(pool, size, risk, delta)
        if len(part) > size:
            likely = _chance(part, len(part), size, risk, delta) >= 0.5
            released[size] = len(part) - size if likely else 0
    return released


def level(confidence: float, attempt: int) -> float:
    """Return the chance of a broken promise that one try may take, of the 1 - confidence for all tries.

    Args:
        confidence: In (0, 1).
        attempt: 0 for the first try on a version of the evidence, 1 for the next.
    """
    return (1 - confidence) * SPENT * (1 - SPENT) ** attempt


def by_estimate(pool: Pool, risk: float) -> int:
    """Return how many of the surest faces the evidence's own estimate allows, which nothing guarantees."""
    estimated = np.cumsum(1 - pool.sure) / np.arange(1, len(pool) + 1)
    allowed = np.flatnonzero(estimated <= risk)
    return int(allowed[-1]) + 1 if len(allowed) else 0


def draw(pool: Pool, size: int, seed: int) -> NDArray[np.int64]:
    """Draw a simple random sample of a pool without replacement, int64 [size] positions; a larger one extends it."""
    positions: NDArray[np.int64] = np.random.default_rng(seed).permutation(len(pool))[:size]
    return positions


def sizes(pool: Pool, sampled: NDArray[np.int64], risk: float, delta: float) -> list[int]:
    """Return the sizes of the sets to test in order, from the evidence and the positions sampled, never the answers.

    The first is the smallest of those that the evidence expects to pass about as probably as any; looser ones follow.

    Args:
        pool: The pool.
        sampled: int64 [n], positions of the sample.
        risk: The tolerated share.
        delta: The level of each test.
    """
    chances = _chances(pool, sampled, risk, delta)
    best = max(chances.values(), default=0.0)
    return [size for size in chances if size >= min(s for s, chance in chances.items() if chance >= best - 0.02)]


def _chances(pool: Pool, sampled: NDArray[np.int64], risk: float, delta: float) -> dict[int, float]:
    """The chance of each set of the grid to pass by its size, with doubt in the evidence's estimates."""
    grid = _grid(len(pool))
    counts = np.searchsorted(np.sort(sampled), grid).tolist()
    chances = {n: _chance(pool, n, count, risk, delta, DOUBT) for n, count in zip(grid, counts, strict=True)}
    return {size: chance for size, chance in chances.items() if chance > 0}


def p_value(faces: int, judged: int, wrong: int, gone: int, risk: float) -> float:
    """Return the exact p-value of 'more than `risk` of the faces that are left are wrong'.

    Of `faces`, a random sample of `judged` held `wrong` wrong ones, and `gone` others have been decided since. Were
    there more than risk * left wrong ones among the left = faces - judged - gone, then M > floor(risk * left) + wrong
    of all faces are, and P(X <= wrong) under the hypergeometric law falls in M: it is at most its value at the
    smallest such M, which is returned. The event 'false and p <= delta' is therefore in 'P_M(X <= wrong) <= delta',
    whose probability under the true M is at most delta, whatever `gone` depended on.

    Args:
        faces: Faces of the set.
        judged: Those in the sample.
        wrong: Those of the sample that are wrong.
        gone: Other faces of the set that somebody has decided since.
        risk: The tolerated share.
    """
    left = faces - judged - gone
    least = math.floor(risk * left + 1e-9) + wrong + 1
    if left <= 0 or least > faces - judged + wrong:
        return 0.0 if left >= 0 and judged else 1.0  # there cannot be so many
    return _at_most(wrong, faces, least, judged)


def _at_most(wrong: int, faces: int, wrong_of_all: int, judged: int) -> float:
    """P(X <= wrong) of the hypergeometric law: X wrong ones in a sample drawn without replacement."""
    from scipy.special import gammaln

    def choose(n: int, k: NDArray[np.int64] | int) -> NDArray[np.float64]:
        logs: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return logs

    right = faces - wrong_of_all
    counts = np.arange(max(0, judged - right), min(wrong, wrong_of_all) + 1)
    logs = choose(wrong_of_all, counts) + choose(right, judged - counts) - choose(faces, judged)
    return float(min(1.0, np.exp(logs).sum()))


def offer(
    pool: Pool,
    sampled: NDArray[np.int64],
    wrong: NDArray[np.bool_],
    risk: float,
    delta: float,
    gone: NDArray[np.int64] | Sequence[int] = (),
) -> Offer:
    """Return the largest set of the surest faces whose bound holds.

    Args:
        pool: The pool.
        sampled: int64 [n], positions of the judged faces in the pool.
        wrong: bool [n], whether accepting each would be wrong.
        risk: The tolerated share of wrong ones among the unjudged faces of the set, in (0, 1).
        delta: The chance that the promise is broken, at most, see `level`.
        gone: Positions of other faces that somebody has decided since the sample was drawn.
    """
    largest = Offer(0, 0, 0, 1.0)
    gone_positions = np.asarray(gone, np.int64)
    for size in sizes(pool, sampled, risk, delta):
        inside = sampled < size
        counts = int(inside.sum()), int(wrong[inside].sum()), int((gone_positions < size).sum())
        if p_value(size, *counts, risk) > delta:
            break
        largest = Offer(size, counts[0], counts[1], bound(size, *counts, delta))
    return largest


def bound(faces: int, judged: int, wrong: int, gone: int, delta: float) -> float:
    """Return the smallest share of wrong ones among the faces left that is rejected at level `delta`, in [0, 1]."""
    left = faces - judged - gone
    if left <= 0:
        return 0.0
    low, high = 0, left
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if p_value(faces, judged, wrong, gone, middle / left) <= delta else (middle + 1, high)
    return low / left


def sentence(kind: str, faces: int, risk: float, confidence: float) -> str:
    """Return the promise in words."""
    percent = f"{100 * risk:g} %"
    what = counted(faces, "suggestion" if kind == SUGGESTIONS else "unflagged label")
    verb = "Accept" if kind == SUGGESTIONS else "Keep"
    return f"{verb} {what}: at most {percent} of them are wrong ({100 * confidence:g} % sure)."
