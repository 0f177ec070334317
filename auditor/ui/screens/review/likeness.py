"""Faces like some others, and the most typical faces of a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from auditor.data.dataset import Dataset
from auditor.errors import AuditorError, RefusedError
from auditor.evidence import schema
from auditor.evidence.similar import similar
from auditor.evidence.versions import EvidenceVersion
from auditor.ui.screens.review.asked import Answer, Errand, evidence, open_eyes, rows_named, rows_of
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state import session
from auditor.ui.web.addresses import face_url

TYPICAL = 4
SIDE = 160


def resolve(parameters: Mapping[str, Any], dataset: Dataset, version: EvidenceVersion | None) -> tuple[Any, str]:
    """The view of the faces most like some others, where a message asks for that: `like` is a list of image names.

    It is part of the question for a page, so that the faces are there after one answer.

    Args:
        parameters: The view that is asked for.
        dataset: The data set on the screen.
        version: The evidence on the screen, or None.

    Returns:
        The view with a saved list in place of `like`, and ''; or the view as it was before and why there is none.
    """
    names = parameters.get("like")
    if names is None:
        return parameters, ""
    try:
        return {**{k: v for k, v in parameters.items() if k != "like"}, "sel": _save(names, dataset, version)}, ""
    except AuditorError as error:
        return st.session_state.get(session.LAST_VIEW, {}), str(error)


def _save(names: Any, dataset: Dataset, version: EvidenceVersion | None) -> str:
    if session.blind():
        raise RefusedError("Blind: this would show labels; leave blind mode first.")
    if version is None:
        raise RefusedError("No method has judged these faces yet; train one first.")
    rows = rows_named(names, dataset)
    name = str(dataset.names[rows[0]])
    words = f"like {name}" if len(rows) == 1 else f"like {name} and {len(rows) - 1} more"
    return session.save_selection(similar(version, rows), words)


def typical(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """The most typical faces of the classes that are given and suggested for one face: the least probably mislabelled.

    Returns:
        {classes: [[class index, [[address of the picture, name], ...]], ...]}.
    """
    del line
    open_eyes(room)
    row = int(rows_of(errand, room)[0])
    table = evidence(room).table
    rows, given = table[schema.ROW].to_numpy(), table[schema.GIVEN].to_numpy()
    doubt = table[schema.P_MISLABELLED].to_numpy()
    classes = dict.fromkeys((int(room.columns.given[row]), int(room.columns.suggested[row])))
    by_class = []
    for label in classes:
        of_class = np.flatnonzero((given == label) & (rows != row))
        first = of_class[np.argsort(doubt[of_class], kind="stable")[:TYPICAL]]
        if label >= 0:
            faces = [int(row) for row in rows[first]]
            by_class.append([label, [[face_url(room.dataset, k, SIDE), str(room.dataset.names[k])] for k in faces]])
    return {"classes": by_class}
