"""The requirements of a page, and the empty state where one is missing: one sentence and a button to the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.ui.look.plain import plain
from auditor.ui.state import session

if TYPE_CHECKING:
    from auditor.evidence.versions import EvidenceVersion


def dataset(title: str, what: str) -> Dataset:
    """Return the open data set; without one, show the empty state and stop the page.

    Args:
        title: the page's name.
        what: the page's content, for the sentence: 'the map of all images'.
    """
    opened = session.dataset()
    if opened is None:
        no_dataset(title, f"No data set is open yet. Open the demo or a folder of faces of your own to see {what}.")
        st.stop()
    return opened


def evidence(title: str, what: str) -> tuple[Dataset, EvidenceVersion]:
    """Return the data set and its evidence; without them, show what to do and stop the page.

    Args:
        title: the page's name.
        what: the page's content.
    """
    opened = dataset(title, what)
    version = session.evidence()
    if version is None:
        no_evidence(
            title, f"No method was trained on {opened.title} yet. As soon as the first one is done, this shows {what}."
        )
        st.stop()
    return opened, version


def open_eyes(title: str, what: str, *, part: str = "") -> None:
    """Stop a page that shows single faces' labels during a blind session, with the reason.

    Args:
        title: the page's name.
        what: what it would show.
        part: the name of the part of the page that is meant, where the rest has been drawn already.
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


def no_evidence(title: str, sentence: str) -> None:
    """Show the empty state of a page without evidence, with a button to training."""
    st.title(title)
    st.write(plain(sentence))
    if st.button("Train a method", type="primary", key=f"train_{title}"):
        st.session_state["retrain_open"] = True
        session.open_page("runs")
