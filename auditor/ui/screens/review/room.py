"""Review: takes what the browser's grid did, and tells it what to show.

One fragment around one component: a key reruns nothing else. The rows of a page travel once; after that, a key costs
an acknowledgement, the page's decisions and the counters.

The browser owns the view. Every message of its names the view that it is on (a number, filters, page), and every answer
names the view that it answers: an answer to an older question brings decisions up to date and never moves the grid.
The address is read only where the browser has not said anything yet; it is the browser that writes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import AuditorError, UnavailableError
from auditor.store.naming import class_numbers
from auditor.store.state import DecisionState
from auditor.ui.components.review import mount
from auditor.ui.look import boundary
from auditor.ui.screens.review import blind, errands, likeness, narrowing, part, saved
from auditor.ui.screens.review.inbox import Inbox
from auditor.ui.screens.review.payload import Queue, ReviewData, counts, repeat_states, rows_payload, states
from auditor.ui.state import face_ids, library, session, trace
from auditor.ui.state.columns import Columns, learn
from auditor.ui.state.filters import Filters, select
from auditor.ui.state.overlay import Overlay

KEY = "review"


@st.fragment
def show() -> None:
    """Draw the grid; runs again by itself whenever the browser sends something."""
    with boundary.sentence():
        dataset = session.dataset()
        if dataset is None:
            return
        trace.looked("review")  # who stays here runs nothing else
        sent = _sent()
        if not sent:
            st.query_params.update(part.offer(st.query_params.to_dict()))
        problem = _take(sent, dataset)
        data, away = _data(dataset, sent)
        done = errands.answers(sent, data, queue(data))
        if done:  # one may have decided faces
            data, away = _data(dataset, sent)
        _say_of_selection(data)
        mount(KEY, {**payload(data, sent, problem or away), "errands": done}, _received)


def _say_of_selection(data: ReviewData) -> None:
    """Say which images of the saved list are gone, or why it holds none; its label may name a class."""
    line = queue(data)
    if line.note and not data.filters.blind:
        st.warning(line.note, icon=":material/sync_problem:")


def _received() -> None:
    """Save what came before anything else runs."""
    with contextlib.suppress(AuditorError):  # the run that follows meets the same error, and shows it
        dataset = session.dataset()
        if dataset is not None:
            _take(_sent(), dataset)


def _sent() -> dict[str, Any]:
    state = st.session_state.get(KEY)
    room = state.get("room") if state else None
    return dict(room) if isinstance(room, dict) else {}


def _view(sent: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    """The view that the browser says it is on; empty before it has said any, and where it was one of other data."""
    view = sent.get("view")
    usable = isinstance(view, dict) and isinstance(view.get("params"), dict) and sent.get("ds") == dataset.key
    return dict(view) if usable and view is not None else {}


def _inbox() -> Inbox:
    inbox: Inbox = st.session_state.setdefault("inbox", Inbox())
    return inbox


def _take(sent: dict[str, Any], dataset: Dataset) -> str | None:
    """Save the browser's operations; a database that is away becomes a sentence, and the browser sends again."""
    try:
        _inbox().take(sent, session.store(), dataset, session.annotator())
    except AuditorError as error:
        return str(error)
    return None


def _data(dataset: Dataset, sent: dict[str, Any]) -> tuple[ReviewData, str | None]:
    """What this run shows; while the database is away, the decisions as they were last read, and the reason."""
    _pin_evidence(dataset, sent)
    version = session.evidence()
    state, overlay, away = _decisions(dataset)
    parameters, unlike = likeness.resolve(_view(sent, dataset).get("params", st.query_params), dataset, version)
    filters = Filters.read(saved.resolve(parameters, dataset.key))
    session.show_view(filters.parameters())
    data = ReviewData(
        dataset=dataset,
        columns=library.columns(dataset, version),
        overlay=overlay,
        state=state,
        evidence=None if version is None else version.name,
        annotator=session.annotator(),
        filters=filters,
    )
    st.session_state["review_unlike"] = unlike
    return data, away


def _pin_evidence(dataset: Dataset, sent: dict[str, Any]) -> None:
    """After a restart of the server, go on with the evidence that the browser shows: no page changes by itself."""
    if st.session_state.get("review_begun"):
        return
    st.session_state["review_begun"] = True
    if sent.get("ds") == dataset.key and isinstance(sent.get("ev"), str):
        st.session_state.setdefault("evidence", {}).setdefault(dataset.key, sent["ev"])


def _decisions(dataset: Dataset) -> tuple[DecisionState, Overlay, str | None]:
    """The decisions that stand; where the database is away, those that were last read in this session.

    Raises:
        UnavailableError: They were not read yet.
    """
    try:
        state = session.store().decisions.state(dataset.key)
        overlay = library.overlay(session.workspace(), dataset)
    except UnavailableError as error:
        key, *last = st.session_state.get("review_decisions", (None,))
        if key != dataset.key:
            raise
        return last[0], last[1], str(error)
    st.session_state["review_decisions"] = (dataset.key, state, overlay)
    return state, overlay, None


def queue(data: ReviewData) -> Queue:
    """The queue of this view; made once, so that what is decided stays where it is until the view changes."""
    question = (
        data.dataset.key,
        data.evidence,
        data.filters.question,
        data.annotator if data.filters.blind or data.filters.mine else "",
    )
    queued: Queue | None = st.session_state.get("queue")
    if queued is not None and queued.question == question and _same(queued.dataset, data.dataset):
        return queued
    selected = session.selection(data.filters.sel) if data.filters.sel else None
    columns = _learned(data)
    described, problem = narrowing.described(data)
    listed = None if selected is None else selected.rows
    if data.filters.mine:
        rows, repeats = part.rows(data, part.share_of(data), columns, described)
    else:
        rows = select(data.filters, data.dataset, columns, data.overlay, listed, described)
        repeats = np.zeros(len(rows), dtype=np.bool_)
    if data.filters.blind and not data.filters.mine:
        answered = set(blind.answers(data.state, data.annotator, "blind"))
        fresh = np.fromiter((name not in answered for name in data.dataset.names[rows]), np.bool_, len(rows))
        rows, repeats = blind.shuffle(rows[fresh], data.annotator)
    selection = None if selected is None else (selected.label, len(selected.rows))
    note = "" if selected is None else selected.note
    new = Queue(question, rows, repeats, columns, data.dataset, secrets.token_hex(4), selection, note, problem)
    st.session_state["queue"] = new
    return new


def _same(one: Dataset, other: Dataset) -> bool:
    """Whether a data set that was read again has the images, classes and labels that it had, in the same order."""
    return one is other or (
        len(one) == len(other)
        and bool(np.array_equal(one.names, other.names) and np.array_equal(one.labels, other.labels))
        and class_numbers(one).names == class_numbers(other).names
    )


def _learned(data: ReviewData) -> Columns:
    """The columns, with what the decisions so far teach where that is the order asked for."""
    version = session.evidence()
    if data.filters.sort.removeprefix("-") != "learned" or version is None:
        return data.columns
    return learn(data.dataset, data.columns, version, data.state.on(data.dataset))


def payload(data: ReviewData, sent: dict[str, Any], problem: str | None) -> dict[str, Any]:
    """What the component is told: the page's rows only where it does not have them yet."""
    view = _view(sent, data.dataset)
    line = queue(data)
    filters = data.filters
    pages = max(1, -(-len(line.rows) // filters.per))
    page, first = _page(data, line, view)
    start = (page - 1) * filters.per
    rows, repeats = line.rows[start : start + filters.per], line.repeats[start : start + filters.per]
    name = _page_name(data, line, rows, repeats)
    inbox = _inbox()
    client = str(sent.get("client", ""))
    return {
        "ds": data.dataset.key,
        "ev": data.evidence,
        "who": data.annotator,
        "for": {"room": view.get("room"), "n": view.get("n")} if view else None,
        "beat": sent.get("beat"),
        "params": filters.parameters(),
        "at": {"page": page, "pages": pages, "per": filters.per, "first": first, "queue": line.id},
        "page": name,
        "rows": None if sent.get("have") == name else rows_payload(data, line, rows, repeats),
        "seq": data.state.seq,
        "states": states(data, rows),
        "repeats": repeat_states(data, rows, repeats),
        "counts": counts(data, line),
        "ack": {"client": client, "n": inbox.acknowledged.get(client, 0)},
        "refused": blind.veiled_refusals(inbox.refused) if filters.blind else inbox.refused,
        "last": blind.veiled_echo(inbox.last, data.dataset) if filters.blind else inbox.last,
        "problem": problem,
        "query": line.problem,
        "unlike": st.session_state.get("review_unlike", ""),
    }


def _page(data: ReviewData, line: Queue, view: Mapping[str, Any]) -> tuple[int, int | None]:
    """The page asked for, from 1, or the one that holds the image of a link.

    Returns:
        The page and, where the queue is another one than the browser's (the server began again meanwhile), the place
        on it that follows the last face which the browser showed.
    """
    per = data.filters.per
    last = max(1, -(-len(line.rows) // per))
    page = min(data.filters.page, last)
    at = _places(data, line, data.filters.image)
    if at:
        return next((place // per + 1 for place in at if place // per + 1 == page), at[0] // per + 1), None
    if data.filters.image:  # judged meanwhile, perhaps: what is left of the queue begins on its first page
        return 1, None
    if view.get("after") and view.get("queue") not in (None, line.id):
        before = _places(data, line, str(view["after"]))
        following = min(before[0] + 1, len(line.rows) - 1) if before else 0
        return following // per + 1, following % per
    return page, None


def _places(data: ReviewData, line: Queue, name: str) -> list[int]:
    """Where an image stands in the queue: nowhere, once, or more than once among blind repeats."""
    if not name:
        return []
    try:
        row = face_ids.row_of(data.dataset, name) if data.filters.blind else data.dataset.index_of(name)
    except KeyError:
        return []
    places: list[int] = np.flatnonzero(line.rows == row).tolist()
    return places


def _page_name(data: ReviewData, line: Queue, rows: NDArray[np.int32], repeats: NDArray[np.bool_]) -> str:
    digest = hashlib.blake2b(rows.tobytes() + repeats.tobytes(), digest_size=8)
    view = (data.dataset.key, data.evidence, data.filters.sort, data.filters.blind, data.filters.sel, data.filters.mine)
    # The browser keeps a page's rows by this name, and with them numbers of classes.
    digest.update(repr((view, class_numbers(data.dataset).names)).encode())
    if not data.filters.blind:
        digest.update(line.columns.given[rows].tobytes() + line.columns.suggested[rows].tobytes())
        digest.update(face_ids.edition(data.dataset).encode())  # the page's addresses name it
    return digest.hexdigest()
