"""What every export for another tool is made from, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset, IntArray
from auditor.data.images.cache import read_encoded
from auditor.errors import ExportError, ImageError, finding
from auditor.evidence import schema
from auditor.evidence.alignment import aligned
from auditor.exports.preview import Preview

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Material:
    """The data of an export.

    Attributes:
        dataset: The source.
        decisions: The annotators' decisions, applied to it.
        evidence: One version of its evidence, or None.
        progress: Called as `progress(done, total, text)`, or None.
    """

    dataset: Dataset
    decisions: Preview
    evidence: EvidenceVersion | None = None
    progress: Progress | None = None

    @property
    def included(self) -> NDArray[np.bool_]:
        """Whether each image stays, bool [N]: excluded images do not."""
        included = np.ones(len(self.dataset), dtype=np.bool_)
        included[[change.row for change in self.decisions.excluded]] = False
        return included

    def rows(self, split: str) -> IntArray:
        """Return the rows of a split without the excluded images."""
        return np.flatnonzero(self.included & (self.dataset.split == SPLITS.index(split)))

    @property
    def splits(self) -> list[str]:
        """The splits that have images left."""
        return [split for split in SPLITS if len(self.rows(split))]

    @property
    def actions(self) -> list[str]:
        """The decision on each image, '' for none."""
        actions = [""] * len(self.dataset)
        for change in self.decisions.decided:
            actions[change.row] = change.action
        return actions

    def suspicions(self) -> dict[int, tuple[float, int]]:
        """p_mislabelled in [0, 1] and the suggested class (-1 for none) of each scored image, by row."""
        if self.evidence is None:
            return {}
        evidence = aligned(self.evidence, self.dataset)
        columns = (evidence.table[name].to_numpy() for name in (schema.P_MISLABELLED, schema.SUGGESTED))
        return {
            int(row): (float(p), int(suggested))
            for row, p, suggested in zip(evidence.rows, *columns, strict=True)
            if np.isfinite(p)
        }

    def encoded(self, row: int) -> bytes:
        """Return an image's own bytes.

        Raises:
            ExportError: It cannot be read.
        """
        try:
            return read_encoded(self.dataset, row)
        except ImageError as error:
            raise ExportError(
                f"Nothing was written, because {finding(error)}; mend the image or exclude it."
            ) from error

    def report(self, done: int, total: int, text: str) -> None:
        """Pass progress on, every hundred images."""
        if self.progress is not None and (done % 100 == 0 or done == total):
            self.progress(done, total, text)
