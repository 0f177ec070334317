"""Which pictures of a data set are searched for a face, where its format gives no eye positions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from auditor.data.dataset import Dataset
from auditor.data.files.listing import is_image
from auditor.data.formats.eyes import FaceToAlign
from auditor.data.problems import Problems
from auditor.errors import DataError

LARGEST_BESIDE: Final = 256 * 2**20


def photographs(dataset: Dataset, problems: Problems) -> Iterator[FaceToAlign]:
    """Yield every picture of a data set, to be searched for its face; list those that are in an archive.

    An aligned face gets its picture's own place, so that the label files fit it.

    Raises:
        DataError: Every picture is inside an archive file.
    """
    if not any(dataset.paths):
        raise DataError(
            f"The faces of {dataset.title} are inside archive files; write them as a folder first "
            "(export --as folder) and align that."
        )
    for row, path in enumerate(dataset.paths):
        file, line = dataset.source_of(row), int(dataset.lines[row])
        if path:
            yield FaceToAlign(path, path, None, file or path, line)
        else:
            problems.add(file, line or None, "missing-image", f"{dataset.names[row]} is inside an archive: left out")


def label_files(dataset: Dataset) -> list[str]:
    """List the files of a data set that are copied with its faces: label files and others that were read to open it."""
    files = dict.fromkeys([*dataset.sources, *dataset.watched])
    return [file for file in files if _is_small_file(dataset, file)]


def _is_small_file(dataset: Dataset, file: str) -> bool:
    place = dataset.root / file
    inside = bool(file) and not PurePosixPath(file).is_absolute() and not is_image(file)
    return inside and place.is_file() and place.stat().st_size <= LARGEST_BESIDE
