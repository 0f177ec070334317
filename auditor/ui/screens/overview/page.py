"""Overview: how many labels are wrong, in which classes, and the progress of the review."""

from __future__ import annotations

import streamlit as st

from auditor.ui.look import boundary, charts, evidence_notice, needs
from auditor.ui.screens.overview import next_step, promises
from auditor.ui.screens.overview import parts as overview_parts


def show() -> None:
    """Draw the page."""
    dataset, evidence = needs.evidence(
        "Overview", "how many labels are wrong, in which classes, and what is left to review"
    )
    parts = overview_parts.Overview.of(dataset, evidence)
    with boundary.sentence():
        evidence_notice.show("overview")
        evidence_notice.changed(dataset, evidence)
    parts.head()
    next_step.show(dataset, evidence)
    parts.figures()
    promises.show(dataset, evidence)
    charts.let_paint()
    with st.container(key="overview-charts"):  # one below the other where the window is narrow (look/theme.py)
        for first, second in (
            (parts.division, parts.proposals),
            (parts.suspicion, parts.progress),
            (parts.votes, parts.agreement),
        ):
            left, right = st.columns([1, 1], gap="large")
            with left:
                first()
            with right:
                second()
    parts.warnings()
