"""An audit of each annotator: every label set held against the consensus on what each image shows.

A label set's noise rate is the mean of 1 - p(its label), p being the consensus distribution over the true label. The
consensus has heard the audited labels, so their own rate is the calibrated one (that of the Overview) and those of
sets that often differ from them come out somewhat high; the order of the annotators is what to go by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.agreement import collect, confusion
from auditor.data.dataset import Dataset, IntArray
from auditor.evidence import schema
from auditor.evidence.noise_rate import noise_rate
from auditor.evidence.versions import EvidenceVersion


@dataclass(frozen=True, eq=False)
class Annotator:
    """One label set and what the evidence thinks of it.

    Attributes:
        name: of the label set; 'given' for the audited labels.
        rows: data set rows [K] with evidence that it labels.
        labels: int16 [K], what it says.
        suggested: int16 [K], the most likely true class.
        rate: estimated share of wrong labels in [0, 1], NaN without images.
        low: lower end of its 95 % interval.
        high: upper end.
        confusion: int64 [C, C], row = most likely class, column = what it says.
    """

    name: str
    rows: IntArray
    labels: NDArray[np.int16]
    suggested: NDArray[np.int16]
    rate: float
    low: float
    high: float
    confusion: NDArray[np.int64]

    def cell(self, likely: int, said: int) -> IntArray:
        """Data set rows of the images that are most likely of one class and that it calls another."""
        rows: IntArray = self.rows[(self.suggested == likely) & (self.labels == said)]
        return rows

    def differing(self) -> IntArray:
        """Data set rows of the images on which it does not say what is most likely."""
        rows: IntArray = self.rows[self.suggested != self.labels]
        return rows

    def habits(self, most: int = 3) -> list[tuple[int, int, int]]:
        """The classes it confuses: (most likely class, what it says, images), most images first."""
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        places = [(int(place) // len(wrong), int(place) % len(wrong)) for place in order]
        return [(likely, said, int(wrong[likely, said])) for likely, said in places if wrong[likely, said] > 0]


def audit(dataset: Dataset, evidence: EvidenceVersion) -> list[Annotator]:
    """Every label set, the audited one first.

    Args:
        dataset: The data set.
        evidence: Its evidence, as `alignment.aligned` gives it.

    Raises:
        EvidenceError: The evidence's files cannot be read.
    """
    names, labels = collect(dataset)
    rows = evidence.rows.astype(np.intp)
    probs, suggested = np.asarray(evidence.probs), evidence.table[schema.SUGGESTED].to_numpy().astype(np.int16)
    skill = max(evidence.summary["skills"].values(), default=1.0)
    found = [
        _audit_one(name, labels[rows, place], rows, probs, suggested, dataset.num_classes, skill)
        for place, name in enumerate(names)
    ]
    if not np.array_equal(evidence.table[schema.GIVEN], dataset.labels[rows]):
        return found  # the methods learnt from corrected labels: the Overview's rate is that of those
    noise = evidence.summary["noise"]  # its interval knows how far the methods differ
    return [replace(found[0], rate=noise["overall"], low=noise["low"], high=noise["high"]), *found[1:]]


def _audit_one(
    name: str,
    said: NDArray[np.int16],
    rows: IntArray,
    probs: NDArray[np.float16],
    suggested: NDArray[np.int16],
    classes: int,
    skill: float,
) -> Annotator:
    there = np.flatnonzero((said >= 0) & (suggested >= 0))  # a class that is gone is no standard to be held against
    own = said[there]
    rate: dict[str, Any] = {"overall": np.nan, "low": np.nan, "high": np.nan}
    if len(there):
        wrong = np.clip(1 - probs[there, own].astype(np.float32), 0, 1)
        rate = noise_rate(own, wrong, classes, skill=skill)
    return Annotator(
        name=name,
        rows=rows[there],
        labels=own,
        suggested=suggested[there],
        rate=float(rate["overall"]),
        low=float(rate["low"]),
        high=float(rate["high"]),
        confusion=confusion(suggested[there], own, classes),
    )
