"""What is to be written back into a data set's own files, and what its format does with excluded images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.formats import edits

Shares = Mapping[int, tuple[float, ...]]


@dataclass(frozen=True)
class CorrectionRequest:
    """What is to be written.

    Attributes:
        dataset: The source.
        labels: int16 [N], the labels after the corrections.
        soft: Shares of the classes by row, for formats that can hold them (votes).
        votes: 'replace' the votes of a corrected image, or 'keep' them and add a column with the label.
        decided: Rows whose label was decided, changed or confirmed: every line that names them says so.
        excluded: Rows to leave out; empty to keep them.
    """

    dataset: Dataset
    labels: NDArray[np.int16]
    soft: Shares
    votes: str = "replace"
    decided: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()

    @cached_property
    def targets(self) -> dict[int, str | None]:
        """What the lines of each image are to say (see `edits.Targets`)."""
        return edits.targets(self.dataset, self.labels, self.decided, self.excluded)

    @property
    def changed(self) -> NDArray[np.intp]:
        """Rows whose label changes, ascending."""
        return np.flatnonzero(self.labels != self.dataset.labels)


@dataclass(frozen=True)
class Leaving:
    """What the source's own form does with excluded images.

    Attributes:
        how: 'dropped' (their lines go), 'marked' (they stay, marked as not to be used) or 'kept' (they stay as before).
        reason: Why they are not dropped, as the end of a sentence; '' where they are.
    """

    how: str
    reason: str = ""


def per_source(request: CorrectionRequest, read: Callable[[int], bytes]) -> dict[str, bytes]:
    """Return the audited file, and those of the other files that change, by path relative to the root.

    Args:
        request: What is to be written.
        read: The corrected bytes of a source file, by its index in `Dataset.sources`.
    """
    dataset, files = request.dataset, {}
    for source, file in enumerate(dataset.sources):
        if source and not request.targets:
            continue
        data = read(source)
        if source == 0 or data != (dataset.root / file).read_bytes():
            files[file] = data
    return files
