"""Methods: what each method alone shows, and how they compare."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from auditor.ui.look import needs
from auditor.ui.screens.methods.figures import TABS, tab_of
from auditor.ui.screens.methods.parts import Methods, comparison, noisyfer


def show() -> None:
    """Draw the page."""
    dataset, evidence = needs.evidence("Methods", "what each method found, in its own terms")
    st.title("Methods", anchor=False)
    page = Methods(dataset, evidence)
    asked = tab_of(st.query_params.get("tab"), evidence.methods)
    tab = st.segmented_control(
        "Method",
        list(TABS),
        default=asked,
        format_func=TABS.__getitem__,
        key="methods-tab",
        label_visibility="collapsed",
        required=True,
    )
    if tab != asked:
        st.query_params["tab"] = tab
    tabs: dict[str, Callable[[], None]] = {
        "man": page.man,
        "rul": page.rul,
        "nla": page.nla,
        "noisyfer": lambda: noisyfer(page),
        "compare": lambda: comparison(page),
    }
    tabs[tab]()
