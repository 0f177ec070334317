"""What the browser asks the server for beside its page: typical faces, saved views, a whole queue's suggestions.

An errand has an id and travels with every message of the browser's until it is answered. It is done once: its answer
is kept, and a repeat gets the same one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from auditor.errors import AuditorError
from auditor.ui.screens.review import bulk, keyboard, likeness, saved
from auditor.ui.screens.review.asked import Answer
from auditor.ui.screens.review.payload import Queue, ReviewData

ID = re.compile(r"errand-[a-z0-9]{4,40}")
KEPT = 50
KINDS: dict[str, Callable[[Mapping[str, Any], ReviewData, Queue], Answer]] = {
    "typical": likeness.typical,
    "views": saved.show,
    "save view": saved.save,
    "delete view": saved.delete,
    "preview": bulk.preview,
    "accept all": bulk.apply,
    "keys": keyboard.keep,
}
"""What can be asked for."""


def answers(sent: Mapping[str, Any], room: ReviewData, line: Queue) -> dict[str, Answer]:
    """Do what is new of a message's errands.

    Args:
        sent: The browser's message; its `errands` are [{id, kind, ...}].
        room: What the screen shows.
        line: The queue that it works on.

    Returns:
        The answer of each errand by its id: what its kind returns, or {error: sentence}.
    """
    cached: dict[str, Answer] = st.session_state.setdefault("errands", {})
    by_id = {}
    listed = sent.get("errands")
    for errand in listed if isinstance(listed, list) else ():
        if not isinstance(errand, Mapping) or not ID.fullmatch(str(errand.get("id", ""))):
            continue
        name = str(errand["id"])
        if name not in cached:
            cached[name] = _answer(errand, room, line)
        by_id[name] = cached[name]
    while len(cached) > KEPT:
        cached.pop(next(iter(cached)))
    return by_id


def _answer(errand: Mapping[str, Any], room: ReviewData, line: Queue) -> Answer:
    work = KINDS.get(str(errand.get("kind")))
    if work is None:
        return {"error": "The page requests something that this server does not know; reload the page."}
    try:
        return work(errand, room, line)
    except AuditorError as error:
        return {"error": str(error)}
