"""Opening faces in Review from anywhere else; in a blind tab not without a question."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.ui.look.plain import plain
from auditor.ui.state import session


def open_rows(rows: NDArray[np.integer[Any]], label: str) -> None:
    """Open exactly these data set rows in Review, as a saved selection. Does not return where there are any.

    They were picked by what blind review hides (a cell of a matrix, a bar of a chart), so that opening them in a blind
    tab would tell it of each face: there a question comes first.
    """
    if len(rows) == 0:
        st.toast(f"No images: {plain(label)}", icon=":material/info:")
    elif session.blind():
        _ask(rows, label)
    else:
        session.open_page("review", sel=session.save_selection(rows, label))


@st.dialog("Blind review is on")
def _ask(rows: NDArray[np.integer[Any]], label: str) -> None:
    st.write("These faces are chosen by what blind review hides, so opening them would show it.")
    if st.button("Leave blind review and open them", type="primary", width="stretch", key="open-eyes-rows"):
        session.leave_blind()
        session.open_page("review", sel=session.save_selection(rows, label))
    if st.button("Stay blind", width="stretch", key="stay-blind"):
        st.rerun()
