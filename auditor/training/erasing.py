"""Take images out of what a run left: their names, the faces drawn of them and their numbers in every epoch.

The arrays keep their shapes, because every other number in them refers to a place. An erased image has an empty name,
which is no image's, so `reader.open_run` leaves it out like one that is gone from the data set. The networks
themselves were trained on the image and stay: only deleting the run removes them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.store.naming import composed
from auditor.training import identity
from auditor.training.dynamics import Dynamics
from auditor.training.reader import FACES, FACES_ROWS

Rows = NDArray[np.int64]


def rows_of(run_folder: Path, names: Collection[str]) -> Rows | None:
    """Return a run's rows of some images, int64 [K]; None for a run of an earlier version, which stores no names.

    Args:
        run_folder: The run.
        names: The images' names, in any Unicode form.

    Raises:
        TrainingError: The run's file of names is damaged.
    """
    stored = identity.read(run_folder)
    if stored is None:
        return None
    wanted = {composed(name) for name in names}
    return np.flatnonzero([composed(str(name)) in wanted for name in stored.names])


def files_of(run_folder: Path, rows: Rows) -> list[Path]:
    """Return the files of a run that hold something of these rows."""
    files = [run_folder / identity.FILE] if len(rows) else []
    return [*files, *(file for file, _ in _arrays(run_folder, rows))]


def erase(run_folder: Path, rows: Rows) -> None:
    """Overwrite everything that a run holds of these rows.

    Raises:
        OSError: A file cannot be written.
        TrainingError: The run's file of names, or a record, is damaged.
    """
    for file, index in _arrays(run_folder, rows):
        array = np.load(file, mmap_mode="r+")
        array[index] = 0
        array.flush()
    identity.drop_names(run_folder, rows)


def forget_portraits(runs: Path, dataset: Dataset) -> int:
    """Overwrite the drawn faces of images that a data set has no more, as its caches lose them when it is opened.

    A run that cannot be read or written is left as it is: an opening does not fail for it.

    Args:
        runs: The folder of all runs.
        dataset: The data set as it is now.

    Returns:
        How many images were overwritten.
    """
    blanked = 0
    for listed in sorted(runs.glob(f"*/**/{FACES_ROWS}")):
        with contextlib.suppress(OSError, ValueError, LookupError, AuditorError):
            folder = runs / listed.relative_to(runs).parts[0]
            key = json.loads((folder / "config.json").read_text(encoding="utf-8"))["dataset"]["key"]
            stored = identity.read(folder) if key == dataset.key else None
            if stored is None:
                continue
            gone = np.flatnonzero(dataset.rows_of(stored.names)[np.load(listed)] < 0)
            faces = np.load(listed.with_name(FACES), mmap_mode="r+")
            drawn = [int(place) for place in gone if faces[place].any()]
            faces[drawn] = 0
            faces.flush()
            blanked += len(drawn)
    return blanked


def _arrays(run_folder: Path, rows: Rows) -> Iterator[tuple[Path, tuple[slice | Rows, ...]]]:
    """Every array with something of these rows, and where."""
    for listed in sorted((*run_folder.rglob(FACES_ROWS), *run_folder.rglob("dynamics/rows.npy"))):
        places = np.flatnonzero(np.isin(np.load(listed), rows))
        if not len(places):
            continue
        if listed.name == FACES_ROWS:
            yield listed.with_name(FACES), (places,)
            continue
        record = Dynamics.open(listed.parent)
        by_epoch = {name: column.per_epoch for name, column in record.columns.items()}
        columns = {record.folder / "columns" / f"{name}.npy": each for name, each in by_epoch.items()}
        for file, epochs in {
            record.folder / "probs.npy": True,
            record.folder / "embedding.npy": False,
            **columns,
        }.items():
            if file.exists():
                yield file, ((slice(None), places) if epochs else (places,))
