"""The map's filters, which are Review's filters and are kept in the address in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from auditor.plural import counted
from auditor.ui.look.plain import plain
from auditor.ui.state import session
from auditor.ui.state.columns import ASSIGNMENTS
from auditor.ui.state.filters import Filters

if TYPE_CHECKING:
    from auditor.ui.screens.map.view import MapView

SHOWN = ("given", "suggested", "assignment", "smin", "smax", "reviewed", "q", "sel")
"""The filters that the map has: an address of Review's may name others, which are left out here."""
REVIEWED = {"": "All", "no": "Not reviewed", "yes": "Reviewed"}

__all__ = ["Filters", "controls"]


def controls(view: MapView) -> Filters:
    """Draw the filters behind one button; the address holds their values.

    Returns:
        The filters.
    """
    now = Filters.read(st.query_params)
    behind = Filters(**{name: getattr(now, name) for name in SHOWN})
    active = len(behind.parameters())  # what is behind the button, nothing that only Review shows
    with st.popover(f"Filter · {active}" if active else "Filter", icon=":material/filter_alt:", width="stretch"):
        if now.sel:
            _selection(now.sel)
        classes = view.dataset.classes
        labels = st.multiselect("Given label", classes, default=_existing(now.given, classes), key="map-given")
        suggested = st.multiselect("Suggested label", classes, default=_existing(now.suggested, classes), key="map-sug")
        assignment = st.multiselect(
            "Assignment", ASSIGNMENTS, default=_existing(now.assignment, ASSIGNMENTS), key="map-assignment"
        )
        low, high = st.slider("Suspicion", 0.0, 1.0, (now.smin, now.smax), 0.01, key="map-suspicion")
        reviewed = st.segmented_control(
            "Reviewed",
            list(REVIEWED),
            default=now.reviewed if now.reviewed in REVIEWED else "",
            format_func=REVIEWED.__getitem__,
            key="map-reviewed",
        )
        name = st.text_input("Name contains", now.q, key="map-q")
        if st.button("Clear all filters", disabled=not active, width="stretch"):
            _clear()
    wanted = Filters.read(
        {
            "class": ",".join(labels),
            "suggested": ",".join(suggested),
            "assignment": ",".join(assignment),
            "smin": low,
            "smax": high,
            "reviewed": reviewed or "",
            "q": name,
            "sel": now.sel,
        }
    )
    _write(wanted)
    return wanted


def _selection(token: str) -> None:
    """Say that a saved list of images is all that is shown, with the way out."""
    saved = session.selection(token)
    words = "a list that no longer exists" if saved is None else f"“{saved.label}”, {counted(len(saved.rows), 'image')}"
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.markdown(f"Only {plain(words)}")
    if right.button("Show all", key="map-leave-selection", width="stretch"):
        del st.query_params["sel"]
        st.rerun()


def _existing(listed: str, names: tuple[str, ...]) -> list[str]:
    return [name for name in listed.split(",") if name in names]


def _clear() -> None:
    for name in ("given", "sug", "assignment", "suspicion", "reviewed", "q"):
        st.session_state.pop(f"map-{name}", None)
    st.query_params.from_dict(session.parameters())
    st.rerun()


def _write(wanted: Filters) -> None:
    """Write the filters to the address where they differ from it, so that the view can be linked."""
    view = {**session.parameters(), **wanted.parameters()}
    if dict(st.query_params) != view:
        st.query_params.from_dict(view)
