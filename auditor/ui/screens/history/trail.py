"""The History page's part on the audit trail: who opened, trained, exported or erased what, and when."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from auditor import durations
from auditor.data.dataset import Dataset
from auditor.store.trail import Event
from auditor.ui.state import session

NEWEST = 1000


def show(dataset: Dataset) -> None:
    """Draw the part on the audit trail."""
    events = session.store().trail.list(dataset.key, NEWEST)
    if not events:
        st.write("The audit trail of this data set is empty. Trainings, exports and erasures appear here.")
        return
    shown = "" if len(events) < NEWEST else f"the newest {NEWEST:,} "
    st.caption(f"Who did what on this data set, {shown}newest first. Images are not named here.")
    st.dataframe(table(events), width="stretch", hide_index=True)


def table(events: Sequence[Event]) -> pd.DataFrame:
    """Return when, who, what and a few words, a line for each event."""
    rows = [(durations.moment(event.at), event.who, event.what, event.detail) for event in events]
    return pd.DataFrame(rows, columns=["when", "who", "what", "details"])
