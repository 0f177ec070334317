"""Compare two trainings of the same settings on different labels, on the same test images.

Test labels are used only here, to measure: no training and no evidence reads them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.config import RunConfig
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError, ChangedDataError
from auditor.evidence import student
from auditor.store.runs import RunRecord
from auditor.training.dynamics import ROLE_TEST
from auditor.training.reader import open_run

MAY_DIFFER = ("labels",)
ALPHA = 0.05


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of one method of one run for the test images after its last epoch.

    Attributes:
        rows: Data set rows, ascending, int32 [T].
        classes: Predicted classes, int64 [T].
    """

    rows: NDArray[np.int32]
    classes: NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """The accuracy before and after on some test images.

    Attributes:
        name: A class, or 'all'.
        images: Number of test images.
        before: Share predicted right by the first run, in [0, 1].
        after: Share predicted right by the second run.
        low: Lower end of the 95 % interval of after - before (Wald, paired).
        high: Upper end.
        fixed: Images that only the second run predicts right.
        broken: Images that only the first run predicts right.
        p: McNemar's exact test: the chance of so uneven a split of fixed and broken if both runs were equally good;
            by class after Holm's correction over the classes.
    """

    name: str
    images: int
    before: float
    after: float
    low: float
    high: float
    fixed: int
    broken: int
    p: float

    @property
    def sure(self) -> bool:
        """Whether the difference is significant at 5 %."""
        return self.p < ALPHA


def predictions(run: Path, method: str, dataset: Dataset) -> Predictions | None:
    """A method's predictions for the test images; networks of several folds are averaged; None where there are none.

    Args:
        run: The run's folder.
        method: The method.
        dataset: The data set in hand, whose rows and classes they are in.

    Raises:
        ChangedDataError: The run's images or classes cannot be found in the data set.
    """
    try:
        records = open_run(run, dataset).get(method, [])
    except ChangedDataError:
        raise
    except AuditorError:  # a record that is being written, or damaged: the Runs page says so
        return None
    sums: NDArray[np.float64] | None = None
    rows: NDArray[np.int32] | None = None
    for record in records:
        test = np.flatnonzero(np.asarray(record.role) == ROLE_TEST)
        test_rows = np.asarray(record.rows)[test]
        order = np.argsort(test_rows)
        probs = record.probs_after(-1)[test[order]].astype(np.float64)
        if rows is None or sums is None:
            rows, sums = test_rows[order].astype(np.int32), probs
        elif np.array_equal(rows, test_rows[order]):
            sums = sums + probs
    if rows is None or sums is None or not len(rows):
        return None
    return Predictions(rows, sums.argmax(axis=1))


def mcnemar(fixed: int, broken: int) -> float:
    """Return the two-sided exact p of McNemar's test, in (0, 1]: the chance of a split at least this uneven."""
    from scipy.stats import binomtest

    total = fixed + broken
    return float(binomtest(min(fixed, broken), total, 0.5).pvalue) if total else 1.0


def difference(name: str, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Difference:
    """Compare the images that two runs predict correctly, image by image.

    Args:
        name: The name of the group of images.
        before: Whether the first run is correct [T].
        after: Whether the second run is correct [T].
    """
    count = max(len(before), 1)
    fixed, broken = int((after & ~before).sum()), int((before & ~after).sum())
    change = (fixed - broken) / count
    error = 1.96 * np.sqrt(max(fixed + broken - (fixed - broken) ** 2 / count, 0)) / count
    return Difference(
        name, len(before), float(before.mean()) if len(before) else 0.0, float(after.mean()) if len(after) else 0.0,
        float(max(change - error, -1)), float(min(change + error, 1)), fixed, broken, mcnemar(fixed, broken),
    )  # fmt: skip


def differences(dataset: Dataset, before: Predictions, after: Predictions) -> list[Difference]:
    """Return the differences on all test images, then by true class; p of the classes after Holm's correction."""
    rows = np.intersect1d(before.rows, after.rows)
    labels = dataset.labels[rows]
    right = [each.classes[np.searchsorted(each.rows, rows)] == labels for each in (before, after)]
    by_class = [
        difference(name, right[0][labels == label], right[1][labels == label])
        for label, name in enumerate(dataset.classes)
    ]
    adjusted = holm([each.p for each in by_class])
    corrected = [dataclasses.replace(each, p=p) for each, p in zip(by_class, adjusted, strict=True)]
    return [difference("all", right[0], right[1]), *corrected]


def holm(values: Sequence[float]) -> list[float]:
    """Apply Holm's step-down correction to p values, keeping their order."""
    order = np.argsort(values)
    adjusted = np.zeros(len(values))
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - place) * values[index]))
        adjusted[index] = largest
    return [float(value) for value in adjusted]


def usable(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the finished trainings, newest first, then the models of the user's own."""
    done = [run for run in runs if run.state == "done"]
    return [run for kind in ("train", "opinion") for run in done if run.kind == kind]


def partner(runs: Sequence[RunRecord], run: RunRecord, labels: str) -> RunRecord | None:
    """Return the newest run on other labels whose settings differ least from those of a run."""
    others = [other for other in runs if other.config.labels == labels and other.id != run.id]
    ranked = sorted(others, key=lambda other: (len(deviations(run.config, other.config)), -other.created_at))
    return ranked[0] if ranked else None


def deviations(first: RunConfig, second: RunConfig) -> list[str]:
    """Return the settings in which two runs differ, except their labels; a comparison is fair where there are none."""
    one, other = _settings(first), _settings(second)
    return [name.replace("_", " ") for name, value in one.items() if value != other[name]]


def _settings(config: RunConfig) -> dict[str, Any]:
    """Return the settings to compare; a student is trained after the methods and does not affect them."""
    settings = {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if f.name not in MAY_DIFFER}
    return settings | {"methods": tuple(name for name in config.methods if name != student.NAME)}
