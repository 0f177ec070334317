"""Review: takes what the browser's grid did, and tells it what to show.

One fragment around one component: a key reruns nothing else. The rows of a page travel once; after that, a key costs
an acknowledgement, the page's decisions and the counters.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.ui.components.review import mount
from auditor.ui.look import boundary
from auditor.ui.screens.review import blind
from auditor.ui.screens.review.inbox import Inbox
from auditor.ui.screens.review.payload import Queue, Room, counts, repeat_states, rows_payload, states
from auditor.ui.state import library, session
from auditor.ui.state.columns import Columns, learn
from auditor.ui.state.filters import Filters, select

KEY = "review"
LAST_VIEW = "review_view"


@st.fragment
def show() -> None:
    """Draw the grid; runs again by itself whenever the browser sends something."""
    with boundary.sentence():
        dataset = session.dataset()
        if dataset is None:
            return
        sent = _sent()
        problem = _take(sent, dataset)
        room = _room(dataset, sent)
        mount(KEY, payload(room, sent, problem), _received)


def _received() -> None:
    """Save what came before anything else runs."""
    dataset = session.dataset()
    if dataset is not None:
        _take(_sent(), dataset)


def _sent() -> dict[str, Any]:
    state = st.session_state.get(KEY)
    room = state.get("room") if state else None
    return dict(room) if isinstance(room, dict) else {}


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


def _room(dataset: Dataset, sent: dict[str, Any]) -> Room:
    version = session.evidence()
    return Room(
        dataset=dataset,
        columns=library.columns(dataset, version),
        overlay=library.overlay(session.workspace(), dataset),
        evidence=None if version is None else version.name,
        annotator=session.annotator(),
        filters=_filters(sent),
    )


def _filters(sent: dict[str, Any]) -> Filters:
    """The address, unless the browser has just asked for another view: then that, and the address follows."""
    asked = sent.get("view")
    name = (sent.get("client"), asked.get("n")) if isinstance(asked, dict) else None
    if name is not None and name != st.session_state.get("view_seen"):
        st.session_state["view_seen"] = name
        values = asked.get("params") if asked else None
        filters = Filters.read(values if isinstance(values, dict) else {})
        if asked and asked.get("refresh"):
            st.session_state.pop("queue", None)
        if asked and asked.get("n"):  # the first of a mount only says hello
            st.query_params.from_dict({**session.parameters(), **filters.parameters()})
    else:
        filters = Filters.read(st.query_params)
    st.session_state[LAST_VIEW] = filters.parameters()
    return filters


def queue(room: Room) -> Queue:
    """The queue of this view; made once, so that what is decided stays where it is until the view changes."""
    question = (room.dataset.key, id(room.columns), room.filters.question, room.annotator if room.filters.blind else "")
    known: Queue | None = st.session_state.get("queue")
    if known is not None and known.question == question:
        return known
    chosen = session.selection(room.filters.sel) if room.filters.sel else None
    columns = _learned(room)
    rows = select(room.filters, room.dataset, columns, room.overlay, None if chosen is None else chosen.rows)
    repeats = np.zeros(len(rows), dtype=np.bool_)
    if room.filters.blind:
        state = session.store().decisions.state(room.dataset.key)
        answered = set(blind.answers(state, room.annotator, "blind"))
        fresh = np.fromiter((name not in answered for name in room.dataset.names[rows]), np.bool_, len(rows))
        rows, repeats = blind.shuffle(rows[fresh], room.annotator)
    made = Queue(question, rows, repeats, columns)
    st.session_state["queue"] = made
    return made


def _learned(room: Room) -> Columns:
    """The columns, with what the decisions so far teach where that is the order asked for."""
    version = session.evidence()
    if room.filters.sort.removeprefix("-") != "learned" or version is None:
        return room.columns
    state = session.store().decisions.state(room.dataset.key)
    return learn(room.dataset, room.columns, version.table, state.on(room.dataset))


def payload(room: Room, sent: dict[str, Any], problem: str | None) -> dict[str, Any]:
    """What the component is told: the page's rows only where it does not have them yet."""
    line = queue(room)
    filters = room.filters
    pages = max(1, -(-len(line.rows) // filters.per))
    page = _page(room, line, pages)
    start = (page - 1) * filters.per
    rows, repeats = line.rows[start : start + filters.per], line.repeats[start : start + filters.per]
    name = _page_name(room, rows, repeats)
    inbox = _inbox()
    client = str(sent.get("client", ""))
    asked = sent.get("view")
    return {
        "ds": room.dataset.key,
        "ev": room.evidence,
        "who": room.annotator,
        "view": {"n": asked.get("n", 0) if isinstance(asked, dict) else 0, "params": filters.parameters()},
        "at": {"page": page, "pages": pages, "per": filters.per},
        "page": name,
        "rows": None if sent.get("have") == name else rows_payload(room, line.columns, rows, repeats),
        "states": states(room, rows),
        "repeats": repeat_states(room, rows, repeats),
        "counts": counts(room, line),
        "ack": {"client": client, "n": inbox.acknowledged.get(client, 0)},
        "refused": inbox.refused,
        "last": inbox.last,
        "problem": problem,
    }


def _page(room: Room, line: Queue, pages: int) -> int:
    """The page asked for, or the one that holds the image of a link."""
    if room.filters.image and room.filters.page == 1:
        try:
            row = room.dataset.index_of(room.filters.image)
        except KeyError:
            row = None
        at = [] if row is None else np.flatnonzero(line.rows == row).tolist()
        if at:
            return int(at[0]) // room.filters.per + 1
    return min(room.filters.page, pages)


def _page_name(room: Room, rows: NDArray[np.int32], repeats: NDArray[np.bool_]) -> str:
    digest = hashlib.blake2b(rows.tobytes() + repeats.tobytes(), digest_size=8)
    view = (room.dataset.key, room.evidence, room.filters.sort, room.filters.blind, room.filters.sel)
    digest.update(repr(view).encode())
    return digest.hexdigest()
