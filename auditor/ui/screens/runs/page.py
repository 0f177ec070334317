"""Runs: the list, one run's losses and accuracies as they arrive, and the actions on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from auditor import durations
from auditor.config import AUTO_BATCH
from auditor.durations import spoken
from auditor.errors import EvidenceError
from auditor.evidence import choice
from auditor.jobs import manager
from auditor.jobs.progress import Progress, progress
from auditor.store.runs import LEARNING, RunRecord
from auditor.ui.look import boundary, charts, evidence_notice, needs, palette
from auditor.ui.look import progress as run_progress
from auditor.ui.look.allowed import greyed
from auditor.ui.look.plain import plain
from auditor.ui.look.words import distinct
from auditor.ui.screens.runs import evidence, manage, train_form
from auditor.ui.state import acts, session
from models import titles

POLL = 2.0
OUT_OF_MEMORY = "ran out of memory with"  # in the message of such a run, see auditor/training/fitting.py
SIGNS = {"queued": "◌", "running": "●", "done": "✓", "failed": "✕", "cancelled": "‖", "lost": "?"}
ACCURACIES = {
    "train_accuracy": "on its training labels",
    "held_out_accuracy": "on held-out labels",
    "test_accuracy": "on the test labels",
}
DASHES = {"train_accuracy": "dot", "held_out_accuracy": "solid", "test_accuracy": "dash"}


def show() -> None:
    """Draw the page of a data set's runs.

    Raises:
        StoreError: The database cannot be reached.
    """
    key = session.dataset_key()
    manager.refresh(session.workspace(), session.store())
    records = session.store().runs.list(dataset=key, kinds=LEARNING)
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.title("Runs")
    requested = st.session_state.pop("retrain_open", False)  # set by the button of an empty page
    if right.button("Train …", type="primary", width="stretch", key="train_here", **greyed("train")) or requested:
        train_form.dialog()
    with boundary.sentence():
        evidence_notice.show("runs")
    if not records:
        st.write(
            "Nothing has been trained on this data set yet. A training takes about a minute on 1,000 small faces; "
            "it continues when the browser is closed, and every face is scored when it is done."
        )
        dataset = session.dataset()
        if dataset is not None and st.button("First look", key="first_look", icon=":material/bolt:"):
            needs.first_look(dataset)
    else:
        names = _names(key)
        record = _choose(records, names)
        if record.ended:
            _one(record.id)
        else:
            _live(record.id)
        with boundary.sentence():
            manage.buttons(record, names.get(record.id, ""))
    if key is not None:
        with boundary.sentence():
            evidence.show(key)


def _names(key: str | None) -> dict[str, str]:
    """Return the runs' given names by id; a damaged file is reported where the evidence is listed."""
    try:
        return {} if key is None else choice.read(session.workspace(), key).names
    except EvidenceError:
        return {}


def _choose(records: Sequence[RunRecord], names: Mapping[str, str]) -> RunRecord:
    ids = [record.id for record in records]
    named = names_of(records, names)
    states = {record.id: record.state for record in records}
    requested = st.query_params.get("run", "")
    selected = st.selectbox(
        "Run",
        ids,
        index=ids.index(requested) if requested in ids else 0,
        format_func=lambda run: named[run],
        key=f"run_{requested}_{states.get(requested, '')}",  # a closed menu would keep the old sign
    )
    if selected != requested:
        st.query_params["run"] = selected
    return records[ids.index(selected)]


def names_of(records: Sequence[RunRecord], names: Mapping[str, str]) -> dict[str, str]:
    """Return a distinct line for each run, with its id only where nothing else distinguishes it."""
    lines = {record.id: title(record, names.get(record.id, "")) for record in records}
    return distinct(lines, {record.id: record.id for record in records})


def title(record: RunRecord, name: str = "") -> str:
    """Return a run's line in the menu: '✓ after the class check · MAN, RUL · corrected labels · 22 Nov 01:30'."""
    methods = ", ".join(titles.title(method) for method in record.config.methods)
    when = durations.moment(record.created_at)
    others = {"score": "scored with a checkpoint", "opinion": "a model of your own"}
    how = others.get(record.kind, f"{record.config.labels} labels")
    return f"{SIGNS[record.state]} {f'{name} · ' if name else ''}{methods} · {how} · {when}"


@st.fragment(run_every=POLL)
def _live(run_id: str) -> None:
    with boundary.sentence():
        manager.refresh(session.workspace(), session.store())
        if session.store().runs.get(run_id).ended:
            st.rerun()
        _one(run_id)


def _one(run_id: str) -> None:
    with boundary.sentence():
        now = progress(session.workspace(), run_id, session.store())
        _state(now)
        _curves(now)
        _settings(now)


def _state(now: Progress) -> None:
    record = now.record
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        if record.state in ("queued", "running"):
            run_progress.bar(record)
        elif record.state == "done":
            took = spoken((record.ended_at or 0) - (record.started_at or record.created_at))
            st.success(f"Done in {took}; the faces it doubts are in Review.", icon=":material/check_circle:")
            if record.kind == "opinion" and record.message:
                st.caption(plain(record.message))
        elif record.state == "cancelled":
            st.info(
                f"Paused at {record.progress:.0%}. Everything is kept; Resume goes on from the last checkpoint.",
                icon=":material/pause_circle:",
            )
        else:
            st.error(
                plain(record.message or "The run ended early; the log below gives the reason."), icon=":material/error:"
            )
    with right:
        _act(record)


def _act(record: RunRecord) -> None:
    workspace, store = session.workspace(), session.store()
    if record.state in ("queued", "running"):
        run_progress.pause(record, "page")
    elif record.state == "done":
        if st.button("Review", type="primary", width="stretch", key="review_here"):
            session.show_evidence_in_use()
            session.open_page("review", ev=None)
    elif st.button("Resume", type="primary", width="stretch", key="resume_here", **greyed("train")):
        acts.resume_run(workspace, record.id, store)
        st.rerun()
    elif OUT_OF_MEMORY in (record.message or "") and st.button(
        "Resume with smaller batches",
        width="stretch",
        key="resume_smaller",
        help="Halves the images a step until one fits into the memory",
    ):
        acts.resume_run(workspace, record.id, store, AUTO_BATCH)
        st.rerun()


def _curves(now: Progress) -> None:
    if not now.metrics:
        if not now.record.ended:
            st.caption("Losses and accuracies appear here after the first epoch.")
        return
    beside = _beside(now.record)
    method = _method(now)
    metrics = _of(method, now.metrics)
    left, right = st.columns(2)
    with left:
        charts.draw(losses(metrics), f"loss_{now.record.id}", words="Losses by epoch")
    with right:
        other = progress(session.workspace(), beside.id, session.store()).metrics if beside else []
        charts.draw(
            accuracy(metrics, _of(method, other) or other),
            f"accuracy_{now.record.id}",
            words="Accuracy by epoch. The test labels are shown, never used to choose anything.",
        )


def _method(now: Progress) -> str:
    """Return the method whose curves are shown.

    For a current run this is the newest method, until the reader chooses another or the next one begins; for a run that
    has ended, the first.
    """
    begun = list(dict.fromkeys(str(each["method"]) for each in now.metrics))
    if len(begun) == 1:
        return begun[0]
    method = st.segmented_control(
        "Curves of",
        begun,
        default=begun[0] if now.record.ended else begun[-1],
        required=True,
        format_func=titles.title,
        label_visibility="collapsed",
        key=f"curves_{now.record.id}_{len(begun)}",  # follow a method that begins
    )
    return str(method)


def _of(method: str, metrics: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in metrics if each["method"] == method]


def _beside(record: RunRecord) -> RunRecord | None:
    """Return another run to draw in grey behind the accuracies, or None."""
    others = [
        each for each in session.store().runs.list(dataset=record.dataset, kinds=LEARNING) if each.id != record.id
    ]
    if not others:
        return None
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    named = names_of(others, _names(record.dataset))
    second_run = left.selectbox(
        "Second run, in grey",
        [None, *others],
        format_func=lambda each: "Nothing" if each is None else named[each.id],
        key="beside",
    )
    if (
        second_run is not None
        and "compare" in st.session_state["pages"]
        and right.button("Compare in full", width="stretch")
    ):
        session.open_page("compare", before=second_run.id, after=record.id)
    return second_run


def _series(metrics: Sequence[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """Return the metrics by 'MAN' or 'MAN fold 1', with the epoch from 1 as the index."""
    table = pd.DataFrame(metrics)
    table["epoch"] += 1
    names = [
        titles.title(row.method) if pd.isna(row.fold) else f"{titles.title(row.method)} fold {int(row.fold) + 1}"
        for row in table[["method", "fold"]].itertuples()
    ]
    return {
        str(name): part.set_index("epoch").sort_index()
        for name, part in table.groupby(pd.Series(names, table.index), sort=False)
    }


def losses(metrics: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw every named loss by epoch; a line style for each method or fold, a colour for each loss."""
    colours = palette.class_colours(charts.theme(), 8)
    figure = go.Figure()
    for place, (name, part) in enumerate(_series(metrics).items()):
        parts = pd.DataFrame(part["losses"].tolist(), index=part.index)
        for k, loss in enumerate(parts.columns):
            figure.add_scatter(
                x=parts.index,
                y=parts[loss],
                name=f"{name} {loss}",
                mode="lines+markers" if len(parts) < 3 else "lines",
                line={"color": colours[(k + 2 * place) % len(colours)], "dash": ("solid", "dash", "dot")[place % 3]},
            )
    last = max(int(entry["epoch"]) for entry in metrics) + 1
    figure.update_xaxes(title="Epoch", dtick=1 if last <= 10 else None)  # there is no epoch 1.5
    return charts.dressed(figure, height=340)


def accuracy(metrics: Sequence[dict[str, Any]], beside: Sequence[dict[str, Any]] = ()) -> go.Figure:
    """Draw the accuracies by epoch, with the other run's in grey."""
    theme = charts.theme()
    colours = palette.class_colours(theme, 8)
    figure = go.Figure()
    for source, faint in ((beside, True), (metrics, False)):
        for place, (name, part) in enumerate(_series(source).items() if source else ()):
            for column, words in ACCURACIES.items():
                if column in part and part[column].notna().any():
                    figure.add_scatter(
                        x=part.index,
                        y=part[column],
                        name=f"{'other: ' if faint else ''}{name} {words}",
                        mode="lines+markers" if len(part) < 3 else "lines",
                        line={"color": theme.muted if faint else colours[place], "dash": DASHES[column]},
                    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    figure.update_xaxes(title="Epoch")
    return charts.dressed(figure, height=340)


def _settings(now: Progress) -> None:
    left, right = st.columns(2)
    with left, st.expander("Settings"):
        by = f", started by {now.record.started_by}" if now.record.started_by else ""
        st.caption(plain(f"Run {now.record.id}{by}"))
        st.dataframe(manage.settings(now.record.config), hide_index=True, width="stretch", height="content")
    with right, st.expander("Log", expanded=now.record.state in ("failed", "lost")):
        st.code(now.log or "Nothing yet.", language=None, height=260)
