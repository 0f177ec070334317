"""An audit of each annotator: every label set compared with the consensus on what each image shows.

A label set's noise rate is the mean of 1 - p(its label), where p is the consensus distribution over the true label.
The consensus uses the audited labels, so their own rate is calibrated (it is the Overview's), while the rates of label
sets that often differ from them are somewhat overestimated. Trust the order of the annotators more than the rates.
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
    """One label set and its estimated quality.

    Attributes:
        name: Name of the label set; 'given' for the audited labels.
        rows: Data set rows [K] of the images with evidence that it labels.
        labels: int16 [K], its labels.
        suggested: int16 [K], the most likely true class.
        rate: Estimated share of wrong labels in [0, 1], NaN without images.
        low: Lower end of its 95 % interval.
        high: Upper end.
        confusion: int64 [C, C], row = most likely class, column = its label.
    """

    name: str
    rows: IntArray
    labels: NDArray[np.int16]
    suggested: NDArray[np.int16]
    rate: float
    low: float
    high: float
    confusion: NDArray[np.int64]

    def cell(self, likely: int, label: int) -> IntArray:
        """Return the data set rows of the images that are most likely of one class and that it labels as another."""
        rows: IntArray = self.rows[(self.suggested == likely) & (self.labels == label)]
        return rows

    def habits(self, most: int = 3) -> list[tuple[int, int, int]]:
        """Return the classes that it confuses: (most likely class, its label, images), most images first."""
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        places = [(int(place) // len(wrong), int(place) % len(wrong)) for place in order]
        return [(likely, label, int(wrong[likely, label])) for likely, label in places if wrong[likely, label] > 0]


def audit(dataset: Dataset, evidence: EvidenceVersion) -> list[Annotator]:
    """Audit every label set, the given labels first.

    Args:
        dataset: The data set.
        evidence: Its evidence, as `alignment.aligned` gives it.

    Raises:
        EvidenceError: The evidence's files cannot be read.
    """
    names, labels = collect(dataset)
    rows = evidence.rows.astype(np.intp)
    probs, suggested = np.asarray(evidence.probs), evidence.table[schema.SUGGESTED].to_numpy().astype(np.int16)
    skill = evidence.summary["noise"].get("skill", max(evidence.summary["skills"].values(), default=1.0))
    annotators = [
        _audit_one(name, labels[rows, place], rows, probs, suggested, dataset.num_classes, skill)
        for place, name in enumerate(names)
    ]
    if not np.array_equal(evidence.table[schema.GIVEN], dataset.labels[rows]):
        return annotators  # the methods learnt from corrected labels, and the Overview's rate is theirs
    noise = evidence.summary["noise"]  # its interval includes how far the methods differ
    return [replace(annotators[0], rate=noise["overall"], low=noise["low"], high=noise["high"]), *annotators[1:]]


def _audit_one(
    name: str,
    set_labels: NDArray[np.int16],
    rows: IntArray,
    probs: NDArray[np.float16],
    suggested: NDArray[np.int16],
    classes: int,
    skill: float,
) -> Annotator:
    # A suggested class that is gone is no standard to compare with.
    places = np.flatnonzero((set_labels >= 0) & (suggested >= 0))
    given = set_labels[places]
    rate: dict[str, Any] = {"overall": np.nan, "low": np.nan, "high": np.nan}
    if len(places):
        wrong = np.clip(1 - probs[places, given].astype(np.float32), 0, 1)
        rate = noise_rate(given, wrong, classes, skill=skill)
    return Annotator(
        name=name,
        rows=rows[places],
        labels=given,
        suggested=suggested[places],
        rate=float(rate["overall"]),
        low=float(rate["low"]),
        high=float(rate["high"]),
        confusion=confusion(suggested[places], given, classes),
    )
