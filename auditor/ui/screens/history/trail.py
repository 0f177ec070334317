"""The History page's part on the audit trail: who did what on the data set, who looked at its faces, and logins."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from auditor import durations
from auditor.data.dataset import Dataset
from auditor.store.glances import Glance
from auditor.store.trail import Event
from auditor.ui.state import session

NEWEST = 1000


def show(dataset: Dataset) -> None:
    """Draw the part on the audit trail."""
    events = session.store().trail.list(dataset.key, NEWEST)
    if not events:
        st.write("The audit trail of this data set is empty. Trainings, exports and erasures appear here.")
    else:
        newest = "" if len(events) < NEWEST else f"the newest {NEWEST:,} "
        st.caption(f"Who did what on this data set, {newest}newest first. Images are not named here.")
        st.dataframe(table(events), width="stretch", hide_index=True)
    glances = session.store().glances.list(dataset.key, NEWEST)
    if glances:
        st.subheader("Who looked at faces", anchor=False)
        st.caption("One line for each person, page and hour.")
        st.dataframe(looks(glances), width="stretch", hide_index=True)
    logins = session.store().trail.list(newest=NEWEST, kinds=("login", "logout"))
    if logins:  # nobody logs in on a computer of one's own
        st.subheader("Logins", anchor=False)
        st.caption("Of the whole workspace, the newest first.")
        st.dataframe(table(logins), width="stretch", hide_index=True)


def table(events: Sequence[Event]) -> pd.DataFrame:
    """Return when, who, what and a few words, a line for each event."""
    rows = [(durations.moment(event.at), event.who, event.what, event.detail) for event in events]
    return pd.DataFrame(rows, columns=["when", "who", "what", "details"])


def looks(glances: Sequence[Glance]) -> pd.DataFrame:
    """Return who looked at which page, and from when to when, a line for each hour."""
    rows = [(durations.moment(each.first_at), durations.moment(each.last_at), each.who, each.page) for each in glances]
    return pd.DataFrame(rows, columns=["from", "to", "who", "page"])
