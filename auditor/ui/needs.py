"""What a page cannot do without: it asks here, and ends with an empty state where it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from auditor.data.dataset import Dataset
from auditor.ui import empty, session

if TYPE_CHECKING:
    from auditor.evidence.table import EvidenceVersion


def dataset(title: str, what: str) -> Dataset:
    """The open data set; without one, the page says so and ends here.

    Args:
        title: the page's name.
        what: what it would show, for the sentence: 'the map of all images'.
    """
    found = session.dataset()
    if found is None:
        empty.no_dataset(
            title, f"No data set is open yet. Open the demo or a folder of faces of your own to see {what}."
        )
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
        empty.no_evidence(
            title, f"No method was trained on {opened.title} yet. As soon as the first one is done, this shows {what}."
        )
        st.stop()
    return opened, found
