"""History: who decided what, when; any of it can be taken back."""

import streamlit as st

from auditor.ui import charts, empty, history_data, history_parts, needs, session


def main() -> None:
    dataset = needs.dataset("History", "who decided what, and when")
    state = session.store().decisions.state(dataset.key)
    by_id = dict(state.records)
    records = list(reversed(by_id.values()))
    if not records:
        if session.evidence() is None:
            empty.no_evidence("History", "Nothing was decided yet. Train a method first; it says where to look.")
            return
        st.title("History", anchor=False)
        st.write(
            "Nothing was decided yet. Every decision made in Review or on the map appears here, and can be undone."
        )
        if st.button("Review the suspects", type="primary", key="history-review"):
            session.open_page("review")
        return
    st.title("History", anchor=False)
    activity = history_data.activity(records)
    if activity is not None and len(activity.starts) > 2:
        charts.draw(history_parts.pace(activity), "history-pace")
    chosen = history_parts.wanted(records)
    st.caption(f"{len(chosen):,} of {len(records):,} operations, newest first")
    history_parts.log(dataset, chosen, by_id)


main()
