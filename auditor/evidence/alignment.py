"""Evidence in the rows and class numbers of the data set in hand.

A version of the evidence names images and classes by the numbers of the data set as it was then. Once an image or a
class is added, removed or moved, the same number means another one. Here both are joined by name: `aligned` returns
the version itself where all its numbers still hold, else a view of it in today's numbers; `changes` counts what
differs. Both are worked out once for each version and data set.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.evidence.versions import EvidenceVersion
from auditor.evidence.view import View
from auditor.plural import agreeing, counted
from auditor.store import counts
from auditor.store.naming import ClassNumbers, class_numbers

_aligning = threading.Lock()


@dataclass(frozen=True)
class DatasetChanges:
    """How the data set in hand differs from the one that a version of the evidence was built for.

    Attributes:
        version: The version's name.
        new: Audited images that it has not seen.
        gone: Its images that the data set has no more.
        relabelled: Its images that have another given label in the label file now.
        lost: Classes that the data set has no more.
        added: Classes that it has got since.
    """

    version: str
    new: int = 0
    gone: int = 0
    relabelled: int = 0
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """For the screen; '' where nothing differs that a training would mend (an order of rows, say)."""
        parts = []
        if self.new:
            parts.append(f"{counted(self.new, 'image has', 'images have')} no evidence yet")
        if self.gone:
            parts.append(f"{self.gone:,} of its images {agreeing(self.gone, 'is', 'are')} gone")
        if self.relabelled:
            parts.append(f"{counted(self.relabelled, 'given label')} changed since")
        if self.lost:
            parts.append(_classes(self.lost, "gone"))
        if self.added:
            parts.append(_classes(self.added, "new"))
        if not parts:
            return ""
        return (
            f"Evidence {self.version} was built for another state of this data set: {_and(parts)}; "
            "train again to include these changes."
        )


def aligned(version: EvidenceVersion, dataset: Dataset) -> EvidenceVersion:
    """The evidence in the rows and class numbers of a data set.

    In a view, images that are gone are left out, and so are those whose given label (the one that the evidence is
    about) is of a class that is gone. A suggestion or prediction of a class that is gone is -1, and its probability is
    left out of `probs`, whose rows then add up to less than 1. `given` stays the label that the evidence is about.

    Args:
        version: The version as it is on the disk, or aligned with any data set.
        dataset: The data set in hand.

    Returns:
        The version itself, not copied, where its rows and classes are those of the data set.

    Raises:
        EvidenceError: The version's files cannot be read.
    """
    return _alignment(version, dataset).evidence


def changes(version: EvidenceVersion, dataset: Dataset) -> DatasetChanges:
    """How a data set differs from the one that the evidence was built for.

    Raises:
        EvidenceError: The version's files cannot be read.
    """
    return _alignment(version, dataset).changes


@dataclass(frozen=True, eq=False)
class _Alignment:
    evidence: EvidenceVersion
    changes: DatasetChanges


def _alignment(version: EvidenceVersion, dataset: Dataset) -> _Alignment:
    origin = version.origin if isinstance(version, View) else version
    alignment: _Alignment | None = origin.alignments.get(dataset)
    if alignment is not None:
        return alignment
    with _aligning:  # the warm-up and the first page ask for the same
        alignment = origin.alignments.get(dataset)
        if alignment is None:
            alignment = origin.alignments[dataset] = _align(origin, dataset)
        return alignment


def _align(version: EvidenceVersion, dataset: Dataset) -> _Alignment:
    numbers = _numbers(version, dataset)
    rows, same_images = _rows(version, dataset)
    same = same_images and _same_classes(version, dataset) and _same_pairs(version, dataset)
    edits = _changes(version, dataset, rows, numbers)
    if same:
        return _Alignment(version, edits)
    given = version.table[schema.GIVEN].to_numpy(np.int64)
    there = np.flatnonzero((rows >= 0) & (numbers[given] >= 0))
    places = there[np.argsort(rows[there], kind="stable")]
    view = View(
        version.folder, origin=version, places=places, now=rows[places].astype(np.int32), numbers=numbers,
        names=dataset.names[rows[places]], classes=tuple(dataset.classes), codes=tuple(dataset.codes),
        pairs=_pairs(version, dataset),
    )  # fmt: skip
    return _Alignment(view, edits)


def _rows(version: EvidenceVersion, dataset: Dataset) -> tuple[NDArray[np.int64], bool]:
    """Today's row of every table row, -1 where the image is gone, int64 [M], and whether the images are the same.

    They are where rows and names agree letter by letter: others join them by either.
    """
    rows, names = version.rows.astype(np.int64), version.table[schema.NAME].to_numpy(object)
    if (rows < len(dataset)).all() and np.array_equal(dataset.names[rows], names):
        return rows, True  # the common case needs no look-up by name
    return dataset.rows_of(names), False


def _numbers(version: EvidenceVersion, dataset: Dataset) -> NDArray[np.int16]:
    """Today's number by the version's class number, -1 for a class that is gone; int16 [C + 1], the last for -1."""
    today = class_numbers(dataset)
    if _same_classes(version, dataset):
        return np.array([*range(dataset.num_classes), -1], np.int16)
    numbers = [None if name is None else today.number(name) for name in _class_names(version)]
    return np.array([-1 if number is None else number for number in [*numbers, None]], np.int16)


def _class_names(version: EvidenceVersion) -> list[str | None]:
    """The names that decisions know the version's classes by; None where two share one and nothing tells them apart."""
    classes, codes = version.summary["classes"], version.summary.get("codes")
    if codes is not None:
        return list(ClassNumbers(classes, codes, numbers_alike=False).names)
    shared = Counter(classes)
    return [name if shared[name] == 1 else None for name in classes]


def _same_classes(version: EvidenceVersion, dataset: Dataset) -> bool:
    if version.summary.get("codes") is None:
        return tuple(version.summary["classes"]) == tuple(dataset.classes)
    return tuple(_class_names(version)) == class_numbers(dataset).names


def _same_pairs(version: EvidenceVersion, dataset: Dataset) -> bool:
    """Whether the duplicates' rows hold, those of test images too, which the table does not name."""
    pairs = version.duplicates if (version.folder / "duplicates.parquet").exists() else None
    if pairs is None or "other_name" not in pairs or not len(pairs):
        return True
    return all(
        (pairs[row] < len(dataset)).all() and np.array_equal(dataset.names[pairs[row]], pairs[name])
        for row, name in ((schema.ROW, "name"), ("other", "other_name"))
    )


def _pairs(version: EvidenceVersion, dataset: Dataset) -> NDArray[np.int64] | None:
    """Today's rows of both images of every pair of duplicates by name, int64 [P, 2]; None where none are named."""
    if not (version.folder / "duplicates.parquet").exists() or "other_name" not in version.duplicates:
        return None
    pairs = version.duplicates
    # A name is in several pairs: each is looked up once, for two spellings of one name must not become one row.
    names, where = np.unique(np.concatenate([pairs["name"], pairs["other_name"]]).astype(str), return_inverse=True)
    rows: NDArray[np.int64] = dataset.rows_of(names.tolist())[where].reshape(2, -1).T
    return rows


def _changes(
    version: EvidenceVersion, dataset: Dataset, rows: NDArray[np.int64], numbers: NDArray[np.int16]
) -> DatasetChanges:
    there = rows >= 0
    seen = np.zeros(len(dataset), np.bool_)
    seen[rows[there]] = True
    unscored = dataset.rows_of(version.unscored)
    seen[unscored[unscored >= 0]] = True
    labels = _file_labels(version)
    moved = 0
    if labels is not None:
        moved = int(np.count_nonzero(numbers[labels][there] != dataset.labels[rows[there]]))
    lost = [name for name, number in zip(version.summary["classes"], numbers[:-1], strict=True) if number < 0]
    added = [name for number, name in enumerate(dataset.classes) if number not in set(numbers.tolist())]
    return DatasetChanges(
        version.name, int(np.count_nonzero(~seen[counts.audited(dataset)])), int(np.count_nonzero(~there)), moved,
        tuple(lost), tuple(added),
    )  # fmt: skip


def _file_labels(version: EvidenceVersion) -> NDArray[np.int64] | None:
    """The label file's labels that the evidence knew, int64 [M]; None where it knows the corrected ones alone."""
    corrected = "corrected" in version.summary.get("labels", {}).values()
    if corrected and schema.IN_FILE not in version.table:
        return None
    column: NDArray[np.int64] = version.table[schema.IN_FILE if corrected else schema.GIVEN].to_numpy(np.int64)
    return column


def _classes(names: Sequence[str], what: str) -> str:
    """Such as 'the class fear is gone', 'the classes fear and anger are new'."""
    return f"the class {names[0]} is {what}" if len(names) == 1 else f"the classes {_and(names)} are {what}"


def _and(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
