"""A person's part of the work that is shared out: its faces in their order, some of them a second time.

Nothing on the page tells a second look, or a face whose answer is known, from any other face: the tile is undecided,
and the counters count looks. What others decided on the part is not shown either, so that people stay independent.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from auditor.errors import UnavailableError
from auditor.recent import Recent
from auditor.store import progress
from auditor.store.naming import class_numbers
from auditor.store.parts import REPEAT, PartFace
from auditor.store.sharing import Share
from auditor.ui.state import session
from auditor.ui.state.columns import Columns
from auditor.ui.state.filters import Filters, select

if TYPE_CHECKING:
    from auditor.ui.screens.review.payload import Queue, ReviewData

FRESH = 1.0
"""Seconds for which a part is believed after it was read."""

_recent: Recent[tuple[Path, str, str], tuple[float, Share | None]] = Recent(200)

OFFERED = "review_part_offered"
"""In the session: the data sets whose part was opened by itself, so that a person can leave it."""


def share_of(data: ReviewData) -> Share | None:
    """Return what is shared out on the data set, with this person's part; None where they have none."""
    return _part(data.dataset.key, data.annotator)


def _part(key: str, person: str) -> Share | None:
    """What the database has, at most a second old: a key asks several times. While it is away, what it had last."""
    place, now = (session.workspace().path, key, person), time.monotonic()
    cached = _recent.get(place)
    if cached is not None and now - cached[0] <= FRESH:
        return cached[1]
    try:
        return _recent.put(place, (now, session.store().sharing.part(key, person)))[1]
    except UnavailableError:
        if cached is None:
            raise
        return cached[1]


def offer(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return what Review adds to its address when it is opened without a filter: what is left of the person's part.

    Args:
        parameters: The address's query parameters.
    """
    key = session.dataset_key()
    offered: set[str] = st.session_state.setdefault(OFFERED, set())
    if key is None or key in offered or set(Filters.read(parameters).parameters()) - {"per", "view", "blind"}:
        return {}
    offered.add(key)
    share = _part(key, session.annotator())
    return {} if share is None else {"mine": "1", "reviewed": "no"}


def rows(
    data: ReviewData, share: Share | None, columns: Columns, described: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the rows to show and which of them are second looks: int32 [K], bool [K].

    In the part's own order; in another order second looks are left out. 'Reviewed' means by this person.
    """
    faces = () if share is None else share.parts[data.annotator]
    images = list(dict.fromkeys(face.image for face in faces))
    row_of = dict(zip(images, data.dataset.rows_of(images).tolist(), strict=True))
    filters = replace(data.filters, mine=0, sel="part", reviewed=_except_reviewed(data.filters.reviewed))
    present = np.array([row for row in row_of.values() if row >= 0], np.int32)
    passed = select(filters, data.dataset, columns, data.overlay, present, described).tolist()
    if filters.sort:
        first = {row_of[face.image]: face for face in faces if face.kind != REPEAT}
        listed = [first[row] for row in passed if row in first]
    else:
        passing = set(passed)
        listed = [face for face in faces if row_of[face.image] in passing]
    if share is not None and data.filters.reviewed in ("yes", "no"):
        done = _done(data, share, listed)
        listed = [face for face in listed if (face in done) == (data.filters.reviewed == "yes")]
    rows = np.array([row_of[face.image] for face in listed], np.int32)
    return rows, np.array([face.kind == REPEAT for face in listed], np.bool_)


def _except_reviewed(reviewed: str) -> str:
    return "" if reviewed in ("yes", "no") else reviewed


def _done(data: ReviewData, share: Share, faces: list[PartFace]) -> set[PartFace]:
    """The looks of the part that this person has taken."""
    second = progress.looks(data.state, data.annotator, share.at)
    return {
        face
        for face in faces
        if (
            face.image in second
            if face.kind == REPEAT
            else progress.opinion(data.state, face.image, data.annotator) is not None
        )
    }


def own_states(data: ReviewData, rows: NDArray[np.int32]) -> dict[str, list[Any]]:
    """What this person decided on the page's faces, with notes and tags, as `payload.states` gives it."""
    numbers, by_image = class_numbers(data.dataset), {}
    for name in map(str, data.dataset.names[rows]):
        standing = data.state.standing(data.dataset, name)
        if standing is None:
            continue
        own = next((each for each in standing.state.opinions if each.annotator == data.annotator), None)
        action, label = (None, None) if own is None else (own.action, numbers.number(own.label))
        by_image[name] = [
            action,
            label,
            None,
            standing.note,
            list(standing.tags),
            data.annotator,
            standing.state.seq,
            False,
        ]
    return by_image


def second_states(data: ReviewData, rows: NDArray[np.int32], identities: list[str]) -> dict[str, list[Any]]:
    """This person's second looks on the page, by the browser's name of each face."""
    share = share_of(data)
    second = {} if share is None else progress.looks(data.state, data.annotator, share.at)
    numbers = class_numbers(data.dataset)
    return {
        name: [look.action, numbers.number(look.label), None, None, [], data.annotator, None, False]
        for name, image in zip(identities, map(str, data.dataset.names[rows]), strict=True)
        if (look := second.get(image)) is not None
    }


def counts(data: ReviewData, line: Queue) -> dict[str, Any]:
    """The counters of a part: every look counts alike."""
    share = share_of(data)
    names = [str(name) for name in data.dataset.names[line.rows]]
    faces = [PartFace(name, REPEAT if again else "own") for name, again in zip(names, line.repeats, strict=True)]
    done = set() if share is None else _done(data, share, faces)
    total = 0 if share is None else len(share.parts[data.annotator])
    return {
        "all": total, "all_reviewed": 0, "queue": len(faces), "repeats": 0, "reviewed": sum(f in done for f in faces),
        "skipped": 0, "consistency": None,
    }  # fmt: skip
