"""A distribution over the classes for every image, to train on.

Where it comes from, in this order: an annotator's shares; an annotator's label (all on one class); the evidence's
consensus; the data set's own votes; the given label. The column `source` says which. Excluded images are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset
from auditor.evidence import schema
from auditor.evidence.alignment import aligned
from auditor.exports.atomic import check_target, write_file
from auditor.exports.preview import Preview
from auditor.exports.spreadsheet import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from auditor.evidence.versions import EvidenceVersion


def frame(dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None) -> pd.DataFrame:
    """Return the columns name, split, source and one per class (named as the class); the shares of a row sum to 1."""
    import pandas as pd

    probs, source = distributions(dataset, decisions, evidence)
    keep = np.ones(len(dataset), dtype=np.bool_)
    keep[[change.row for change in decisions.excluded]] = False
    columns = {name: probs[keep, index] for index, name in enumerate(dataset.classes)}
    split = np.array(SPLITS, dtype=object)[dataset.split[keep]]
    return pd.DataFrame({"name": dataset.names[keep], "split": split, "source": source[keep], **columns})


def distributions(
    dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Return float64 [N, C] whose rows sum to 1, and the source of each row."""
    probs = np.eye(dataset.num_classes)[dataset.labels]
    source = np.full(len(dataset), "given", dtype=object)
    for label_set in dataset.label_sets:
        if label_set.probs is not None:
            voted = label_set.probs.sum(axis=1) > 0
            probs[voted], source[voted] = label_set.probs[voted], "votes"
    if evidence is not None:
        evidence = aligned(evidence, dataset)
        # A suggestion whose class is gone does not count: the rest of its distribution is no evidence for the image.
        suggested = evidence.table[schema.SUGGESTED].to_numpy() >= 0
        rows = evidence.rows[suggested]
        probs[rows], source[rows] = evidence.probs[suggested].astype(np.float64), "evidence"
    for change in decisions.decided:
        if change.to_label is not None:
            probs[change.row] = change.soft or np.eye(dataset.num_classes)[change.to_label]
            source[change.row] = "decision"
    return probs / probs.sum(axis=1, keepdims=True), source


def write(dataset: Dataset, decisions: Preview, evidence: EvidenceVersion | None, out: str | Path) -> Path:
    """Write the distributions as CSV.

    Raises:
        ExportError: It cannot be written there.
    """
    return write_file(check_target(dataset, out), csv_bytes(frame(dataset, decisions, evidence)))
