"""Faces like some others, and the most typical faces of a class."""

from __future__ import annotations

import numpy as np

from auditor.evidence import schema
from auditor.evidence.similar import similar
from auditor.ui.screens.review.asked import Answer, Errand, evidence, open_eyes, rows_of
from auditor.ui.screens.review.payload import Queue, Room
from auditor.ui.state import session
from auditor.ui.web.addresses import face_url

TYPICAL = 4
SIDE = 160


def find(errand: Errand, room: Room, line: Queue) -> Answer:
    """The faces most like the ones named, as a saved list that the browser opens as its queue.

    Returns:
        {sel: the list's token, faces: how many}.
    """
    del line
    open_eyes(room)
    rows = rows_of(errand, room)
    found = similar(evidence(room), rows)
    name = str(room.dataset.names[rows[0]])
    words = f"like {name}" if len(rows) == 1 else f"like {name} and {len(rows) - 1} more"
    return {"sel": session.save_selection(found, words), "faces": len(found)}


def typical(errand: Errand, room: Room, line: Queue) -> Answer:
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
    found = []
    for label in classes:
        of_class = np.flatnonzero((given == label) & (rows != row))
        first = of_class[np.argsort(doubt[of_class], kind="stable")[:TYPICAL]]
        if label >= 0:
            faces = [int(row) for row in rows[first]]
            found.append([label, [[face_url(room.dataset, k, SIDE), str(room.dataset.names[k])] for k in faces]])
    return {"classes": found}
