"""Compare: the effect of retraining on corrected labels, image by image, on the test set."""

from __future__ import annotations

import contextlib

import streamlit as st

from auditor.errors import ChangedDataError
from auditor.ui.look import charts, needs
from auditor.ui.look.plain import plain
from auditor.ui.screens.compare import figures, parts
from auditor.ui.state import session


def show() -> None:
    """Draw the page."""
    dataset = needs.dataset("Compare", "two runs side by side")
    runs = figures.usable(session.store().runs.list(dataset.key))
    if not runs:
        begun = needs.training(dataset)
        state = "Training is running; progress is in the sidebar." if begun else "No method has been trained yet."
        step = "When it is done, correct labels" if begun else "Train a method, correct labels"
        needs.no_evidence("Compare", f"{state} {step}, and train again to compare.", begun=begun)
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
    except ChangedDataError as error:
        st.markdown(plain(str(error)))
        return
    if first is None or second is None:
        st.markdown(
            "The test predictions of one of these runs are missing; train it again to compare."
            if len(dataset.rows("test"))
            else "This data set has no test images, so there is nothing independent to compare runs on; add some (a "
            "folder `test` beside `train`, or a column `split`) and train again."
        )
        return
    differences = figures.differences(dataset, first, second)
    third = None
    with contextlib.suppress(ChangedDataError):  # then a new control is offered below
        third = None if control is None else figures.predictions(session.workspace().run(control.id), method, dataset)
    against = None if third is None else figures.differences(dataset, third, second)
    parts.headline(differences[0], None if against is None else against[0])
    words = "By true class. Test labels are never trained on. * marks a significant difference (p < 0.05)."
    charts.draw(parts.by_class(differences, against), "compare-classes", words=words)
    parts.open_changed(dataset, first, second)
    with st.expander("All figures"):
        parts.table(differences)
    if after.config.labels == "corrected" and against is None:
        parts.offer_control(after)
    elif not any(run.config.labels == "corrected" for run in runs):
        parts.offer_retrain(dataset, before)
