"""What the demo knows and no other data set does: which labels are wrong. It says how much a training found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.data.dataset import Dataset
from auditor.data.demo import generate
from auditor.ui.state.columns import Columns

NOISY = 2


@dataclass(frozen=True)
class Found:
    """How many of the labels that were flipped on purpose the evidence puts on top.

    Attributes:
        planted: Labels flipped among the training images.
        found: Of these, how many are among as many most suspicious images.
        named: Of these found, how many are suggested their true label.
    """

    planted: int
    found: int
    named: int


def found(dataset: Dataset, columns: Columns) -> Found | None:
    """Compare the evidence with what was planted; None where this is no demo, or nothing was trained yet."""
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
    return Found(planted, len(hits), int(named))
