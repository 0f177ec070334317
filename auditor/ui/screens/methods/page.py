"""Methods: the results of each method, and how they compare."""

from __future__ import annotations

import importlib
import importlib.util

import streamlit as st

from auditor.ui.look import needs
from auditor.ui.screens.methods import comparison, tabs
from auditor.ui.screens.methods.figures import COMPARE, tab_of, tab_titles
from auditor.ui.screens.methods.parts import Methods
from auditor.ui.screens.methods.tabs import _general


def show() -> None:
    """Draw the page."""
    needs.open_eyes("Methods", "faces by the methods' results on their labels")
    dataset, evidence = needs.evidence("Methods", "each method's own results")
    st.title("Methods", anchor=False)
    page = Methods(dataset, evidence)
    titles = tab_titles(evidence.methods)
    requested = tab_of(st.query_params.get("tab"), evidence.methods)
    tab = st.segmented_control(
        "Method",
        list(titles),
        default=requested,
        format_func=titles.__getitem__,
        key="methods-tab",
        label_visibility="collapsed",
        required=True,
    )
    if tab != requested:
        st.query_params["tab"] = tab
    if tab == COMPARE:
        comparison.show(page)
    elif tab not in evidence.methods:
        page.missing(tab)
    else:
        _own_tab(page, tab)


def _own_tab(page: Methods, name: str) -> None:
    """Return the method's own module in `tabs/`, or the general tab where it has none."""
    place = f"{tabs.__name__}.{name}"
    if importlib.util.find_spec(place) is None:
        _general.show(page, name)
    else:
        importlib.import_module(place).show(page)
