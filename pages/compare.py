"""Compare: what a retrain on corrected labels changed, image by image on the test labels."""

import streamlit as st

from auditor.ui import charts, compare_data, compare_parts, empty, needs, session


def main() -> None:
    dataset = needs.dataset("Compare", "two trainings side by side")
    runs = compare_data.usable(session.store().runs.list(dataset.key))
    if not runs:
        empty.no_evidence(
            "Compare", "Nothing is trained yet. Train a method, correct labels, and train again to compare."
        )
        return
    st.title("Compare", anchor=False)
    if len(runs) < 2:
        compare_parts.offer_retrain(runs[0])
        return
    before, after, control, method = compare_parts.choose(runs)
    compare_parts.fairness(before, after)
    first, second = (compare_data.predictions(session.workspace().run(run.id), method) for run in (before, after))
    if first is None or second is None:
        st.markdown(
            "One of these runs has lost its predictions of the test images; train it again to compare."
            if len(dataset.rows("test"))
            else "This data set has no test images, so there is nothing independent to compare runs on; add some (a "
            "folder `test` beside `train`, or a column `split`) and train again."
        )
        return
    found = compare_data.differences(dataset, first, second)
    third = None if control is None else compare_data.predictions(session.workspace().run(control.id), method)
    against = None if third is None else compare_data.differences(dataset, third, second)
    compare_parts.headline(found[0], None if against is None else against[0])
    words = "By true class, test labels only shown and never trained on. * marks a difference beyond chance (p < 0.05)."
    charts.draw(compare_parts.by_class(found, against), "compare-classes", words=words)
    compare_parts.open_changed(dataset, first, second)
    with st.expander("All figures"):
        compare_parts.table(found)
    if after.config.labels == "corrected" and against is None:
        compare_parts.offer_control(after)
    elif not any(run.config.labels == "corrected" for run in runs):
        compare_parts.offer_retrain(before)


main()
