"""How a run in progress is shown, wherever it is: its bar, its words, and the button that cancels it."""

from __future__ import annotations

import streamlit as st

from auditor.durations import spoken
from auditor.jobs import manager
from auditor.store.runs import RunRecord
from auditor.ui.state import session
from models.titles import title


def bar(record: RunRecord) -> None:
    """How far it is, and in a word what it does."""
    st.progress(min(max(record.progress, 0.0), 1.0), text=words(record))


def cancel(record: RunRecord, where: str) -> None:
    """The button that cancels it, or that it has been pressed. For a fragment, which runs again.

    Args:
        record: The run.
        where: Sets the button apart from others of the same run.
    """
    if record.cancel_requested:
        st.caption("Stopping at the next step; it can be resumed.")
    elif st.button("Cancel", key=f"cancel_{where}_{record.id}", width="stretch"):
        manager.cancel(session.workspace(), record.id, session.store())
        st.rerun(scope="fragment")


def words(record: RunRecord) -> str:
    """What a run does now, with the time left: 'MAN, epoch 3 of 25 · 40 s left'."""
    if record.state == "queued":
        return "Starting …"
    where = (record.phase or "working").capitalize()
    if record.method and record.epochs and record.phase in ("training", "scoring"):
        where = f"{title(record.method)}, epoch {min((record.epoch or 0) + 1, record.epochs)} of {record.epochs}"
    return f"{where} · {spoken(record.eta_seconds)} left" if record.eta_seconds is not None else where
