"""Review: takes what the browser's grid did, and tells it what to show.

One fragment around one component: a key reruns nothing else. The rows of a page travel once; after that, a key costs
an acknowledgement, the page's decisions and the counters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import AuditorError
from auditor.ui import blind, boundary, library, palette, routes, session
from auditor.ui.columns import Columns, sort_of
from auditor.ui.components.review import mount
from auditor.ui.filters import Filters, default_sort, select
from auditor.ui.inbox import Inbox
from auditor.ui.overlay import Overlay
from auditor.ui.thumbnails import SPRITE_COLUMNS, SPRITE_LIMIT

KEY = "review"
THUMBNAIL = 112
LAST_VIEW = "review_view"


@dataclass(frozen=True)
class Queue:
    """The images that passed the filters when these were set; deciding does not move them about.

    Attributes:
        question: What the queue answers, to know when it has to be made anew.
        rows: int32 [K].
        repeats: bool [K], faces shown once more in blind mode.
    """

    question: tuple[Any, ...]
    rows: NDArray[np.int32]
    repeats: NDArray[np.bool_]


@dataclass(frozen=True)
class Room:
    """Everything one run of the fragment needs."""

    dataset: Dataset
    columns: Columns
    overlay: Overlay
    evidence: str | None
    annotator: str
    filters: Filters


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
    rows = select(room.filters, room.dataset, room.columns, room.overlay, None if chosen is None else chosen.rows)
    repeats = np.zeros(len(rows), dtype=np.bool_)
    if room.filters.blind:
        state = session.store().decisions.state(room.dataset.key)
        answered = set(blind.answers(state, room.annotator, "blind"))
        fresh = np.fromiter((name not in answered for name in room.dataset.names[rows]), np.bool_, len(rows))
        rows, repeats = blind.shuffle(rows[fresh], room.annotator)
    made = Queue(question, rows, repeats)
    st.session_state["queue"] = made
    return made


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
        "rows": None if sent.get("have") == name else rows_payload(room, rows, repeats),
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


def rows_payload(room: Room, rows: NDArray[np.int32], repeats: NDArray[np.bool_]) -> dict[str, Any]:
    """A page's images, a list a fact, and what the menus offer."""
    columns, filters, dataset = room.columns, room.filters, room.dataset
    hidden = bool(filters.blind)
    column, title, _, form = sort_of(filters.sort.removeprefix("-") or default_sort(filters, columns))
    nothing = np.full(len(dataset), np.nan, dtype=np.float32)
    shown = columns.values.get(column, nothing)[rows]
    at = [rows[start : start + SPRITE_LIMIT] for start in range(0, len(rows), SPRITE_LIMIT)]
    version = int(room.evidence[1:]) if room.evidence else 0
    return {
        "row": rows.tolist(),
        "name": [str(name) for name in dataset.names[rows]],
        "given": None if hidden else columns.given[rows].tolist(),
        "suggested": None if hidden else columns.suggested[rows].tolist(),
        "assignment": None if hidden else columns.assignment[rows].tolist(),
        "suspicion": None if hidden else numbers(columns.suspicion[rows]),
        "value": None if hidden or form == "none" else numbers(shown),
        "repeat": np.flatnonzero(repeats).tolist(),
        "form": form,
        "sort_title": title,
        "sprites": [routes.sprite_url(dataset, part.tolist(), THUMBNAIL) for part in at],
        "sprite_columns": SPRITE_COLUMNS,
        "sprite_limit": SPRITE_LIMIT,
        "faces": routes.face_prefix(dataset),
        "detail": routes.detail_prefix(dataset, version),
        **options(room),
    }


def options(room: Room) -> dict[str, Any]:
    """What the menus offer on this data set."""
    dataset, columns, overlay = room.dataset, room.columns, room.overlay
    chosen = session.selection(room.filters.sel) if room.filters.sel else None
    return {
        "classes": list(dataset.classes),
        "colours": {
            "light": palette.class_colours(palette.LIGHT, dataset.num_classes),
            "dark": palette.class_colours(palette.DARK, dataset.num_classes),
        },
        "sorts": [[name, sort_of(name)[1]] for name in columns.sorts],
        "evidence": columns.has_evidence,
        "methods": int(np.nanmax(columns.values["votes_total"], initial=0)) if "votes_total" in columns.values else 4,
        "annotators": list(overlay.annotators),
        "tags": sorted(tag for tag, tagged in overlay.tags.items() if tagged),
        "duplicates": bool((columns.duplicate >= 0).any()),
        "selection": None if chosen is None else [chosen.label, len(chosen.rows)],
    }


def numbers(values: NDArray[np.float32]) -> list[float | None]:
    """Floats for JSON: four digits, None for what is absent."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def states(room: Room, rows: NDArray[np.int32]) -> dict[str, list[Any]]:
    """What holds for the page's images that have a decision, a note or a tag, by name."""
    known = session.store().decisions.state(room.dataset.key).by_image
    found = {}
    for name in room.dataset.names[rows]:
        state = known.get(name)
        if state is None:
            continue
        if room.filters.blind and (state.mode != "blind" or state.annotator != room.annotator):
            continue  # what was decided with the label in view would give it away
        found[str(name)] = [state.action, state.label, state.soft, state.note, list(state.tags), state.annotator]
    return found


def repeat_states(room: Room, rows: NDArray[np.int32], repeats: NDArray[np.bool_]) -> dict[str, list[Any]]:
    """The second answers for the page's repeated faces, by name."""
    if not repeats.any():
        return {}
    state = session.store().decisions.state(room.dataset.key)
    second = blind.answers(state, room.annotator, "repeat")
    names = [str(name) for name in room.dataset.names[rows[repeats]]]
    return {
        name: [second[name].action, second[name].to_label, None, None, [], room.annotator]
        for name in names
        if name in second
    }


def counts(room: Room, line: Queue) -> dict[str, Any]:
    """The counters: all images, those in the queue, and how many of these are decided."""
    decided = room.overlay.action > 0
    consistency = None
    if room.filters.blind:
        found = blind.consistency(session.store().decisions.state(room.dataset.key), room.annotator)
        consistency = [found.agreed, found.repeated]
    return {
        "all": len(room.columns.rows),
        "all_reviewed": int(np.count_nonzero(decided[room.columns.rows])),
        "queue": len(line.rows),
        "reviewed": int(np.count_nonzero(decided[line.rows])),
        "consistency": consistency,
    }
