"""Show a run in progress: its bar, its text, and the button that pauses it."""

from __future__ import annotations

import streamlit as st

from auditor.durations import spoken
from auditor.store.runs import RunRecord
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.state import acts, session
from models.titles import title


def bar(record: RunRecord, of: str = "") -> None:
    """Draw a run's progress bar with its phase.

    Args:
        record: The run.
        of: The title of its data set, where others may run as well.
    """
    text = words(record)
    st.progress(min(max(record.progress, 0.0), 1.0), text=f"{plain(of)} · {text}" if of else text)


def pause(record: RunRecord, where: str) -> None:
    """Draw the button that pauses a run, or that it is stopping. To be called from a fragment that reruns.

    Args:
        record: The run.
        where: A name that makes the key of the button unique for this run.
    """
    if record.cancel_requested:
        st.caption("Pausing at the next step …")
    elif st.button(
        "Pause",
        key=f"pause_{where}_{record.id}",
        width="stretch",
        icon=":material/pause:",
        **greyed(
            "train", words="It stops at the next step and keeps everything; Resume on the Runs page goes on from there"
        ),
    ):
        acts.cancel_run(session.workspace(), record.id, session.store())
        st.rerun(scope="fragment")


def words(record: RunRecord) -> str:
    """Return a run's current phase with the time left: 'MAN, epoch 3 of 25 · 40 s left'."""
    if record.state == "queued":
        return "Starting …"
    phase = record.phase or "working"
    where = phase[:1].upper() + phase[1:]  # `capitalize` would make "UMAP" small
    if record.method and record.epochs and record.phase in ("training", "scoring"):
        where = f"{title(record.method)}, epoch {min((record.epoch or 0) + 1, record.epochs)} of {record.epochs}"
    return f"{where} · {spoken(record.eta_seconds)} left" if record.eta_seconds is not None else where
