"""Which faces of a data set can be aligned, and how their eyes are found: by its format, or by a face detector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.data.align import detector, photographs
from auditor.data.align.choices import AUTO, DETECTORS, NONE, PACKAGE
from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.formats.eyes import Face
from auditor.data.problems import Problems
from auditor.errors import DataError

PROTOCOL_FILE: Final = "aligned.json"


def chosen_detector(dataset: Dataset, which: str) -> str:
    """Return what finds the eyes: 'none' for the data set's own positions, else the detector's name.

    Raises:
        DataError: There is no such detector.
    """
    if which not in DETECTORS:
        raise DataError(f"There is no face detector {which!r}; choose one of {', '.join(DETECTORS)}.")
    if which != AUTO:
        return which
    return PACKAGE if _no_eyes(dataset) and detector.installed() else NONE


def why_not(dataset: Dataset, which: str = NONE) -> str:
    """Return why the faces cannot be aligned, in one sentence; '' where they can. Reads a few files only.

    Args:
        dataset: The data set.
        which: One of `DETECTORS`.
    """
    if (dataset.root / PROTOCOL_FILE).is_file():
        return "These faces are aligned already: this data set was made by the alignment."
    if chosen_detector(dataset, which) == NONE:
        return _no_eyes(dataset)
    return "" if detector.installed() else str(detector.missing())


def _no_eyes(dataset: Dataset) -> str:
    return get_format(dataset.format).why_not_aligned(dataset)


def find_faces(dataset: Dataset, problems: Problems, which: str = NONE) -> Iterator[Face]:
    """Yield every face that can be aligned; list the others as problems.

    Raises:
        DataError: There are no eyes, no originals, or no detector.
    """
    obstacle = why_not(dataset, which)
    if obstacle:
        reason = f"{obstacle[:1].lower()}{obstacle[1:]}".removesuffix(".")
        advice = "choose other data"
        if which == AUTO and not (dataset.root / PROTOCOL_FILE).is_file():
            advice = f"choose other data, or let a detector find them: pip install '{detector.EXTRA}'"
        raise DataError(f"The faces of {dataset.title} cannot be aligned, because {reason}; {advice}.")
    if chosen_detector(dataset, which) == NONE:
        return get_format(dataset.format).faces(dataset, problems)
    detector.check()
    return photographs.photographs(dataset, problems)


def label_files(dataset: Dataset, which: str = NONE) -> list[str]:
    """List the label files that are copied with the faces."""
    if chosen_detector(dataset, which) == NONE:
        return get_format(dataset.format).aligned_label_files(dataset)
    return photographs.label_files(dataset)
