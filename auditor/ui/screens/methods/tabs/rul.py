"""RUL's tab: faces along the axis of uncertainty."""

from __future__ import annotations

import streamlit as st

from auditor.ui.screens.methods import eighths
from auditor.ui.screens.methods.parts import Methods


def show(page: Methods) -> None:
    """Draw RUL's faces along the axis of uncertainty."""
    points = page.evidence.summary["directions"].get("rul_sigma", {}).get("points", "nowhere")
    sense = {
        "higher": "In this run the least certain faces are mislabelled more often.",
        "lower": "In this run the most certain faces are mislabelled more often: read the axis with care.",
        "nowhere": "In this run it is not related to wrong labels; it still orders faces by how hard they are.",
    }[str(points)]
    st.markdown(f"Uncertainty is relative: only its rank within this run means anything. {sense}")
    eighths.draw(page, "rul", "rul_sigma", ("most certain", "least certain"), "uncertainty")
