"""The map's canvas: draw the points and turn the browser's strokes into a selection."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.plural import counted
from auditor.ui.components.map import component
from auditor.ui.components.map.component import Points
from auditor.ui.look.lasso import Picked, pending
from auditor.ui.screens.map import fallback, points
from auditor.ui.screens.map.view import MapView
from auditor.ui.web import addresses, map_feed

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion

PICKED = "map_picked"


@st.cache_resource(max_entries=6, show_spinner=False)
def positions(folder: str, stamp: int, embedding: str, rows: bytes, _evidence: EvidenceVersion) -> NDArray[np.uint16]:
    """Return the grid positions of an embedding [N, 2], cached until the positions' file or the images change."""
    del folder, stamp, rows
    return points.positions(_evidence, embedding)


def place(view: MapView) -> NDArray[np.uint16]:
    """Return the points' positions on the grid [N, 2]."""
    stamp = (view.evidence.folder / "map.parquet").stat().st_mtime_ns
    return positions(str(view.evidence.folder), stamp, view.embedding, _digest(view), view.evidence)


def _digest(view: MapView) -> bytes:
    """Return a digest of the images behind the points, which change when the label file is edited."""
    return hashlib.blake2b(view.rows.tobytes() + view.evidence.built_rows.tobytes(), digest_size=8).digest()


def remembered(view: MapView) -> Picked:
    """Return this session's selection on this evidence; another data set or version starts without one."""
    owner = _owner(view)
    saved = st.session_state.get(PICKED)
    if saved is None or saved[0] != owner:
        saved = (owner, Picked(np.zeros(len(view.rows), dtype=bool)))
    picked: Picked = saved[1]
    return picked.coloured(view.by)


def _owner(view: MapView) -> str:
    """Return the key of the data set, version and images that a selection belongs to."""
    return f"{view.dataset.key}/{view.evidence.name}/{_digest(view).hex()}"


def remember(view: MapView, picked: Picked) -> None:
    """Save the selection for the next run of the page."""
    st.session_state[PICKED] = (_owner(view), picked)


def take_strokes(
    view: MapView, picked: Picked, queue: Any, passing: NDArray[np.bool_], codes: NDArray[np.uint8]
) -> Picked:
    """Apply the strokes that the browser has queued since the last one applied."""
    for lasso in pending(queue, picked.done):
        picked = picked.after(lasso, place(view), passing=passing, codes=codes)
    return picked


def canvas(view: MapView, passing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Draw the map and apply its strokes.

    Returns:
        The selected points, most suspicious first.
    """
    colouring = view.colouring()
    picked = remembered(view)
    queued = (st.session_state.get("map") or {}).get("strokes")
    picked = take_strokes(view, picked, queued, passing, colouring.codes)
    remember(view, picked)
    selected = picked.effective(passing, colouring.codes)
    rows = map_feed.publish(view.rows.astype("<i4").tobytes())
    shown_points = Points(
        dataset=view.dataset.key,
        positions=place(view),
        shown=passing,
        selected=selected,
        colouring=colouring,
        card=addresses.card_url(view.dataset, view.evidence.name, rows),
        title=f"Map of {counted(len(view.rows), 'image')} of {view.dataset.title}",
    )
    _, able = component.show(shown_points, key="map", done=picked.done)
    if not able:
        selected = fallback.show(view, shown_points, picked)
    points = np.flatnonzero(selected)
    suspicion = view.evidence.table[schema.P_MISLABELLED].to_numpy()[points]
    return points[np.argsort(-suspicion, kind="stable")]
