"""The comparison of the methods: their weights, their differences, and their learning curves."""

from __future__ import annotations

import streamlit as st

from auditor.evidence import schema, student
from auditor.ui.components.matrix import component as matrix
from auditor.ui.components.matrix.cells import agreement_cells
from auditor.ui.look import charts
from auditor.ui.screens.methods import charts as method_charts
from auditor.ui.screens.methods import figures
from auditor.ui.screens.methods.parts import Methods
from auditor.ui.state import session
from auditor.ui.state.columns import differing
from models.titles import title


def show(page: Methods) -> None:
    """Draw the methods' weights, their differences, and their learning curves."""
    summary = page.evidence.summary
    methods = [str(name) for name in summary["methods"]]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Contribution of each method", anchor=False)
        charts.draw(method_charts.weights(summary), "methods-weights")
        if summary.get("student"):
            share = student.say(len(page.evidence.table))
            st.caption(f"A student trained on their consensus has {share:.0%} of the weight in the ranking.")
    with right:
        st.subheader("Where they agree", anchor=False)
        names = [title(name) for name in methods]
        pressed = matrix.show(
            agreement_cells(summary["agreement"], methods), names, names, key="methods-agreement",
            caption="Share of images with the same assignment. Click a cell to open the images where two differ.",
        )  # fmt: skip
        if pressed:
            first, second = (methods[place] for place in pressed)
            page.open(differing(page.table, first, second), f"{title(first)} and {title(second)} differ")
    left, right = st.columns(2, gap="large")
    with left:
        _opinions(page, student.networks(page.evidence))
    with right:
        st.subheader("Learning curves", anchor=False)
        curves: dict[str, list[tuple[int, float]]] = {}
        for run in summary["runs"]:
            curves |= figures.accuracy(session.workspace().run(str(run)))
        if curves:
            charts.draw(
                method_charts.learning(curves), "methods-learning",
                words="Agreement with the labels trained on, on images held out from training",
            )  # fmt: skip
        else:
            st.markdown("There is no training log for this evidence.")


def _opinions(page: Methods, methods: list[str]) -> None:
    st.subheader("Two opinions", anchor=False)
    if len(methods) < 2:
        st.markdown("Train a second method to compare two opinions of the same image.")
        return
    across, up = st.columns(2)
    first = across.selectbox("Across", methods, 0, format_func=title, key="methods-across")
    second = up.selectbox("Up", methods, 1, format_func=title, key="methods-up")
    x, y = page.column(schema.own(first, schema.SUSPICION)), page.column(schema.own(second, schema.SUSPICION))
    chart = method_charts.two_opinions(x, y, page.table[schema.ASSIGNMENT].to_numpy(), (first, second))
    event = st.plotly_chart(chart, key="methods-opinions", config=charts.CONFIG, theme=None, on_select="rerun",
                            selection_mode=("box", "lasso"))  # fmt: skip
    mask = charts.outlined(event, x, y)
    if mask is None:
        mask = (x < 0.5) & (y > 0.9)
        st.caption(f"Unsuspicious for {title(first)}, but among the 10 % most suspicious for {title(second)}:")
    page.open_button(mask, f"{title(first)} against {title(second)}", "methods-opinions-open")
