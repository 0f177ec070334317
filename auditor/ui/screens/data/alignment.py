"""The Data page's part on alignment: start, watch, stop and resume it, and open the aligned data set."""

from __future__ import annotations

import streamlit as st

from auditor.data.align.choices import AUTO
from auditor.data.align.sources import why_not
from auditor.data.dataset import Dataset
from auditor.jobs import alignment, manager
from auditor.store.runs import RunRecord
from auditor.ui.look import boundary, progress
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.screens.data import opening
from auditor.ui.state import acts, session

POLL = 1.0


def show(dataset: Dataset) -> None:
    """Draw the part on alignment."""
    st.markdown(
        "Alignment rotates and scales every face so that its eyes are always in the same place: 30 % from the top and "
        "the sides of a square of 256 pixels, as NoisyFER was trained. The aligned faces are a new data set in the "
        "workspace; your files are not changed. Alignment is optional."
    )
    reason = why_not(dataset, AUTO)
    if reason:
        st.info(reason, icon=":material/info:")
        return
    manager.refresh(session.workspace(), session.store())
    record = alignment.last(session.store(), dataset.key)
    if record is None:
        if st.button("Align the faces", type="primary", icon=":material/center_focus_strong:", **greyed("train")):
            acts.align(session.workspace(), dataset, session.store())
            st.rerun()
    elif record.ended:
        _ended(dataset, record)
    else:
        _live(record.id)


@st.fragment(run_every=POLL)
def _live(run_id: str) -> None:
    with boundary.sentence():
        manager.refresh(session.workspace(), session.store())
        record = session.store().runs.get(run_id)
        if record.ended:
            st.rerun()
        left, right = st.columns([4, 1], vertical_alignment="center")
        done = f" · {record.step:,} of {record.steps:,}" if record.step and record.steps else ""
        left.progress(min(max(record.progress, 0.0), 1.0), text=progress.words(record) + done)
        if record.cancel_requested:
            right.caption("Stopping …")
        elif right.button("Cancel", key="cancel_alignment", width="stretch", **greyed("train")):
            acts.cancel_run(session.workspace(), run_id, session.store())
            st.rerun(scope="fragment")


def _ended(dataset: Dataset, record: RunRecord) -> None:
    if record.state == "done":
        st.success(plain(record.message or "The faces are aligned."), icon=":material/check_circle:")
        if st.button("Open the aligned data set", type="primary", **greyed("open")):
            with st.spinner("Reading the labels …"):
                aligned = alignment.open_aligned(session.workspace(), dataset)
            opening.show(aligned)
        return
    if record.state == "cancelled":
        st.info(f"Stopped at {record.progress:.0%}; the faces aligned so far are kept.", icon=":material/pause_circle:")
    else:
        st.error(plain(record.message or "Alignment ended early; its log gives the reason."), icon=":material/error:")
    if st.button("Resume", type="primary", key="resume_alignment", **greyed("train")):
        acts.resume_run(session.workspace(), record.id, session.store())
        st.rerun()
