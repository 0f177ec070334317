"""Random samples: the error rate of the unflagged images with its interval, and the error rate of each class.

Evidence from the labels knows only in part which classes err most: a class that is hard to recognise looks like one
that is often wrong. Judging a few random faces of every class measures it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.evidence.versions import CLEAN
from auditor.plural import counted

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95

PER_CLASS = 10
"""Images of every given class in a class check."""

MOST_CHECKED = 200
"""The most images in a class check, but at least one of every class: of 100 classes it takes two of each."""


@dataclass(frozen=True)
class Remaining:
    """How many wrong labels are probably left among the images that were not looked at.

    Attributes:
        checked, wrong: Images of the sample that were judged, and those whose label was wrong.
        rate, low, high: Share of wrong labels and its exact (Clopper-Pearson 1934) interval, in [0, 1].
        unchecked: Images that were not looked at.
        expected, at_most: Estimated number of wrong labels among them, and its upper bound.
    """

    checked: int
    wrong: int
    rate: float
    low: float
    high: float
    unchecked: int
    expected: float
    at_most: float

    @property
    def sentence(self) -> str:
        """The estimate in a sentence for the screen."""
        if not self.checked:
            return "No sample has been judged yet."
        return (
            f"{self.wrong} of {counted(self.checked, 'sampled label')} were wrong: about {self.expected:.0f} wrong "
            f"labels are left among {counted(self.unchecked, 'unseen image')} ({self.low:.1%} to {self.high:.1%})."
        )

    def enough(self, tolerated: float) -> bool:
        """Whether at most this share of the unseen labels is wrong, with 95 % confidence."""
        return self.checked > 0 and self.high <= tolerated


def draw(table: pd.DataFrame, decided: Collection[str], size: int, seed: int = 0) -> NDArray[np.int32]:
    """Draw a random sample of the images that are neither flagged nor decided.

    The same seed gives the same order, so a sample can be continued: draw again, and decided images are left out.

    Args:
        table: The evidence table.
        decided: Names of images that have a decision.
        size: Number of images; fewer where fewer are left.
        seed: Seed of the order.

    Returns:
        int32 rows of the data set.
    """
    pool = unflagged(table) & ~table[schema.NAME].isin(set(decided)).to_numpy()
    priority = np.random.default_rng(seed).random(len(table))
    places = np.flatnonzero(pool)
    first = places[np.argsort(priority[places], kind="stable")][:size]
    rows: NDArray[np.int32] = table[schema.ROW].to_numpy(np.int32)[first]
    return rows


def draw_classes(table: pd.DataFrame, seed: int = 0) -> NDArray[np.int32]:
    """Draw the images of a class check: equally many of every given class, at random, independent of the evidence.

    Args:
        table: The evidence table.
        seed: Seed of the order; the same seed draws the same images.

    Returns:
        int32 rows of the data set, class by class: `PER_CLASS` of each, fewer where that would be more than
        `MOST_CHECKED` in all, and all of a class that has fewer.
    """
    order = np.random.default_rng(seed).permutation(len(table))
    given = table[schema.GIVEN].to_numpy()
    classes, held = np.unique(given, return_counts=True)
    each = max(1, min(PER_CLASS, MOST_CHECKED // len(classes)))
    begun, first = 2 * each * len(classes), order
    while begun < len(order):  # the beginning nearly always has enough of every class
        labels = given[order[:begun]]
        if all((labels == label).sum() >= min(each, number) for label, number in zip(classes, held, strict=True)):
            first = order[:begun]
            break
        begun *= 4
    labels = given[first]
    places = np.concatenate([first[labels == label][:each] for label in classes])
    rows: NDArray[np.int32] = table[schema.ROW].to_numpy(np.int32)[places]
    return rows


def unflagged(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return a mask of the images that the evidence calls clean, bool [M]."""
    mask: NDArray[np.bool_] = table[schema.ASSIGNMENT].to_numpy() == CLEAN
    return mask


def remaining(checked: int, wrong: int, unchecked: int, confidence: float = CONFIDENCE) -> Remaining:
    """Estimate the wrong labels among the images that were not looked at from a random sample.

    Args:
        checked: Images of the sample that were judged.
        wrong: Those whose label was wrong, 0 <= wrong <= checked.
        unchecked: Unflagged images that were not looked at.
        confidence: Of the interval, in (0, 1).
    """
    from scipy.special import betaincinv  # the beta distribution's quantile; scipy.stats takes a second to load

    tail = (1 - confidence) / 2
    low = float(betaincinv(wrong, checked - wrong + 1, tail)) if wrong else 0.0
    high = float(betaincinv(wrong + 1, checked - wrong, 1 - tail)) if wrong < checked else 1.0
    rate = wrong / checked if checked else 0.0
    return Remaining(checked, wrong, rate, low, high, unchecked, rate * unchecked, high * unchecked)
