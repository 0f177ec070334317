"""The actions on the images selected on the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.exports.spreadsheet import csv_bytes
from auditor.plural import agreeing, counted
from auditor.store import counts
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import decide, session, trace
from auditor.ui.web import addresses
from auditor.ui.web.thumbnails import SPRITE_COLUMNS

if TYPE_CHECKING:
    from auditor.ui.screens.map.view import MapView

FACES = 16
LAST = "map_last"
SEEN = "map_seen"


def panel(view: MapView, points: NDArray[np.int64]) -> None:
    """Show the selection's faces and the actions on them.

    Args:
        view: The state of the map page.
        points: Selected points, most suspicious first.
    """
    if len(points) == 0:
        st.subheader("Nothing selected", anchor=False)
        st.markdown(
            "Draw a lasso around images. **Shift** adds to the selection, **Alt** removes, a click selects one image."
        )
        _last_act(view)
        return
    rows = view.rows[points]
    _actions(view, points, rows)
    st.session_state[SEEN] = (view.dataset.key, view.overlay.seq)


def _actions(view: MapView, points: NDArray[np.int64], rows: NDArray[np.integer[Any]]) -> None:
    st.subheader(f"{len(rows):,} selected", anchor=False)
    _faces(view, rows)
    st.caption(plain(_composition(view, rows)))
    label = f"map, {counted(len(rows), 'image')}"
    if st.button("Open in Review", type="primary", width="stretch", icon=":material/grid_view:", key="map-open"):
        session.open_page("review", sel=session.save_selection(rows, label))
    _label(view, rows)
    _mark(view, rows)
    st.download_button(
        "Export as CSV",
        trace.downloading(f"{counted(len(rows), 'image')} of the map as CSV", lambda: _csv(view, points)),
        **greyed("export"),
        file_name=f"{view.dataset.key}-selection.csv",
        mime="text/csv",
        width="stretch",
        icon=":material/download:",
        on_click="ignore",
        key="map-export",
    )
    _last_act(view)  # last: a line above the buttons would move them under the pointer


def _faces(view: MapView, rows: NDArray[np.integer[Any]]) -> None:
    first = [int(row) for row in rows[:FACES]]
    url = addresses.sprite_url(view.dataset, first, 64)
    # The sheet has eight faces per line; shown in halves, four per line fill the panel.
    lines = -(-len(first) // SPRITE_COLUMNS)
    halves = [(side, line) for line in range(lines) for side in (0, 1) if line * SPRITE_COLUMNS + 4 * side < len(first)]
    strips = "".join(
        f'<div style="aspect-ratio:4;background:url({url}) {side * 100}% {100 * line / max(lines - 1, 1):.2f}%'
        f' / 200% {100 * lines}%"></div>'
        for side, line in halves
    )
    words = f"The {len(first)} most suspicious of the selected faces"
    st.html(f'<div role="img" aria-label="{words}" style="border-radius:.5rem;overflow:hidden">{strips}</div>')


def _composition(view: MapView, rows: NDArray[np.integer[Any]]) -> str:
    """Return the composition of the selection in words: the most frequent given labels, and reviewed and left."""
    numbers = np.bincount(view.dataset.labels[rows], minlength=view.dataset.num_classes)
    top = [f"{numbers[label]:,} {view.dataset.classes[label]}" for label in np.argsort(-numbers)[:3] if numbers[label]]
    tally = counts.tally(view.overlay.action[rows])
    return f"Given: {', '.join(top)}. {tally.reviewed:,} reviewed, {tally.left:,} left."


def _label(view: MapView, rows: NDArray[np.integer[Any]]) -> None:
    names = view.dataset.classes
    with st.popover("Relabel", width="stretch", icon=":material/edit:"):
        st.caption(f"Relabel {counted(len(rows), 'image')} to")
        label = st.pills("New label", names, format_func=plain, label_visibility="collapsed", key="map-label")
        if st.button(
            "Relabel", type="primary", width="stretch", key="map-relabel", **greyed("decide", disabled=label is None)
        ):
            _act(view, rows, "relabel", label=names.index(str(label)))
    left, right = st.columns(2, gap="small")
    if left.button("Keep", width="stretch", key="map-keep", **greyed("decide", words="Their given labels are right")):
        _act(view, rows, "keep")
    if right.button(
        "Exclude", width="stretch", key="map-exclude", **greyed("decide", words="Leave them out of the data set")
    ):
        _act(view, rows, "exclude")


def _mark(view: MapView, rows: NDArray[np.integer[Any]]) -> None:
    with st.popover("Tag", width="stretch", icon=":material/label:"):
        tag = st.text_input("Tag", max_chars=60, key="map-tag", placeholder="blurred, child, sunglasses ...")
        if st.button("Tag them", width="stretch", key="map-tag-them", **greyed("decide", disabled=not tag.strip())):
            _act(view, rows, "tag", text=tag.strip())


def _act(view: MapView, rows: NDArray[np.integer[Any]], action: str, **what: Any) -> None:
    op_id, newer = decide.on_rows_as_seen(
        session.store(),
        view.dataset,
        rows,
        action,
        annotator=session.annotator(),
        seen=_seen(view),
        evidence=view.evidence.name,
        **what,
    )
    words = f"{counted(len(rows) - len(newer), 'image')} {decide.WORDS[action]}"
    if action == "relabel":
        words += f" to {view.dataset.classes[what['label']]}"
    if newer:
        st.toast(plain(_left(newer)), icon=":material/group:", duration="long")
    if op_id:
        st.session_state[LAST] = (view.dataset.key, op_id, words)
    st.rerun()


def _seen(view: MapView) -> int:
    """The last operation that the map showed when the button was drawn: one run of the page before."""
    key, seq = st.session_state.get(SEEN, ("", 0))
    return int(seq) if key == view.dataset.key else view.overlay.seq


def _left(newer: Mapping[str, str]) -> str:
    """That some images were left as somebody else had decided them."""
    who = " and ".join(sorted(set(newer.values())))
    return (
        f"{who} decided {len(newer):,} of these images after the map was drawn; "
        f"{agreeing(len(newer), 'it was', 'they were')} left as decided. Repeat the action to decide otherwise."
    )


def _last_act(view: MapView) -> None:
    """Show the last bulk decision with a button to undo it."""
    last = st.session_state.get(LAST)
    if last is None or last[0] != view.dataset.key:
        return
    _, op_id, words = last
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check_circle: {plain(words)}. Saved.")
        if st.button("Undo", key="map-undo", icon=":material/undo:"):
            decide.undo(session.store(), view.dataset, op_id, annotator=session.annotator())
            del st.session_state[LAST]
            st.toast(f"Undone: {plain(words)}", icon=":material/undo:")
            st.rerun()


def _csv(view: MapView, points: NDArray[np.int64]) -> bytes:
    """Return the selection's rows of the evidence table, labels in the data set's own spelling."""
    table = view.evidence.table.iloc[points].copy()
    codes = np.array([*view.dataset.codes, ""], dtype=object)  # the last entry is for -1, a class that no longer exists
    for name in (schema.GIVEN, schema.IN_FILE, schema.SUGGESTED):
        if name in table:
            table[name] = codes[table[name].to_numpy()]
    return csv_bytes(table.drop(columns=schema.ROW))
