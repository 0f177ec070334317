"""The most suspect images as faces with their labels, for a notebook, without a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.exports.faces import grid

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Suspects:
    """The images whose label is most probably wrong; a notebook shows their faces.

    Attributes:
        frame: Columns name, given, suggested, p_mislabelled in [0, 1]; the most suspect first.
        dataset: The images' data set.
    """

    frame: pd.DataFrame
    dataset: Dataset

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[str]:
        """The images' names, for `Audit.decide`."""
        return [str(name) for name in self.frame[schema.NAME]]

    def _repr_html_(self) -> str:
        """Return the faces with their labels as HTML with embedded pictures, which needs no server."""
        cells = [
            (self.dataset.index_of(line.name), f"{line.given} → {line.suggested}, {line.p_mislabelled:.0%}")
            for line in self.frame.itertuples()
        ]
        return grid(self.dataset, cells)
