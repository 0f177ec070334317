"""The query line of the review room: what it leaves of the queue, and the columns that it can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.store.naming import class_numbers
from auditor.ui.state import library, session
from auditor.ui.state.query import answer, facts
from auditor.ui.state.query.parse import QueryError

if TYPE_CHECKING:
    import pandas as pd

    from auditor.ui.screens.review.payload import ReviewData


def described(room: ReviewData) -> tuple[NDArray[np.bool_] | None, str]:
    """What the query line of a view describes, and why it cannot be answered.

    Returns:
        bool [N], or None where nothing is asked; and a sentence, '' where it is answered. A line that cannot be
        answered describes nothing: to show every face would look like an answer.
    """
    text = room.filters.query.strip()
    if not text:
        return None, ""
    try:
        return answer.described(text, room.dataset, _table(room), room.overlay), ""
    except QueryError as error:
        return np.zeros(len(room.dataset), np.bool_), str(error)


def columns(room: ReviewData) -> list[list[Any]]:
    """Name, kind and words of every column, for completion; none in blind mode, where there is no query line."""
    if room.filters.blind:
        return []
    by_name = facts.facts(room.dataset, _table(room), room.overlay)
    return facts.listed(by_name, class_numbers(room.dataset).names)


def _table(room: ReviewData) -> pd.DataFrame | None:
    if room.evidence is None:
        return None
    version = library.evidence(session.workspace(), room.dataset, room.evidence)
    return None if version is None else version.table
