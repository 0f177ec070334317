"""What a page shows when it has nothing to show: one sentence, and the button that leads on."""

from __future__ import annotations

import streamlit as st

from auditor.ui import session


def no_dataset(title: str, sentence: str) -> None:
    """A page without a data set: leads to the Data page."""
    st.title(title)
    st.write(sentence)
    if st.button("Open a data set", type="primary", key=f"open_{title}"):
        session.open_page("data")


def no_evidence(title: str, sentence: str) -> None:
    """A page without evidence: leads to training."""
    st.title(title)
    st.write(sentence)
    if st.button("Train a method", type="primary", key=f"train_{title}"):
        st.session_state["retrain_open"] = True
        session.open_page("runs")
