"""The parts of the Compare page: choice of runs, their difference, and the control."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from auditor import durations
from auditor.data.dataset import Dataset
from auditor.evidence import choice
from auditor.plural import counted
from auditor.store import counts
from auditor.store.runs import RunRecord
from auditor.ui.look import charts, open_faces
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.look.words import distinct
from auditor.ui.screens.compare import figures
from auditor.ui.screens.compare.figures import Difference, Predictions
from auditor.ui.state import acts, session
from models.titles import title

LABELS = {"given": "given labels", "corrected": "corrected labels", "control": "control: random changes"}


def name(run: RunRecord, called: str = "") -> str:
    """Return a run's name for a menu: its given name, labels, methods, seed and time."""
    methods = ", ".join(title(method) for method in run.config.methods)
    how = LABELS[run.config.labels] if run.kind == "train" else "a model of your own"
    when = durations.moment(run.created_at)
    return f"{f'{called} · ' if called else ''}{how} · {methods} · seed {run.config.seed} · {when}"


def choose(runs: Sequence[RunRecord]) -> tuple[RunRecord, RunRecord, RunRecord | None, str]:
    """Let the reader choose the runs and the method to compare, with sensible defaults."""
    by_id = {run.id: run for run in runs}
    ids = list(by_id)
    last = next((run for run in runs if run.config.labels == "corrected"), runs[0])
    first = figures.partner(runs, last, "given") or next(run for run in runs if run.id != last.id)
    left, right, third = st.columns([3, 3, 1], gap="medium")

    called = choice.read(session.workspace(), runs[0].dataset).names
    words = distinct(
        {run.id: name(run, called.get(run.id, "")) for run in runs}, {run.id: run.id for run in runs}
    ).__getitem__
    before = by_id[left.selectbox("Before", ids, ids.index(first.id), format_func=words, key="compare-before")]
    after = by_id[right.selectbox("After", ids, ids.index(last.id), format_func=words, key="compare-after")]
    shared = [method for method in before.config.methods if method in after.config.methods]
    method = third.selectbox("Method", shared or ["none"], format_func=title, key="compare-method")
    control = figures.partner(runs, after, "control") if after.config.labels == "corrected" else None
    return before, after, control, str(method)


def fairness(before: RunRecord, after: RunRecord) -> None:
    """Warn where the runs differ in more than their labels."""
    if before.id == after.id:
        st.info("This is the same run twice; choose another one to compare.", icon=":material/info:")
        return
    differing = figures.deviations(before.config, after.config)
    if differing:
        st.warning(
            f"These runs differ in more than their labels ({plain(', '.join(differing))}), so the difference is not "
            "due to the corrections alone.",
            icon=":material/balance:",
        )


def headline(all_images: Difference, control: Difference | None) -> None:
    """Show the difference over all test images in a heading and a sentence."""
    change = 100 * (all_images.after - all_images.before)
    verdict = "statistically significant" if all_images.sure else "not statistically significant"
    st.subheader(
        f"{100 * all_images.before:.1f} % → {100 * all_images.after:.1f} % of "
        f"{counted(all_images.images, 'test image')} right",
        anchor=False,
    )
    st.markdown(
        f"{change:+.1f} percentage points (95 %: {100 * all_images.low:+.1f} to {100 * all_images.high:+.1f}); "
        f"{all_images.fixed:,} fixed, {all_images.broken:,} broken; McNemar p {_p(all_images.p)}: {verdict}."
    )
    if control is not None:
        st.markdown(
            f"Compared with the control, where as many labels were changed at random: "
            f"{100 * (control.after - control.before):+.1f} percentage points, p {_p(control.p)}."
        )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def by_class(differences: Sequence[Difference], control: Sequence[Difference] | None) -> go.Figure:
    """Draw the share correct by true class: before, after, and the control, joined by a line."""
    colours = charts.theme()
    names = [each.name + (" *" if each.sure else "") for each in differences]
    chart = go.Figure()
    for each, label in zip(differences, names, strict=True):
        better = each.after >= each.before
        chart.add_scatter(
            x=[each.before, each.after], y=[label, label], mode="lines", showlegend=False, hoverinfo="skip",
            line={"width": 3, "color": colours.assignment[0] if better else colours.assignment[2]},
        )  # fmt: skip
    series = [("before", [each.before for each in differences], colours.muted, "circle-open")]
    if control is not None:
        series.append(("control", [each.before for each in control], colours.assignment[1], "diamond"))
    series.append(("after", [each.after for each in differences], colours.text, "circle"))
    for words, values, colour, symbol in series:
        chart.add_scatter(x=values, y=names, mode="markers", name=words, hovertemplate="%{x:.1%}",
                          marker={"size": 11, "color": colour, "symbol": symbol, "line": {"width": 2}})  # fmt: skip
    charts.dressed(chart, height=90 + 36 * len(differences))
    chart.update_yaxes(autorange="reversed", showgrid=False)
    chart.update_xaxes(tickformat=".0%", title_text="Share of test images predicted correctly")
    return chart


def table(differences: Sequence[Difference]) -> None:
    """Show the figures of the chart as a table."""
    st.dataframe(
        [
            {
                "class": each.name, "test images": each.images, "before": each.before, "after": each.after,
                "points": 100 * (each.after - each.before), "95 % from": 100 * each.low, "to": 100 * each.high,
                "fixed": each.fixed, "broken": each.broken, "p (Holm)": each.p,
            }
            for each in differences
        ],
        column_config={
            "before": st.column_config.NumberColumn(format="percent"),
            "after": st.column_config.NumberColumn(format="percent"),
            "points": st.column_config.NumberColumn(format="%+.1f"),
            "95 % from": st.column_config.NumberColumn(format="%+.1f"),
            "to": st.column_config.NumberColumn(format="%+.1f"),
            "p (Holm)": st.column_config.NumberColumn(format="%.3f"),
        },
        hide_index=True,
        width="stretch",
    )  # fmt: skip


def open_changed(dataset: Dataset, before: Predictions, after: Predictions) -> None:
    """Draw buttons that open the test images that the second run fixed or broke."""
    rows = np.intersect1d(before.rows, after.rows)
    labels = dataset.labels[rows]
    first, second = (each.classes[np.searchsorted(each.rows, rows)] == labels for each in (before, after))
    left, right, _ = st.columns([1, 1, 2])
    for column, words, mask in ((left, "fixed", second & ~first), (right, "broken", first & ~second)):
        number = int(mask.sum())
        if column.button(f"Open {number:,} {words}", key=f"compare-{words}", disabled=not number, width="stretch"):
            open_faces.open_rows(rows[mask], f"test images {words} by the retrain")


def offer_retrain(dataset: Dataset, before: RunRecord) -> None:
    """Offer to train on the corrected labels with the same settings and seed."""
    if _in_training(dataset.key, "corrected"):
        st.markdown(
            ":material/progress_activity: A run on the corrected labels is being trained; the comparison appears here "
            "when it is done."
        )
        return
    corrected = counts.count(dataset, session.store().decisions.state(dataset.key))
    st.markdown(
        "To measure the effect of your corrections, train again with the same settings and seed on the corrected "
        f"labels. {corrections(corrected)}"
    )
    nothing = corrected.audited.reviewed == corrected.audited.kept
    if st.button(
        "Retrain on the corrected labels", type="primary", key="compare-retrain", **greyed("train", disabled=nothing)
    ):
        _start(before, "corrected")


def corrections(corrected: counts.Counts) -> str:
    """Return a sentence on how training on the corrected labels would differ."""
    shares = f", {corrected.audited.ambiguous:,} are ambiguous" if corrected.audited.ambiguous else ""
    out = f", {corrected.audited.excluded:,} are left out" if corrected.audited.excluded else ""
    return f"{corrected.sentence}. Of the training faces, {corrected.changed_audited:,} get a new label{shares}{out}."


def offer_control(after: RunRecord) -> None:
    """Offer the control: the same training with as many labels changed at random."""
    st.markdown(
        "**Do the corrections help, or would any change?** A control trains with the same settings and seed, but with "
        "as many labels changed at random."
    )
    if _in_training(after.dataset, "control"):
        st.markdown(":material/progress_activity: The control is being trained; it appears here when it is done.")
    elif st.button("Train the control", key="compare-control", icon=":material/science:", **greyed("train")):
        _start(after, "control")


def _in_training(dataset: str, labels: str) -> bool:
    """Return whether a run of the data set on these labels is queued or running."""
    return any(run.config.labels == labels and not run.ended for run in session.store().runs.list(dataset))


def _start(run: RunRecord, labels: str) -> None:
    config = dataclasses.replace(run.config, labels=labels)
    acts.start_run(session.workspace(), config, store=session.store())
    st.toast("Training started; progress is in the sidebar.", icon=":material/model_training:")
    st.rerun()
