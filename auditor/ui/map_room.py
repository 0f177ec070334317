"""The map page's parts that run again on their own: canvas, filters, and what to do with a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.ui import filters, library, map_data, session
from auditor.ui.columns import Columns
from auditor.ui.components.map import component, feed
from auditor.ui.components.map.component import Points
from auditor.ui.overlay import Overlay
from auditor.ui.selections import Picked, pending

if TYPE_CHECKING:
    from auditor.evidence.table import EvidenceVersion

PICKED = "map_picked"


@dataclass(frozen=True, eq=False)
class Room:
    """Everything the map page works on.

    Attributes:
        dataset: the data set.
        evidence: its evidence; point number = row of its table.
        columns: evidence by data set row, for the filters.
        overlay: decisions by data set row.
        embedding: which positions are shown, 'joint_umap'.
        by: what the points are coloured by.
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

    def colouring(self) -> map_data.Colouring:
        """Colours and legend."""
        labels = session.store().decisions.state(self.dataset.key).apply(self.dataset).labels
        return map_data.colour(
            self.by,
            self.evidence.table,
            self.dataset.classes,
            actions=self.overlay.action[self.rows],
            labels=labels[self.rows],
        )

    def shown(self, wanted: filters.Filters) -> NDArray[np.bool_]:
        """Which points the filters let through [N]."""
        if not wanted.question.parameters():
            return np.ones(len(self.rows), dtype=bool)
        chosen = session.selection(wanted.sel)
        kept = filters.select(wanted, self.dataset, self.columns, self.overlay, None if chosen is None else chosen.rows)
        let = np.zeros(len(self.dataset), dtype=bool)
        let[kept] = True
        shown: NDArray[np.bool_] = let[self.rows]
        return shown


@st.cache_resource(max_entries=6, show_spinner=False)
def positions(folder: str, stamp: int, embedding: str, _evidence: EvidenceVersion) -> NDArray[np.uint16]:
    """Grid positions of an embedding [N, 2], kept while the file of positions does not change."""
    del folder, stamp
    return map_data.positions(_evidence, embedding)


def enter(dataset: Dataset, evidence: EvidenceVersion, embedding: str, by: str) -> Room:
    """Gather what the page works on."""
    facts = library.columns(dataset, evidence)
    return Room(dataset, evidence, facts, library.overlay(session.workspace(), dataset), embedding, by)


def place(room: Room) -> NDArray[np.uint16]:
    """The points' positions on the grid [N, 2]."""
    stamp = (room.evidence.folder / "map.parquet").stat().st_mtime_ns
    return positions(str(room.evidence.folder), stamp, room.embedding, room.evidence)


def remembered(room: Room) -> Picked:
    """The selection of this session on this evidence; another data set or version begins with none."""
    whose = f"{room.dataset.key}/{room.evidence.name}"
    kept = st.session_state.get(PICKED)
    if kept is None or kept[0] != whose:
        kept = (whose, Picked(np.zeros(len(room.rows), dtype=bool)))
    picked: Picked = kept[1]
    return picked.coloured(room.by)


def remember(room: Room, picked: Picked) -> None:
    """Keep the selection for the next run of the page."""
    st.session_state[PICKED] = (f"{room.dataset.key}/{room.evidence.name}", picked)


def take_strokes(room: Room, picked: Picked, queue: Any, shown: NDArray[np.bool_], codes: NDArray[np.uint8]) -> Picked:
    """Apply what the browser has queued since the last stroke that counted."""
    for lasso in pending(queue, picked.done):
        picked = picked.after(lasso, place(room), shown=shown, codes=codes)
    return picked


def canvas(room: Room, shown: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Draw the map and take its strokes.

    Returns:
        The selected points, most suspicious first.
    """
    colouring = room.colouring()
    picked = remembered(room)
    queued = (st.session_state.get("map") or {}).get("strokes")
    picked = take_strokes(room, picked, queued, shown, colouring.codes)
    remember(room, picked)
    selected = picked.effective(shown, colouring.codes)
    rows = feed.publish(room.rows.astype("<i4").tobytes())
    points = Points(
        dataset=room.dataset.key,
        positions=place(room),
        shown=shown,
        selected=selected,
        colouring=colouring,
        card=feed.card_address(room.dataset.key, room.evidence.name, rows),
        title=f"Map of {len(room.rows):,} images of {room.dataset.title}",
    )
    _, able = component.show(points, key="map", done=picked.done)
    if not able:
        from auditor.ui import map_fallback

        selected = map_fallback.show(room, points, picked)
    chosen = np.flatnonzero(selected)
    suspicion = room.evidence.table["p_mislabelled"].to_numpy()[chosen]
    return chosen[np.argsort(-suspicion, kind="stable")]
