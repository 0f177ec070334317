"""What a page needs, and the empty state it shows where that is missing: one sentence and the button that leads on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.jobs import opinions
from auditor.ui.look import boundary
from auditor.ui.look.plain import plain
from auditor.ui.state import session

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion


def dataset(title: str, what: str) -> Dataset:
    """The open data set; without one, the page says so and ends here.

    Args:
        title: the page's name.
        what: what it would show, for the sentence: 'the map of all images'.
    """
    found = session.dataset()
    if found is None:
        no_dataset(title, f"No data set is open yet. Open the demo or a folder of faces of your own to see {what}.")
        st.stop()
    return found


def evidence(title: str, what: str) -> tuple[Dataset, EvidenceVersion]:
    """The data set and its evidence; without them, the page says what to do and ends here.

    Args:
        title: the page's name.
        what: what it would show.
    """
    opened = dataset(title, what)
    found = session.evidence()
    if found is None:
        no_evidence(
            title,
            f"No method was trained on {opened.title} yet. As soon as the first one is done, this shows {what}.",
            opened,
        )
        st.stop()
    return opened, found


def open_eyes(title: str, what: str) -> None:
    """A page that shows single faces' labels says in a blind session why it does not, and ends here.

    Args:
        title: the page's name.
        what: what it would show.
    """
    if not session.blind():
        return
    st.title(title, anchor=False)
    st.write(f"Blind review is on in this tab, and this page would show {what}.")
    if st.button("Leave blind review", type="primary", key=f"open_eyes_{title}"):
        session.leave_blind()
        st.rerun()
    st.stop()


def no_dataset(title: str, sentence: str) -> None:
    """A page without a data set: leads to the Data page."""
    st.title(title)
    st.write(plain(sentence))
    if st.button("Open a data set", type="primary", key=f"open_{title}"):
        session.open_page("data")


def no_evidence(title: str, sentence: str, opened: Dataset | None = None) -> None:
    """A page without evidence: leads to training and, for an open data set, to a first look."""
    st.title(title)
    st.write(plain(sentence))
    left, right, _ = st.columns([1, 1, 2])
    if left.button("Train a method", type="primary", key=f"train_{title}", width="stretch"):
        st.session_state["retrain_open"] = True
        session.open_page("runs")
    if opened is not None and right.button(
        "First look", key=f"look_{title}", width="stretch",
        help="A queue within minutes, from a network that has seen other images; the first training replaces it",
    ):  # fmt: skip
        first_look(opened)


def first_look(opened: Dataset) -> None:
    """Start a first look and show its run; where nothing for it is installed, say what to install."""
    with boundary.sentence():
        run = opinions.first_look(session.workspace(), opened, session.store())
        session.open_page("runs", run=run)
