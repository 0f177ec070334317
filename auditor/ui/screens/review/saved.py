"""Saved views: kept by name, and found by the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.errors import AuditorError, RefusedError
from auditor.ui.screens.review.asked import Answer, Errand
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state import access, session
from auditor.ui.state.filters import Filters

LEFT_OUT = ("image", "named")


def save(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """Keep the view on the screen under a name."""
    del line
    access.require("decide")
    parameters = {name: value for name, value in room.filters.parameters().items() if name not in LEFT_OUT}
    name = session.store().views.save(room.dataset.key, str(errand.get("name", "")), parameters, room.annotator)
    return {"name": name, "views": listed(room)}


def delete(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """Take a view off the list."""
    del line
    access.require("decide")
    session.store().views.delete(room.dataset.key, str(errand.get("name", "")))
    return {"views": listed(room)}


def show(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """Every view of the data set, as others may have saved some meanwhile."""
    del errand, line
    return {"views": listed(room)}


def listed(room: ReviewData) -> list[list[Any]]:
    """[name, parameters, who saved it] of each view."""
    views = session.store().views.list(room.dataset.key)
    return [[view.name, {**view.parameters, "named": view.name}, view.annotator] for view in views]


def resolve(parameters: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The parameters of the view that an address names, where it says nothing else of the view.

    An address with filters of its own keeps them: it is a link to exactly that. A name that is not there (any more)
    leaves the view as it is.
    """
    wanted = Filters.read(parameters)
    if not wanted.named or set(wanted.parameters()) - {"named", "image"}:
        return parameters
    try:
        view = session.store().views.find(key, wanted.named)
    except RefusedError:
        raise
    except AuditorError:  # the database is away: the room shows what it has
        return parameters
    return parameters if view is None else {**view.parameters, "named": view.name, "image": wanted.image}
