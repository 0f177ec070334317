"""Which faces of a data set can be aligned, and how their eyes are found: by its format, or by a face detector."""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from auditor import writing
from auditor.data.align import detector, photographs
from auditor.data.align.choices import AUTO, DETECTORS, NONE, PACKAGE
from auditor.data.dataset import Dataset
from auditor.data.files.listing import is_image
from auditor.data.formats.base import get_format
from auditor.data.formats.eyes import FaceToAlign
from auditor.data.problems import Problems
from auditor.errors import DataError

PROTOCOL_FILE: Final = "aligned.json"
SOURCES_FILE: Final = ".aligned-sources.json"  # hidden: it is no label file


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


def find_faces(dataset: Dataset, problems: Problems, which: str = NONE) -> Iterator[FaceToAlign]:
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


def write(folder: Path, sources: Mapping[str, str]) -> None:
    """Note which picture each aligned face is made of.

    Args:
        folder: The aligned copy.
        sources: The picture, relative to the data set's folder, by the face's file in the copy.

    Raises:
        DataError: The folder cannot be written.
    """
    try:
        writing.write_text(folder / SOURCES_FILE, json.dumps(dict(sources)))
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be written ({error.strerror}); choose another.") from error


def prune(folder: Path, dataset: Dataset) -> int:
    """Delete the aligned faces whose picture the data set has no more.

    Like a cache, an aligned copy must not keep what its source has lost. An opening does not fail for it: what cannot
    be deleted is tried again at the next one.

    Args:
        folder: The aligned copy, which may not exist.
        dataset: The data set that it was made of, as it is now.

    Returns:
        How many faces were deleted.
    """
    if not (folder / PROTOCOL_FILE).is_file():
        return 0
    with contextlib.suppress(OSError, ValueError, DataError):
        sources = _read(folder, dataset)
        listed = {
            parent: _files(dataset.root / parent) for parent in {posixpath.dirname(each) for each in sources.values()}
        }
        gone = [
            target
            for target, source in sources.items()
            if posixpath.basename(source) not in listed[posixpath.dirname(source)]
        ]
        for target in gone:
            (folder / target).unlink(missing_ok=True)
        if gone:
            write(folder, {target: source for target, source in sources.items() if target not in set(gone)})
        return len(gone)
    return 0


def _read(folder: Path, dataset: Dataset) -> dict[str, str]:
    """The picture of each aligned face; of a copy of before they were noted, those that the data set has, and itself.

    Raises:
        DataError: There are no eyes or no originals any more.
        ValueError: The note is damaged.
    """
    file = folder / SOURCES_FILE
    if file.is_file():
        return {str(target): str(source) for target, source in json.loads(file.read_text(encoding="utf-8")).items()}
    present = {face.target: face.source for face in find_faces(dataset, Problems())}
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if is_image(path.name)}
    return {target: present.get(target, f"gone/{posixpath.basename(target)}") for target in copied | set(present)}


def _files(folder: Path) -> set[str]:
    """The names in a folder; none where it is gone.

    Raises:
        OSError: It cannot be read, so that nothing is known of it.
    """
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except FileNotFoundError:
        return set()
