"""The requirements of a page, and the empty state where one is missing: one sentence and a button to the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.jobs import opinions
from auditor.store.runs import LEARNING
from auditor.ui.look import boundary
from auditor.ui.look.plain import plain
from auditor.ui.state import session

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion


def dataset(title: str, what: str) -> Dataset:
    """Return the open data set; without one, show the empty state and stop the page.

    Args:
        title: The page's name.
        what: The page's content, for the sentence: 'the map of all images'.
    """
    current = session.dataset()
    if current is None:
        no_dataset(title, f"No data set is open yet. Open the demo or a folder of faces of your own to see {what}.")
        st.stop()
    return current


def evidence(title: str, what: str) -> tuple[Dataset, EvidenceVersion]:
    """Return the data set and its evidence; without them, show what to do and stop the page.

    Args:
        title: The page's name.
        what: The page's content.
    """
    current = dataset(title, what)
    version = session.evidence()
    if version is None:
        begun = training(current)
        state = (
            "Training is running; progress is in the sidebar."
            if begun
            else f"No method has been trained on {current.title} yet."
        )
        no_evidence(title, f"{state} When the first method is done, this page shows {what}.", current, begun=begun)
        st.stop()
    return current, version


def open_eyes(title: str, what: str, *, part: str = "") -> None:
    """Stop a page that shows single faces' labels during a blind session, with the reason.

    Args:
        title: The page's name.
        what: What it would show.
        part: The name of the part of the page that is meant, where the rest has been drawn already.
    """
    if not session.blind():
        return
    if not part:
        st.title(title, anchor=False)
    st.write(f"Blind review is on in this tab, so this {'part' if part else 'page'} is hidden: it shows {what}.")
    if st.button("Leave blind review", type="primary", key=f"open_eyes_{title}{part}"):
        session.leave_blind()
        st.rerun()
    st.stop()


def no_dataset(title: str, sentence: str) -> None:
    """Show the empty state of a page without a data set, with a button to the Data page."""
    st.title(title)
    st.write(plain(sentence))
    if st.button("Open a data set", type="primary", key=f"open_{title}"):
        session.open_page("data")


def training(current: Dataset) -> bool:
    """Return whether a run that learns from this data set is queued or running."""
    return any(not record.ended for record in session.store().runs.list(dataset=current.key, kinds=LEARNING))


def no_evidence(title: str, sentence: str, current: Dataset | None = None, *, begun: bool = False) -> None:
    """Show the empty state of a page without evidence, with buttons to what brings it.

    Args:
        title: The page's name.
        sentence: What is missing.
        current: The data set, for the button to a first look; None without that button.
        begun: Whether a training is running; there is nothing to begin then.
    """
    st.title(title)
    st.write(plain(sentence))
    if begun:
        if st.button("Watch it in Runs", key=f"watch_{title}"):
            session.open_page("runs")
        return
    left, right, _ = st.columns([1, 1, 2])
    if left.button("Train a method", type="primary", key=f"train_{title}", width="stretch"):
        st.session_state["retrain_open"] = True
        session.open_page("runs")
    if current is not None and right.button(
        "First look", key=f"look_{title}", width="stretch",
        help="A queue within minutes, from a network that has seen other images; the first training replaces it",
    ):  # fmt: skip
        first_look(current)


def first_look(current: Dataset) -> None:
    """Start a first look and show its run; where nothing for it is installed, say what to install."""
    with boundary.sentence():
        run = opinions.first_look(session.workspace(), current, session.store())
        session.open_page("runs", run=run)
