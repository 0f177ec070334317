"""Compare the evidence with the wrong labels planted in the demo, the only data set in which they are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.data.dataset import Dataset
from auditor.data.demo import generate
from auditor.ui.state.columns import Columns

NOISY = 2


@dataclass(frozen=True)
class PlantedFound:
    """The number of deliberately flipped labels that the evidence ranks first.

    Attributes:
        planted: Number of labels flipped among the training images.
        found: Number of these among the `planted` most suspicious images.
        named: Number of those found whose suggestion is the true label.
    """

    planted: int
    found: int
    named: int


def compare(dataset: Dataset, columns: Columns) -> PlantedFound | None:
    """Compare the evidence with the planted errors; None where this is not the demo, or nothing was trained yet."""
    if not columns.has_evidence:
        return None
    truth = generate.truth(dataset.root)
    if truth is None:
        return None
    entries = truth.rows(dataset.names[columns.rows])
    kind = np.where(entries >= 0, truth.kind[entries], -1)
    planted = int(np.count_nonzero(kind == NOISY))
    top = np.argsort(-np.nan_to_num(columns.suspicion[columns.rows], nan=-1), kind="stable")[:planted]
    hits = top[kind[top] == NOISY]
    named = np.count_nonzero(columns.suggested[columns.rows[hits]] == truth.true[entries[hits]])
    return PlantedFound(planted, len(hits), int(named))
