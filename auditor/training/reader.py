"""The one way to read what a run left for each image: in the rows and class numbers of the data set in hand.

Numpy only, because the app reads runs too. Images that are gone are left out, images newer than the run are in no
record, and everything by class is put in today's order. A run on other classes is refused, see `identity.fit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import ChangedDataError
from auditor.plural import counted
from auditor.training import identity
from auditor.training.dynamics import Dynamics, records_of

FACES, FACES_ROWS = "faces.npy", "faces_rows.npy"


@dataclass(frozen=True, eq=False)
class Faces:
    """What a method's decoder has drawn of some images.

    Attributes:
        rows: int32 [K], rows of the data set in hand.
        faces: uint8 [K, 1 + C, H, W, 3]: the image itself, then its face for each label.
    """

    rows: NDArray[np.int32]
    faces: NDArray[np.uint8]


def open_run(run_folder: Path, dataset: Dataset) -> dict[str, list[Dynamics]]:
    """Return every record of a run that has at least one epoch, in the rows and class numbers of a data set.

    Args:
        run_folder: The run.
        dataset: The data set in hand; any later state of the one that the run was trained on.

    Returns:
        {method: [one record, or one per fold in order]}; empty where no epoch is done.

    Raises:
        ChangedDataError: What the run's numbers mean in this data set cannot be told, see `identity.fit`.
        TrainingError: A record, or the run's file of names, is damaged.
    """
    by_method = records_of(run_folder)
    if not by_method:
        return {}
    fit = identity.fit(run_folder, dataset)
    for records in by_method.values():
        for record in records:
            _require_fit(record, fit, run_folder.name)
    if fit.same_rows and fit.same_classes:
        return by_method
    return {
        method: [record.select(fit.rows, fit.numbers) for record in records] for method, records in by_method.items()
    }


def drawn_faces(run_folder: Path, method: str, dataset: Dataset) -> Faces | None:
    """Return what a method's decoder has drawn in a run, in the rows and class order of a data set.

    Args:
        run_folder: The run.
        method: The method that draws, see `portraits`.
        dataset: The data set in hand.

    Returns:
        None where it has left none, or files that do not fit together.

    Raises:
        ChangedDataError: What the run's numbers mean in this data set cannot be told, see `identity.fit`.
        TrainingError: The run's file of names is damaged.
    """
    for folder in (run_folder / method, *sorted((run_folder / method).glob("fold-*"))):
        try:
            faces = np.load(folder / FACES, mmap_mode="r")
            rows = np.load(folder / FACES_ROWS)
        except (OSError, ValueError):
            continue
        if faces.ndim == 5 and faces.dtype == np.uint8 and len(faces) == len(rows):
            return _today(faces, rows, identity.fit(run_folder, dataset))
    return None


def _today(faces: NDArray[np.uint8], rows: NDArray[np.int32], fit: identity.Fit) -> Faces | None:
    if faces.shape[1] != 1 + len(fit.numbers) or rows.max(initial=-1) >= len(fit.rows):
        return None
    today = fit.rows[rows]
    present = np.flatnonzero(today >= 0)
    order = np.concatenate([[0], 1 + np.argsort(fit.numbers)])
    return Faces(today[present].astype(np.int32), np.asarray(faces[present][:, order]))


def _require_fit(record: Dynamics, fit: identity.Fit, run: str) -> None:
    """Refuse a record with more rows or other classes than its run has names for."""
    last = int(np.asarray(record.rows).max(initial=-1))
    if record.classes == len(fit.numbers) and last < len(fit.rows):
        return
    raise ChangedDataError(
        f"The record of {record.method} in run {run} has {counted(record.classes, 'class', 'classes')} and a row "
        f"{last}, expected "
        f"{counted(len(fit.numbers), 'class', 'classes')} and rows under {len(fit.rows)}; train again."
    )
