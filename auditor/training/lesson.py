"""Save and read the targets of a method that learns from the others: their consensus, computed once per run."""

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
    """Save a run's targets in the method's folder; existing ones stay, so that a resumed run learns the same.

    Args:
        folder: The method's folder in the run.
        make: Returns the others' consensus, float32 [R, C], NaN rows where there is none.

    Raises:
        TrainingError: `make` is None, or the disk is full.
    """
    if (folder / FILE).exists():
        return
    if make is None:
        raise TrainingError(
            f"The training targets of {folder.name} are made from evidence; train it with `auditor train`."
        )
    lesson = make()
    with room(folder.parent):
        folder.mkdir(parents=True, exist_ok=True)
        with writing.replacing(folder / FILE) as aside:
            np.save(aside, lesson.astype(np.float32))


def read(folder: Path, dataset: Dataset, labels: Labels) -> NDArray[np.float32]:
    """Return the shares of the classes to learn, float32 [R, C]: the consensus, except for images that were reviewed.

    An image that was relabelled or kept has a NaN row, so its label is learnt. An image that was judged ambiguous has
    the reviewer's shares. Networks never overrule a reviewer.
    """
    shares: NDArray[np.float32] = np.load(folder / FILE)
    shares[labels.labels != dataset.labels] = np.nan
    if labels.kept is not None:
        shares[labels.kept] = np.nan
    if labels.soft is not None:
        shares = np.where(np.isnan(labels.soft), shares, labels.soft)
    return shares
