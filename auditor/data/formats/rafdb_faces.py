"""RAF-DB's eyes: the annotators' marks in the original pictures, for the alignment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from auditor.data.dataset import Dataset
from auditor.data.files.listing import join, list_folder
from auditor.data.formats.eyes import LOOKED_AT, FaceToAlign, manual_eyes
from auditor.data.problems import Problems
from auditor.errors import DataError, finding

ANNOTATIONS: Final = "Annotation/manual"
ORIGINALS: Final = ("Image/original", "Image/original/imgs")


def why_not_aligned(dataset: Dataset) -> str:
    """Return what is missing for an alignment, in a sentence; '' where nothing is."""
    names = dataset.names[:LOOKED_AT]
    notes = any((dataset.root / ANNOTATIONS / _note(name)).is_file() for name in names)
    originals = any((dataset.root / folder / name).is_file() for folder in ORIGINALS for name in names)
    if notes and originals:
        return ""
    return (
        f"Alignment needs {ANNOTATIONS}/*_manu_attri.txt and {ORIGINALS[0]}/*.jpg, which are not here; "
        "the faces are used as they are."
    )


def faces(dataset: Dataset, problems: Problems) -> Iterator[FaceToAlign]:
    """Yield the faces whose eyes are marked in their original pictures; list the others."""
    notes = list_folder(dataset.root, ANNOTATIONS).files
    originals = {folder: list_folder(dataset.root, folder).files for folder in ORIGINALS}
    for row, name in enumerate(dataset.names):
        file, line = dataset.source_of(row), int(dataset.lines[row])
        note = _note(name)
        home = next((folder for folder in ORIGINALS if name in originals[folder]), None)
        if home is None:
            problems.add(file, line, "missing-image", f"{name} is not in {ORIGINALS[0]}: it is left out")
        elif note not in notes:
            problems.add(file, line, "missing-eyes", f"{note} is not in {ANNOTATIONS}: {name} is left out")
        else:
            try:
                eyes = manual_eyes(dataset.root / ANNOTATIONS / note)
            except DataError as error:
                problems.add(file, line, "missing-eyes", f"{finding(error)}: {name} is left out")
                continue
            yield FaceToAlign(join(home, name), f"Image/myaligned/imgs/{name}", eyes, file, line)


def _note(name: str) -> str:
    return f"{Path(name).stem}_manu_attri.txt"
