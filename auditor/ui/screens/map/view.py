"""The state of the map page: data set, evidence, decisions, filters and colouring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.ui.components.map.colouring import Colouring
from auditor.ui.screens.map import points
from auditor.ui.state import filters, library, session
from auditor.ui.state.columns import Columns
from auditor.ui.state.overlay import Overlay

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion


@dataclass(frozen=True, eq=False)
class MapView:
    """The state of the map page.

    Attributes:
        dataset: The data set.
        evidence: Its evidence; point number = row of its table.
        columns: Evidence by data set row, for the filters.
        overlay: Decisions by data set row.
        embedding: The name of the positions shown, such as 'joint_umap'.
        by: The name of the colouring.
    """

    dataset: Dataset
    evidence: EvidenceVersion
    columns: Columns
    overlay: Overlay
    embedding: str
    by: str

    @property
    def rows(self) -> NDArray[np.int32]:
        """The data set row of every point [N]."""
        return self.evidence.rows

    def colouring(self) -> Colouring:
        """The colours and the legend."""
        labels = session.store().decisions.state(self.dataset.key).apply(self.dataset).labels
        return points.colour(
            self.by,
            self.evidence.table,
            self.dataset.classes,
            actions=self.overlay.action[self.rows],
            labels=labels[self.rows],
        )

    def passing(self, wanted: filters.Filters) -> NDArray[np.bool_]:
        """Return which points pass the filters [N]."""
        if not wanted.question.parameters():
            return np.ones(len(self.rows), dtype=bool)
        saved = session.selection(wanted.sel)
        rows = filters.select(wanted, self.dataset, self.columns, self.overlay, None if saved is None else saved.rows)
        let = np.zeros(len(self.dataset), dtype=bool)
        let[rows] = True
        passing: NDArray[np.bool_] = let[self.rows]
        return passing


def enter(dataset: Dataset, evidence: EvidenceVersion, embedding: str, by: str) -> MapView:
    """Gather the state of the page."""
    facts = library.columns(dataset, evidence)
    return MapView(dataset, evidence, facts, library.overlay(session.workspace(), dataset), embedding, by)
