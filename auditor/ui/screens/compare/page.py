"""Compare: what a retrain on corrected labels changed, image by image on the test labels."""

from __future__ import annotations

import streamlit as st

from auditor.errors import ChangedDataError
from auditor.ui.look import charts, needs
from auditor.ui.look.plain import plain
from auditor.ui.screens.compare import figures, parts
from auditor.ui.state import session


def show() -> None:
    """Draw the page."""
    dataset = needs.dataset("Compare", "two trainings side by side")
    runs = figures.usable(session.store().runs.list(dataset.key))
    if not runs:
        needs.no_evidence(
            "Compare", "Nothing is trained yet. Train a method, correct labels, and train again to compare."
        )
        return
    st.title("Compare", anchor=False)
    if len(runs) < 2:
        parts.offer_retrain(dataset, runs[0])
        return
    before, after, control, method = parts.choose(runs)
    parts.fairness(before, after)
    try:
        first, second = (
            figures.predictions(session.workspace().run(run.id), method, dataset) for run in (before, after)
        )
        third = None if control is None else figures.predictions(session.workspace().run(control.id), method, dataset)
    except ChangedDataError as error:
        st.markdown(plain(str(error)))
        return
    if first is None or second is None:
        st.markdown(
            "One of these runs has lost its predictions of the test images; train it again to compare."
            if len(dataset.rows("test"))
            else "This data set has no test images, so there is nothing independent to compare runs on; add some (a "
            "folder `test` beside `train`, or a column `split`) and train again."
        )
        return
    found = figures.differences(dataset, first, second)
    against = None if third is None else figures.differences(dataset, third, second)
    parts.headline(found[0], None if against is None else against[0])
    words = "By true class, test labels only shown and never trained on. * marks a difference beyond chance (p < 0.05)."
    charts.draw(parts.by_class(found, against), "compare-classes", words=words)
    parts.open_changed(dataset, first, second)
    with st.expander("All figures"):
        parts.table(found)
    if after.config.labels == "corrected" and against is None:
        parts.offer_control(after)
    elif not any(run.config.labels == "corrected" for run in runs):
        parts.offer_retrain(dataset, before)
