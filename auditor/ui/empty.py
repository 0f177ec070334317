"""What a page shows before it has anything to show: one sentence, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.ui import session

if TYPE_CHECKING:
    from auditor.evidence.table import EvidenceVersion


def state(title: str, words: str, page: str | None = None, button: str = "", icon: str = "") -> None:
    """Say what is missing and, where a page can help, lead there.

    Args:
        title: what is missing, a few words.
        words: what to do, a sentence.
        page: the page that helps.
        button: words of the way there.
        icon: a Material symbol, ':material/...:'.
    """
    with st.container(border=True, horizontal_alignment="center", key=f"empty-{title}"):
        st.subheader(f"{icon} {title}".strip(), anchor=False, text_alignment="center")
        st.markdown(words, text_alignment="center")
        pages = st.session_state.get("pages", {})
        if page is not None and page in pages:
            st.page_link(pages[page], label=button, query_params=session.parameters(), icon=":material/arrow_forward:")


def need_dataset() -> Dataset:
    """The open data set; without one, the page says so and ends here."""
    dataset = session.dataset()
    if dataset is None:
        state(
            "No data set is open",
            "Open the demo or a folder of faces of your own; this page then fills itself.",
            "data",
            "Open a data set",
            ":material/folder_open:",
        )
        st.stop()
    return dataset


def need_evidence(what: str) -> tuple[Dataset, EvidenceVersion]:
    """The data set and its evidence; without them, the page says what to do and ends here.

    Args:
        what: what the page would show, for the sentence: 'the map of all images'.
    """
    dataset = need_dataset()
    evidence = session.evidence()
    if evidence is None:
        state(
            "No evidence yet",
            f"Train at least one method on **{dataset.title}**: {what} appears as soon as the first one is done.",
            "runs",
            "Start a training",
            ":material/model_training:",
        )
        st.stop()
    return dataset, evidence
