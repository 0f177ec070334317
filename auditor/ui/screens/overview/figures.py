"""The figures of the Overview, counted from the evidence table and the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import sampling, schema
from auditor.evidence.sampling import Remaining
from auditor.store import counts
from auditor.ui.state.overlay import ACTION_CODES, Overlay

if TYPE_CHECKING:
    import pandas as pd

    from auditor.data.demo.generate import Planted
    from auditor.store.state import Corrections

CLEAN, NOISY = 0, 2


@dataclass(frozen=True)
class PlantedCorrected:
    """The progress of an audit of the demo.

    Attributes:
        planted: Labels that were flipped on purpose, among the audited images.
        corrected: Those of them that now have the true label or are excluded.
        seen: Those of them that are reviewed.
        spoilt: Right labels that a decision made wrong.
        flagged: Those of the planted that the evidence calls noisy.
    """

    planted: int
    corrected: int
    seen: int
    spoilt: int
    flagged: int


def division(table: pd.DataFrame, classes: int) -> NDArray[np.int64]:
    """Count images by given class and assignment: int64 [C, 3]."""
    images = np.zeros((classes, 3), dtype=np.int64)
    np.add.at(images, (table[schema.GIVEN].to_numpy(), table[schema.ASSIGNMENT].to_numpy()), 1)
    return images


def proposals(table: pd.DataFrame, classes: int) -> NDArray[np.int64]:
    """Count images by given and suggested class: int64 [C, C], rows given; without suggestions of lost classes."""
    images = np.zeros((classes, classes), dtype=np.int64)
    suggested = table[table[schema.SUGGESTED] >= 0]
    np.add.at(images, (suggested[schema.GIVEN].to_numpy(), suggested[schema.SUGGESTED].to_numpy()), 1)
    return images


def votes(table: pd.DataFrame) -> NDArray[np.int64]:
    """Count images by the number of methods that call them noisy: int64 [T + 1]."""
    most = int(table[schema.VOTES_TOTAL].max()) if len(table) else 0
    return np.bincount(table[schema.VOTES_NOISY].to_numpy(), minlength=most + 1).astype(np.int64)


def progress(table: pd.DataFrame, overlay: Overlay) -> NDArray[np.int64]:
    """Count images by assignment and decision: int64 [3, 6], columns none, then `ACTION_CODES`."""
    images = np.zeros((3, len(ACTION_CODES) + 1), dtype=np.int64)
    np.add.at(images, (table[schema.ASSIGNMENT].to_numpy(), overlay.action[table[schema.ROW].to_numpy()]), 1)
    return images


def compare_with_planted(
    dataset: Dataset, planted: Planted, table: pd.DataFrame, overlay: Overlay, corrections: Corrections
) -> PlantedCorrected:
    """Compare the decisions with the errors planted in the demo.

    Args:
        dataset: The demo.
        planted: The planted errors, of every image.
        table: The evidence table.
        overlay: The decisions, by row.
        corrections: The current labels.
    """
    rows = table[schema.ROW].to_numpy()
    entry = planted.rows(dataset.names[rows])
    rows, table, entry = rows[entry >= 0], table[entry >= 0], entry[entry >= 0]
    true, kind = planted.true[entry], planted.kind[entry]
    wrong = kind == NOISY
    right_now = (corrections.labels[rows] == true) | corrections.excluded[rows]
    return PlantedCorrected(
        planted=int(wrong.sum()),
        corrected=int((wrong & right_now).sum()),
        seen=int((wrong & counts.reviewed(overlay.action[rows])).sum()),
        spoilt=int(((kind == CLEAN) & (corrections.labels[rows] != true)).sum()),
        flagged=int((wrong & (table[schema.ASSIGNMENT].to_numpy() == NOISY)).sum()),
    )


def left_unseen(table: pd.DataFrame, samples: Sequence[NDArray[np.int32]], decided: Mapping[str, bool]) -> Remaining:
    """Estimate the share of wrong labels among the unflagged, unjudged images from the random samples.

    Args:
        table: The evidence table.
        samples: Data set rows of each sample that was drawn.
        decided: Whether the label needed a change, by name of each judged image (`rerank.verdicts`).
    """
    judged = table[schema.NAME].isin(list(decided))
    drawn = table[schema.ROW].isin(np.concatenate(samples) if samples else [])
    answers = [decided[name] for name in table[schema.NAME][drawn & judged]]
    unchecked = int((sampling.unflagged(table) & ~judged.to_numpy()).sum())
    return sampling.remaining(len(answers), sum(answers), unchecked)


def by_class(table: pd.DataFrame, rows: NDArray[np.int32], decided: Mapping[str, bool], classes: Sequence[str]) -> str:
    """Return the result of a class check in a sentence, such as 'Wrong labels: fear 8 of 10, anger 5 of 10.'.

    The class with the largest share of wrong labels comes first.

    Args:
        table: The evidence table.
        rows: Data set rows of the check.
        decided: Whether the label needed a change, by name of each judged image (`rerank.verdicts`).
        classes: Their names.
    """
    drawn = table[table[schema.ROW].isin(rows)]
    answers = drawn[schema.NAME].map(decided).dropna().astype(bool).groupby(drawn[schema.GIVEN]).agg(["sum", "size"])
    answers = answers.iloc[np.argsort(-(answers["sum"] / answers["size"]), kind="stable")]
    parts = [f"{classes[int(label)]} {wrong} of {judged}" for label, wrong, judged in answers.itertuples()]
    return f"Wrong labels: {', '.join(parts)}." if parts else "All faces of this check were skipped."
