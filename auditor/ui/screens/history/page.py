"""History: who decided what, when; any of it can be taken back."""

from __future__ import annotations

import streamlit as st

from auditor.store import counts
from auditor.ui.look import charts, needs
from auditor.ui.screens.history import lines, parts
from auditor.ui.state import session


def show() -> None:
    """Draw the page."""
    dataset = needs.dataset("History", "who decided what, and when")
    state = session.store().decisions.state(dataset.key)
    by_id = dict(state.records)
    records = list(reversed(by_id.values()))
    if not records:
        if session.evidence() is None:
            needs.no_evidence("History", "Nothing was decided yet. Train a method first; it says where to look.")
            return
        st.title("History", anchor=False)
        st.write(
            "Nothing was decided yet. Every decision made in Review or on the map appears here, and can be undone."
        )
        if st.button("Review the suspects", type="primary", key="history-review"):
            session.open_page("review")
        return
    st.title("History", anchor=False)
    activity = lines.activity(records)
    if activity is not None and len(activity.starts) > 2:
        charts.draw(parts.pace(activity), "history-pace")
    chosen = parts.wanted(records)
    found = counts.count(dataset, state)
    st.caption(f"{found.sentence} · {len(chosen):,} of {len(records):,} operations, newest first")
    parts.log(dataset, chosen, by_id)
