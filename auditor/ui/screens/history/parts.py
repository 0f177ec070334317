"""The History page's parts: who decided how much when, and the log with its undo."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import plotly.graph_objects as go
import streamlit as st

from auditor import durations
from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.store import undoing
from auditor.store.operations import OperationRecord
from auditor.store.state import Lapsed
from auditor.ui.look import charts
from auditor.ui.look.allowed import greyed
from auditor.ui.look.palette import class_colours
from auditor.ui.look.plain import plain
from auditor.ui.screens.history import lines
from auditor.ui.screens.history.lines import Activity, Line
from auditor.ui.state import decide, session
from auditor.ui.web import addresses
from auditor.ui.web.thumbnails import SPRITE_COLUMNS

PER_PAGE = 15
FACES = 6
SINCE: dict[str, Callable[[], float]] = {
    "At any time": lambda: 0.0,
    "In the last hour": lambda: time.time() - 3600,
    "Today": lambda: undoing.moment("today"),
    "In the last 7 days": lambda: time.time() - 7 * 86_400,
}
"""The times that the log can be cut at, each the first moment that is shown."""


def pace(activity: Activity) -> go.Figure:
    """Images decided over time, by annotator."""
    chart = go.Figure()
    colours = class_colours(charts.theme(), len(activity.images))
    times = [datetime.fromtimestamp(at).astimezone() for at in activity.starts]
    for (name, counts), colour in zip(sorted(activity.images.items()), colours, strict=True):
        chart.add_bar(x=times, y=counts, name=name, marker_color=colour, width=activity.step * 900,
                      hovertemplate="%{y:,} images<extra>%{fullData.name}</extra>")  # fmt: skip
    charts.dressed(chart, height=190, legend=len(activity.images) > 1)
    chart.update_layout(barmode="stack", bargap=0.1)
    chart.update_yaxes(title_text="Images decided", rangemode="tozero")
    return chart


def wanted(records: Sequence[OperationRecord]) -> list[OperationRecord]:
    """Ask for whose decisions, which and since when; newest first."""
    people = sorted({record.operation.annotator for record in records})
    left, middle, right = st.columns(3, gap="medium", vertical_alignment="bottom")
    who = left.multiselect("Annotator", people, key="history-who", placeholder="Everybody")
    since = middle.selectbox("Made", list(SINCE), key="history-since")
    actions = sorted({item.action for record in records for item in record.operation.items[:1]})
    name = right.text_input("Image name contains", key="history-name").strip().lower()
    # A line of its own: all eight kinds do not fit between the other two.
    what = st.pills(
        "Decision", actions, selection_mode="multi", format_func=decide.WORDS.__getitem__, key="history-what"
    )
    start, earliest = SINCE[since](), _from_operation(records)
    return [
        record
        for record in records
        if (not who or record.operation.annotator in who)
        and (not what or any(item.action in what for item in record.operation.items))
        and (not name or any(name in item.image.lower() for item in record.operation.items))
        and record.at >= start
        and record.seq >= earliest
    ]


def _from_operation(records: Sequence[OperationRecord]) -> int:
    """The operation that the list begins with, where one was chosen; with a way to see all again."""
    seq = int(st.session_state.get("history-from", 0))
    first = next((record for record in records if record.seq == seq), None)
    if first is None:
        return 0
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.caption(
        f"Only what was done since {plain(first.operation.annotator)}'s decision of {durations.ago(first.at)}"
    )
    if button.button("Show all", key="history-all"):
        st.session_state.pop("history-from", None)
        st.rerun()
    return seq


def log(
    dataset: Dataset,
    records: Sequence[OperationRecord],
    by_id: dict[str, OperationRecord],
    lapsed: Sequence[Lapsed],
) -> None:
    """The operations, a page at a time, each with its faces and its undo."""
    pages = max(1, -(-len(records) // PER_PAGE))
    number = st.pagination(pages, key="history-page") if pages > 1 else 1
    start = PER_PAGE * (int(number or 1) - 1)
    for line in lines.lines(dataset, records[start : start + PER_PAGE], by_id, lapsed):
        _entry(dataset, line)


def _entry(dataset: Dataset, line: Line) -> None:
    operation = line.record.operation
    with st.container(border=True, key=f"history-{line.record.seq}"):
        words, faces, buttons = st.columns([5, 4, 3], vertical_alignment="center", gap="medium")
        undone = operation.kind == "decide" and not line.record.active
        description = plain(line.words)
        by = f"{operation.annotator}, {durations.ago(line.record.at)}"
        note = f" · undone by {line.record.undone_by}" if undone and line.record.undone_by else ""
        words.markdown(f"~~{description}~~" if undone else description)
        words.caption(plain(by + note))
        if line.lapsed:
            words.caption(f":material/warning: {plain(line.lapsed)}")
        if line.rows:
            strip(faces, dataset, line.rows)
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            _buttons(dataset, line)


def _buttons(dataset: Dataset, line: Line) -> None:
    seq, op_id = line.record.seq, line.record.operation.op_id
    turning = greyed(decide.turning([line.record])) if line.can else {}
    if line.rows and st.button("Open", key=f"open-{seq}", help="Open these images in Review"):
        session.open_page("review", sel=session.save_selection(line.rows, line.words))
    if line.can == "undo" and st.button("Undo", key=f"undo-{seq}", icon=":material/undo:", **turning):
        decide.undo(session.store(), dataset, op_id, annotator=session.annotator())
        st.rerun()
    if line.can == "redo" and st.button("Redo", key=f"redo-{seq}", icon=":material/redo:", **turning):
        decide.redo(session.store(), dataset, op_id, annotator=session.annotator())
        st.rerun()
    if st.button(
        "Since this", key=f"since-{seq}", help="Show only this and what was done after it, to undo it together"
    ):
        st.session_state["history-from"] = seq
        st.rerun()


def strip(place: st.delta_generator.DeltaGenerator, dataset: Dataset, rows: Sequence[int]) -> None:
    """A line of small faces, the first ones of the rows."""
    first = list(rows[:FACES])
    url = addresses.sprite_url(dataset, first, 64)
    more = f"<span>+{len(rows) - len(first):,}</span>" if len(rows) > len(first) else ""
    words = f"The first {len(first)} of {counted(len(rows), 'face')}" if more else counted(len(first), "face")
    sheet = f"background:url({url}) 0 0 / {44 * SPRITE_COLUMNS}px 44px no-repeat"
    style = f"width:{44 * len(first)}px;height:44px;flex:none;border-radius:.35rem;{sheet}"
    images = f'<div role="img" aria-label="{words}" style="{style}"></div>'
    place.html(f'<div style="display:flex;gap:.5rem;align-items:center">{images}{more}</div>')
