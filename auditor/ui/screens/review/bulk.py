"""Accepting the suggestion of every face in the queue: shown by class first, saved as one decision that U undoes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from auditor.errors import RefusedError
from auditor.store import counts
from auditor.store.operations import Operation, item_of
from auditor.ui.screens.review.asked import Answer, Errand, open_eyes
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state import decide, session


def _rows_to_decide(room: ReviewData, line: Queue) -> tuple[NDArray[np.int32], int, int]:
    """The rows that would be decided, and how many are left out as reviewed and as without a suggestion."""
    open_eyes(room)
    rows = line.rows
    reviewed = counts.reviewed(room.overlay.action[rows])
    unknown = ~reviewed & (line.columns.suggested[rows] < 0)
    return rows[~reviewed & ~unknown], int(reviewed.sum()), int(unknown.sum())


def preview(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """What accepting the whole queue would do.

    Returns:
        {queue, faces, reviewed, unknown, changes: [[from, to, faces], ...]}: the queue's name, which `apply` has to
        be given back; how many faces would be decided; how many are left out because they are reviewed, and because
        nothing is suggested; and the faces by given and suggested class index, the most frequent first.
    """
    del errand
    rows, reviewed, unknown = _rows_to_decide(room, line)
    size = room.dataset.num_classes
    pairs = line.columns.given[rows].astype(np.int64) * size + line.columns.suggested[rows]
    tally = np.bincount(pairs, minlength=size * size)
    order = [int(pair) for pair in np.argsort(-tally, kind="stable") if tally[pair]]
    changes = [[pair // size, pair % size, int(tally[pair])] for pair in order]
    return {"queue": line.id, "faces": len(rows), "reviewed": reviewed, "unknown": unknown, "changes": changes}


def apply(errand: Errand, room: ReviewData, line: Queue) -> Answer:
    """Accept the suggestions of the queue that was previewed.

    Returns:
        {op: the decision's id, for undo; faces: without those that somebody else decides at the same moment; name: of
        the first face}.

    Raises:
        RefusedError: The queue is another one by now, or its decisions changed what was shown.
    """
    seen = room.state.seq  # before the decisions are looked at: what comes later is somebody else's
    rows, _, _ = _rows_to_decide(room, line)
    if errand.get("queue") != line.id or errand.get("faces") != len(rows) or not len(rows):
        raise RefusedError("The queue has changed since it was shown; look at the preview again.")
    items = []
    for row in rows.tolist():
        given, suggested = int(line.columns.given[row]), int(line.columns.suggested[row])
        items.append(item_of(room.dataset, row, "keep" if given == suggested else "relabel", suggested))
    # The errand's own id: sent again after a lost answer, it is the same decision.
    op_id = f"{errand.get('tab') or 'bulk'}-{errand['id']}"[:64]
    operation = Operation(
        op_id,
        room.dataset.key,
        room.annotator,
        evidence=room.evidence,
        session=op_id.split("-", maxsplit=1)[0],
        items=tuple(items),
    )
    decide.check_mode(operation.mode)
    newer = session.store().decisions.append_unless_newer(operation, seen).newer
    return {"op": op_id, "faces": len(items) - len(newer), "name": items[0].image}
