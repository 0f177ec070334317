"""What the review grid is told of a page: its images, what holds for them, and the counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.store import counts as counting
from auditor.store.naming import class_numbers
from auditor.store.operations import FINAL
from auditor.store.state import DecisionState
from auditor.ui.look import palette
from auditor.ui.screens.review import blind, narrowing, part
from auditor.ui.state import face_ids, key_table, session
from auditor.ui.state.columns import Columns, sort_of
from auditor.ui.state.filters import Filters, default_sort
from auditor.ui.state.overlay import Overlay
from auditor.ui.web import addresses
from auditor.ui.web.thumbnails import SPRITE_COLUMNS, SPRITE_LIMIT

THUMBNAIL = 112


@dataclass(frozen=True)
class Queue:
    """The images that passed the filters when these were set; deciding does not move them about.

    Attributes:
        question: What the queue answers, to know when it has to be made anew.
        rows: int32 [K].
        repeats: bool [K], faces shown once more in blind mode.
        columns: What it was sorted by, with what was learned from the decisions until then.
        dataset: What the rows are rows of.
        id: Names this queue; another one of the same question may hold other faces.
        selection: Label and length of the saved selection that it comes from, or None.
        note: What a person must know of that selection, or ''.
        problem: Why the query line cannot be answered, or ''; the queue is empty then.
    """

    question: tuple[Any, ...]
    rows: NDArray[np.int32]
    repeats: NDArray[np.bool_]
    columns: Columns
    dataset: Dataset
    id: str = ""
    selection: tuple[str, int] | None = None
    note: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ReviewData:
    """Everything one run of the fragment needs: the data set with its evidence and decisions, and who asks for what."""

    dataset: Dataset
    columns: Columns
    overlay: Overlay
    state: DecisionState
    evidence: str | None
    annotator: str
    filters: Filters


def rows_payload(data: ReviewData, line: Queue, rows: NDArray[np.int32], repeats: NDArray[np.bool_]) -> dict[str, Any]:
    """A page's images, a list a fact, and what the menus offer.

    In blind mode nothing here depends on a label, on what a method found, on a name, which may hold a class, or on a
    row number, which tells the class where the rows are sorted by it.
    """
    filters, dataset, columns = data.filters, data.dataset, line.columns
    hidden = bool(filters.blind)
    column, title, _, form = sort_of(filters.sort.removeprefix("-") or default_sort(filters, columns))
    nothing = np.full(len(dataset), np.nan, dtype=np.float32)
    sort_values = columns.values.get(column, nothing)[rows]
    at = [rows[start : start + SPRITE_LIMIT] for start in range(0, len(rows), SPRITE_LIMIT)]
    version = int(data.evidence[1:]) if data.evidence else 0
    return {
        "row": None if hidden else rows.tolist(),
        "face": face_ids.face_ids(dataset, rows),
        "name": names(data, rows),
        "given": None if hidden else columns.given[rows].tolist(),
        "suggested": None if hidden else columns.suggested[rows].tolist(),
        "assignment": None if hidden else columns.assignment[rows].tolist(),
        "suspicion": None if hidden else numbers(columns.suspicion[rows]),
        "value": None if hidden or form == "none" else numbers(sort_values),
        "repeat": np.flatnonzero(repeats).tolist(),
        "form": form,
        "sort_title": title,
        "sprites": [addresses.sprite_url(dataset, part.tolist(), THUMBNAIL) for part in at],
        "sprite_columns": SPRITE_COLUMNS,
        "sprite_limit": SPRITE_LIMIT,
        "faces": addresses.face_prefix(dataset),
        "detail": None if hidden else addresses.detail_prefix(dataset, version),
        "changes": None if hidden or filters.mine else addresses.changes_prefix(dataset),
        "stint": None if hidden else addresses.stint_prefix(dataset, version),
        **options(data, line),
    }


def names(data: ReviewData, rows: NDArray[np.int32]) -> list[str]:
    """What the browser calls these images: their names, in blind mode something that says nothing."""
    if data.filters.blind:
        return face_ids.face_ids(data.dataset, rows)
    return [str(name) for name in data.dataset.names[rows]]


def options(data: ReviewData, line: Queue) -> dict[str, Any]:
    """What the menus offer on this data set."""
    dataset, columns, overlay = data.dataset, data.columns, data.overlay
    label, length = line.selection or ("", 0)
    keyboard_keys, keys_problem = key_table.readable(session.workspace())
    return {
        "classes": list(class_numbers(dataset).names),  # what a decision sends back
        "colours": {
            "light": palette.class_colours(palette.LIGHT, dataset.num_classes),
            "dark": palette.class_colours(palette.DARK, dataset.num_classes),
        },
        "sorts": [[name, sort_of(name)[1]] for name in columns.sorts],
        "evidence": columns.has_evidence,
        "methods": int(np.nanmax(columns.values.get(schema.VOTES_TOTAL, np.zeros(1)), initial=0)),
        "annotators": list(overlay.annotators),
        "tags": sorted(tag for tag, tagged in overlay.tags.items() if tagged),
        "duplicates": bool((columns.duplicate >= 0).any()),
        "columns": narrowing.columns(data),
        "part": part.share_of(data) is not None,
        "keys": keyboard_keys,
        "keys_problem": keys_problem,
        # Its label may name a class: 'fear seen as surprise'.
        "selection": None if line.selection is None else ["Selection" if data.filters.blind else label, length],
    }


def numbers(values: NDArray[np.float32]) -> list[float | None]:
    """Floats for JSON: four digits, None for what is absent."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def states(data: ReviewData, rows: NDArray[np.int32]) -> dict[str, list[Any]]:
    """What holds for the page's images that have a decision, a note or a tag, by the browser's name of each.

    [action, class index, shares, note, tags, annotator, number of the operation, whether it is final]; in blind mode
    the annotator's own blind decision: one made with the label in view would reveal that label.
    """
    if data.filters.blind:
        return _blind_states(data, rows)
    if data.filters.mine:
        return part.own_states(data, rows)
    by_name = {}
    for name in map(str, data.dataset.names[rows]):
        state = data.state.standing(data.dataset, name)
        if state is not None:
            marks = (state.soft, state.note, list(state.tags))
            by_name[name] = [state.action, state.label, *marks, state.annotator, state.state.seq, state.mode == FINAL]
    return by_name


def _blind_states(data: ReviewData, rows: NDArray[np.int32]) -> dict[str, list[Any]]:
    own = blind.answers(data.state, data.annotator, "blind")
    classes, by_identity = class_numbers(data.dataset), {}
    for face, name in zip(names(data, rows), map(str, data.dataset.names[rows]), strict=True):
        item, state = own.get(name), data.state.standing(data.dataset, name)
        if item is None or state is None:
            continue
        soft = None if item.soft is None else classes.shares(item.soft)
        marks = (soft, state.note, list(state.tags))
        # The class that was chosen, never the given one that a decision falls back on.
        by_identity[face] = [item.action, classes.number(item.to_class), *marks, data.annotator, state.state.seq, False]
    return by_identity


def repeat_states(data: ReviewData, rows: NDArray[np.int32], repeats: NDArray[np.bool_]) -> dict[str, list[Any]]:
    """The second answers for the page's repeated faces, by the browser's name of each."""
    if not repeats.any():
        return {}
    again = rows[repeats]
    if data.filters.mine:
        return part.second_states(data, again, names(data, again))
    second = blind.answers(data.state, data.annotator, "repeat")
    classes = class_numbers(data.dataset)
    return {
        face: [second[name].action, classes.number(second[name].to_class), None, None, [], data.annotator, None, False]
        for face, name in zip(names(data, again), data.dataset.names[again], strict=True)
        if name in second
    }


def counts(data: ReviewData, line: Queue) -> dict[str, Any]:
    """The counters: all faces, those in the queue (each once), how many come twice, and what of these is decided."""
    if data.filters.mine:
        return part.counts(data, line)
    faces = line.rows[~line.repeats]
    every, queue = (counting.tally(data.overlay.action[rows]) for rows in (data.columns.rows, faces))
    audited = np.zeros(len(data.dataset), dtype=np.bool_)
    audited[data.columns.rows] = True
    outside = int(np.count_nonzero(~audited[faces]))  # a selection may hold test images
    consistency = None
    if data.filters.blind:
        agreement = blind.consistency(data.state, data.annotator)
        consistency = [agreement.agreed, agreement.repeated]
    return {
        "all": every.faces + outside,
        "all_reviewed": every.reviewed,
        "queue": queue.faces,
        "repeats": int(np.count_nonzero(line.repeats)),
        "reviewed": queue.reviewed,
        "skipped": queue.skipped,
        "consistency": consistency,
    }
