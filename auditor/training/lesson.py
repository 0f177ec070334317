"""What a method that learns from the others is taught: their consensus, made once a run and kept beside its record."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.data.dataset import Dataset
from auditor.errors import TrainingError
from auditor.training.disk import room
from auditor.training.labels import Labels

FILE = "lesson.npy"


def write(folder: Path, make: Callable[[], NDArray[np.float32]] | None) -> None:
    """Keep the lesson of a run in the method's folder; one that is there stays, so that a resumed run learns the same.

    Args:
        folder: The method's folder in the run.
        make: Gives the others' consensus, float32 [R, C], NaN rows where they say nothing.

    Raises:
        TrainingError: Nobody is there to make it, or the disk is full.
    """
    if (folder / FILE).exists():
        return
    if make is None:
        raise TrainingError(f"What {folder.name} shall learn is made from evidence; train it with `auditor train`.")
    lesson = make()
    with room(folder.parent):
        folder.mkdir(parents=True, exist_ok=True)
        with writing.replacing(folder / FILE) as aside:
            np.save(aside, lesson.astype(np.float32))


def read(folder: Path, dataset: Dataset, labels: Labels) -> NDArray[np.float32]:
    """Shares of the classes to learn, float32 [R, C]: the lesson, but for images that a reviewer decided.

    One that was relabelled or kept has a NaN row (its label says it all), one judged ambiguous the reviewer's shares:
    people are not overruled by networks.
    """
    shares: NDArray[np.float32] = np.load(folder / FILE)
    shares[labels.labels != dataset.labels] = np.nan
    if labels.kept is not None:
        shares[labels.kept] = np.nan
    if labels.soft is not None:
        shares = np.where(np.isnan(labels.soft), shares, labels.soft)
    return shares
