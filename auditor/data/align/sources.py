"""Which faces of a data set can be aligned: those whose format gives their eyes and their original pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.formats.eyes import Face
from auditor.data.problems import Problems
from auditor.errors import DataError

PROTOCOL_FILE: Final = "aligned.json"


def why_not(dataset: Dataset) -> str:
    """Return why the faces cannot be aligned, in one sentence; '' where they can. Reads a few files only."""
    if (dataset.root / PROTOCOL_FILE).is_file():
        return "These faces are aligned already: this data set was made by the alignment."
    return get_format(dataset.format).why_not_aligned(dataset)


def find_faces(dataset: Dataset, problems: Problems) -> Iterator[Face]:
    """Yield every face that can be aligned; list the others as problems.

    Raises:
        DataError: There are no eyes or no originals.
    """
    obstacle = why_not(dataset)
    if obstacle:
        reason = f"{obstacle[:1].lower()}{obstacle[1:]}".removesuffix(".")
        raise DataError(f"The faces of {dataset.title} cannot be aligned, because {reason}; choose other data.")
    return get_format(dataset.format).faces(dataset, problems)


def label_files(dataset: Dataset) -> list[str]:
    """List the label files that are copied with the faces."""
    return get_format(dataset.format).aligned_label_files(dataset)
