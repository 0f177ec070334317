"""Overview: how many labels are wrong, where, and how far the review has come."""

import streamlit as st

from auditor.ui import needs, overview_next, overview_parts


def main() -> None:
    dataset, evidence = needs.evidence(
        "Overview", "how many labels are wrong, in which classes, and what is left to review"
    )
    parts = overview_parts.Overview.of(dataset, evidence)
    parts.head()
    overview_next.show(dataset, evidence)
    left, right = st.columns([1, 1], gap="large")
    with left:
        parts.division()
    with right:
        parts.proposals()
    left, right = st.columns([1, 1], gap="large")
    with left:
        parts.suspicion()
    with right:
        parts.progress()
    left, right = st.columns([1, 1], gap="large")
    with left:
        parts.votes()
    with right:
        parts.agreement()
    parts.warnings()


main()
