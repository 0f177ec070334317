"""History: who decided what, when; any of it can be undone, and where people differ it is settled."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.store import counts
from auditor.store.operations import OperationRecord
from auditor.store.state import DecisionState
from auditor.ui.look import boundary, charts, needs
from auditor.ui.look.plain import plain
from auditor.ui.screens.history import bulk, lines, parts, people, trail
from auditor.ui.state import access, session

LAPSED_NAMED = 5


def show() -> None:
    """Draw the page."""
    needs.open_eyes("History", "who gave which face which label")
    dataset = needs.dataset("History", "who decided what, and when")
    state = session.store().decisions.state(dataset.key)
    by_id = dict(state.records)
    records = lines.in_view(list(reversed(by_id.values())), by_id)
    if not records:
        _nothing()
        if not access.why_not("roles") and session.store().trail.list(dataset.key, 1):
            trail.show(dataset)
        return
    st.title("History", anchor=False)
    _lapsed(dataset, state)
    st.space("xsmall")
    tab = _tab(state)
    if tab == "people":
        people.show(dataset, state)
    elif tab == "trail":
        access.require("roles")
        trail.show(dataset)
    else:
        _decisions(dataset, state, records)


def _nothing() -> None:
    if session.evidence() is None:
        needs.no_evidence("History", "No decisions yet. Train a method first; it shows which labels to check.")
        return
    st.title("History", anchor=False)
    st.write("No decisions yet. Every decision made in Review or on the map appears here, and can be undone.")
    if st.button("Review the suspects", type="primary", key="history-review"):
        session.open_page("review")


def _tab(state: DecisionState) -> str:
    """Which part is shown; the address says it."""
    titles = {
        "decisions": "Decisions",
        "people": f"Disagreements · {len(state.contested):,}",
    }
    if not access.why_not("roles"):
        titles["trail"] = "Audit trail"
    requested = st.query_params.get("tab", "decisions")
    tab = st.segmented_control(
        "Part",
        list(titles),
        default=requested if requested in titles else "decisions",
        format_func=titles.__getitem__,
        key="history-tab",
        label_visibility="collapsed",
        required=True,
    )
    if tab != requested:
        st.query_params["tab"] = tab
    return str(tab)


def _lapsed(dataset: Dataset, state: DecisionState) -> None:
    """What is no longer applicable: it is in no export and in no training."""
    lapsed = state.lapsed(dataset)
    if not lapsed:
        return
    named = "; ".join(plain(f"{each.image}: {each.reason}") for each in lapsed[:LAPSED_NAMED])
    more = f"; and {len(lapsed) - LAPSED_NAMED:,} more" if len(lapsed) > LAPSED_NAMED else ""
    st.warning(
        f"{counted(len(lapsed), 'decision is', 'decisions are')} no longer applicable ({named}{more}) and not counted "
        "anywhere; restore the image or the class, or decide again.",
        icon=":material/warning:",
    )


def _decisions(dataset: Dataset, state: DecisionState, records: Sequence[OperationRecord]) -> None:
    activity = lines.activity(records)
    if activity is not None and len(activity.starts) > 2:
        charts.draw(parts.pace(activity), "history-pace")
    matching = parts.wanted(records)
    tally = counts.count(dataset, state)
    st.caption(f"{tally.sentence} · {len(matching):,} of {counted(len(records), 'operation')}, newest first")
    with boundary.sentence():
        bulk.buttons(dataset, matching)
    parts.log(dataset, matching, dict(state.records), state.lapsed(dataset))
