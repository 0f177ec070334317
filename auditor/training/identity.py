"""What a run's row and class numbers mean: the names of its images and classes, stored in it once.

Every array of a run is in the rows and class numbers of the data set as the run read it. Once an image or a class is
added, removed or moved, the same number means another one. So a run keeps the names beside its labels, and whoever
reads one of its arrays asks here what its numbers are today: `fit` for reading, `require_same` for going on with it.

    names.npz   format version, names and splits of all rows, their labels in the label file, classes and their codes
"""

from __future__ import annotations

import contextlib
import json
import time
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.config import RunConfig
from auditor.data.changed import changed_at
from auditor.data.dataset import Dataset
from auditor.errors import ChangedDataError, ConfigError, TrainingError
from auditor.plural import counted
from auditor.store.naming import class_numbers

FILE = "names.npz"
VERSION = 1
_LABELS = "labels.npy"  # the labels trained on, which runs without a file of names have too


@dataclass(frozen=True, eq=False)
class Identity:
    """The data set as a run has read it.

    Attributes:
        names: str [R], image names by the run's row.
        split: int8 [R], codes of `auditor.data.dataset.SPLITS`.
        labels: int16 [R], classes in the label file.
        classes: C class names in the run's order.
        codes: C spellings of the classes in the source.
        format: The format's name.
    """

    names: NDArray[np.object_]
    split: NDArray[np.int8]
    labels: NDArray[np.int16]
    classes: tuple[str, ...]
    codes: tuple[str, ...]
    format: str


@dataclass(frozen=True, eq=False)
class Fit:
    """A run's numbers in those of a data set.

    Attributes:
        rows: int64 [R], the data set's row of each row of the run, -1 where the image is gone.
        numbers: int16 [C], the data set's number of each class of the run.
    """

    rows: NDArray[np.int64]
    numbers: NDArray[np.int16]

    @property
    def same_rows(self) -> bool:
        """Whether every row of the run has the same number in the data set."""
        return bool(np.array_equal(self.rows, np.arange(len(self.rows))))

    @property
    def same_classes(self) -> bool:
        """Whether every class of the run has the same number in the data set."""
        return bool(np.array_equal(self.numbers, np.arange(len(self.numbers))))


def write(run_folder: Path, dataset: Dataset) -> None:
    """Store what the numbers of a run mean, before its first array is written.

    Raises:
        OSError: The file cannot be written.
    """
    _write(run_folder, dataset)


def drop_names(run_folder: Path, rows: NDArray[np.int64]) -> None:
    """Replace the names of erased images by empty ones, which are no image's.

    Args:
        run_folder: The run.
        rows: Its rows [K].

    Raises:
        OSError: The file cannot be written.
        TrainingError: It is damaged.
    """
    stored = read(run_folder)
    if stored is not None and len(rows):
        names = stored.names.copy()
        names[rows] = ""
        _write(run_folder, replace(stored, names=names))
        _read.cache_clear()


def _write(run_folder: Path, dataset: Dataset | Identity) -> None:
    facts = {
        "version": VERSION,
        "classes": list(dataset.classes),
        "codes": list(dataset.codes),
        "format": dataset.format,
    }
    with writing.replacing(run_folder / FILE) as aside:
        np.savez_compressed(
            aside,
            facts=_packed(json.dumps(facts)),
            names=_packed("\0".join(dataset.names)),  # no file name holds a NUL
            split=np.asarray(dataset.split, np.int8),
            labels=np.asarray(dataset.labels, np.int16),
        )


def read(run_folder: Path) -> Identity | None:
    """Read what the numbers of a run mean; None for a run of an earlier version, which did not store it.

    Raises:
        TrainingError: The file is damaged, or of a later version.
    """
    file = run_folder / FILE
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"The file {file} of the run's image and class names cannot be read ({error}); train again or delete the "
            "run."
        ) from error


@lru_cache(4)
def _read(file: Path, _written: int) -> Identity:
    """Read the file as it was written at a time; remembered, because a page reads it at every click."""
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        facts = json.loads(_text(stored["facts"]))
        if facts["version"] != VERSION:
            raise ValueError(f"format {facts['version']}, expected {VERSION}")
        split, labels = stored["split"], stored["labels"]
        names = _text(stored["names"]).split("\0") if len(split) else []
        if not len(names) == len(split) == len(labels):
            raise ValueError(f"numbers of names, splits and labels differ: {len(names)}, {len(split)}, {len(labels)}")
        classes, codes = tuple(facts["classes"]), tuple(facts["codes"])
        return Identity(np.array(names, object), split, labels, classes, codes, facts["format"])


def fit(run_folder: Path, dataset: Dataset) -> Fit:
    """Return a run's row and class numbers in those of a data set, both found by name.

    An image of the same name in another split counts as gone: where a name is used again it is another image, and one
    that was moved was not trained on as what it is now.

    Raises:
        ChangedDataError: The classes are not the same by name, or the run knows no names and the data set is not
            certainly unchanged since it began.
        TrainingError: The run's file of names is damaged.
    """
    stored = read(run_folder)
    if stored is None:
        _require_unchanged(run_folder, dataset)
        return Fit(np.arange(len(dataset)), np.arange(dataset.num_classes, dtype=np.int16))
    same = np.array_equal(stored.names, dataset.names)
    rows = np.arange(len(dataset)) if same else dataset.rows_of(stored.names)
    there = np.flatnonzero(rows >= 0)
    moved = there[stored.split[there] != dataset.split[rows[there]]]
    rows[moved] = -1
    return Fit(rows, _numbers(run_folder.name, stored, dataset))


def adopt(run_folder: Path, dataset: Dataset) -> None:
    """Store the names in a run of an earlier version, where its data set is certainly unchanged since it began.

    From then on the run can be read whatever happens to the data set. Other runs are left as they are.
    """
    # A run that has no labels yet stores the names itself, before them.
    if (run_folder / FILE).exists() or not (run_folder / _LABELS).exists():
        return
    with contextlib.suppress(ChangedDataError, OSError):
        _require_unchanged(run_folder, dataset)
        write(run_folder, dataset)


def class_order(run_folder: Path, dataset: Dataset) -> list[str]:
    """Return the names of a run's classes in the order of its outputs.

    Args:
        run_folder: The run.
        dataset: The data set that it was trained on; its classes count for a run that has not stored its own.

    Raises:
        ChangedDataError: The run has stored none, and the data set is not certainly unchanged since it began.
        TrainingError: The run's file of names is damaged.
    """
    stored = read(run_folder)
    if stored is None:
        _require_unchanged(run_folder, dataset)
        return list(dataset.classes)
    return list(stored.classes)


def require_same(run_folder: Path, dataset: Dataset) -> None:
    """Refuse to go on with a run whose data set has changed: its networks and their state know images by number.

    Raises:
        ChangedDataError: An image, its place, its split, its label in the label file or a class is not as it was.
        TrainingError: The run's file of names is damaged.
    """
    stored = read(run_folder)
    if stored is None:
        _require_unchanged(run_folder, dataset)
        return
    differences = _differences(stored, dataset)
    if differences:
        raise ChangedDataError(
            f"The data set {dataset.title} has changed since run {run_folder.name} began ({'; '.join(differences)}); "
            "restore it as it was to resume the run, or start a new run."
        )


def _numbers(run: str, stored: Identity, dataset: Dataset) -> NDArray[np.int16]:
    """Today's number of each class of a run, int16 [C].

    Raises:
        ChangedDataError: A class is new, gone or has become one with another; its network cannot be asked again.
    """
    today = class_numbers(dataset)
    today_of = [today.number(name) for name in class_numbers(stored).names]
    numbers = [number for number in today_of if number is not None]
    if len(numbers) == len(today_of) == len(set(numbers)) == dataset.num_classes:
        return np.array(numbers, np.int16)
    lost = [name for name, number in zip(stored.classes, today_of, strict=True) if number is None]
    added = [name for number, name in enumerate(dataset.classes) if number not in numbers]
    parts = [f"{what}: {', '.join(names)}" for what, names in (("gone", lost), ("new", added)) if names]
    raise ChangedDataError(
        f"Run {run} was trained on the classes {', '.join(stored.classes)}, and {dataset.title} now has "
        f"{', '.join(dataset.classes)} ({'; '.join(parts) or 'two of them are one now'}); train again on the classes "
        "of today, or restore those of the run."
    )


def _differences(stored: Identity, dataset: Dataset) -> list[str]:
    """What a resumed training would take for something else, in a few words each; [] where nothing differs."""
    differences = []
    if class_numbers(stored).names != class_numbers(dataset).names:
        differences.append(f"the classes were {', '.join(stored.classes)} and are {', '.join(dataset.classes)}")
    if not np.array_equal(stored.names, dataset.names):
        rows = dataset.rows_of(stored.names)
        gone, new = int((rows < 0).sum()), len(dataset) - int((rows >= 0).sum())
        differences += [f"{counted(gone, 'image is', 'images are')} gone"] if gone else []
        differences += [f"{counted(new, 'image is', 'images are')} new"] if new else []
        return differences if gone or new else [*differences, "the images are in another order or under other names"]
    moved = int((stored.split != dataset.split).sum())
    differences += [f"{counted(moved, 'image is', 'images are')} in another split"] if moved else []
    relabelled = 0 if differences else int((stored.labels != dataset.labels).sum())
    differences += (
        [f"{counted(relabelled, 'image is', 'images are')} labelled otherwise in the label file"] if relabelled else []
    )
    return differences


def _require_unchanged(run_folder: Path, dataset: Dataset) -> None:
    """Refuse a run without names, unless no file that decides the rows is younger than the run.

    Raises:
        ChangedDataError: One is, or the labels that the run has kept are not those of the data set.
    """
    if changed_at(dataset) >= _began(run_folder) or not _labels_fit(run_folder, dataset):
        raise ChangedDataError(
            f"Run {run_folder.name} is of an earlier version that stored row numbers without the images' names, and "
            f"{dataset.title} has changed since, so which images they mean is not known any more; train again."
        )


def _began(run_folder: Path) -> float:
    """When a run of an earlier version began, seconds since 1970: no later than its files and its id state."""
    times = [file.stat().st_mtime for file in (run_folder / "config.json", run_folder / _LABELS) if file.exists()]
    with contextlib.suppress(ValueError):
        times.append(time.mktime(time.strptime(run_folder.name[1:16], "%Y%m%d-%H%M%S")))
    return min(times, default=0.0)


def _labels_fit(run_folder: Path, dataset: Dataset) -> bool:
    """Whether the labels that a run has kept can be those of the data set; True where it has kept none."""
    try:
        saved = np.load(run_folder / _LABELS)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    try:
        as_given = RunConfig.from_json((run_folder / "config.json").read_text(encoding="utf-8")).labels == "given"
    except (OSError, ConfigError):
        as_given = False
    return bool(np.array_equal(saved, dataset.labels)) if as_given else len(saved) == len(dataset)


def _packed(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _text(data: NDArray[np.uint8]) -> str:
    return data.tobytes().decode("utf-8", "surrogatepass")
