"""The decisions since a page was drawn, as JSON: the grid asks every few seconds, without a run of the script."""

from __future__ import annotations

import time
from typing import Any

from auditor.data.dataset import Dataset
from auditor.store.operations import FINAL, LABEL_ACTIONS, Item, OperationRecord
from auditor.store.state import DecisionState, Standing

ROWS_LIMIT = 500


def since(
    dataset: Dataset, state: DecisionState, seq: int, rows: list[int], *, now: float | None = None
) -> dict[str, Any]:
    """Return the latest action on each image that was judged again after an operation.

    Args:
        dataset: The data set.
        state: Its decisions.
        seq: The last operation that the browser has seen.
        rows: The images on its page.
        now: Seconds since 1970, for tests.

    Returns:
        `seq`: the last operation there is; `changed`: [[name, who, browser session, act, label, seconds ago, state,
        number]], where act is keep, relabel, ambiguous, exclude, skip, final, undo or redo, label the class index it
        left, and state what holds now: [action, label, soft, note, tags, annotator, seq, final]; number is its place
        in the log.
    """
    moment = time.time() if now is None else now
    wanted = {str(dataset.names[row]) for row in rows}
    changed: dict[str, list[Any]] = {}
    for record in reversed(list(state.records.values())):
        if record.seq <= seq:
            break
        for item in _items(record, state):
            if item.image in wanted and item.image not in changed:
                held = state.standing(dataset, item.image)
                changed[item.image] = _line(item, record, held, max(0.0, moment - record.at))
    return {"seq": state.seq, "changed": list(changed.values())}


def _items(record: OperationRecord, state: DecisionState) -> tuple[Item, ...]:
    """Return the items that an operation judged; notes and tags cannot contradict anybody."""
    target = record.operation.target
    operation = state.records[target].operation if target in state.records else record.operation
    visible = operation.mode in ("open", FINAL)
    return tuple(item for item in operation.items if visible and item.action in LABEL_ACTIONS)


def _line(item: Item, record: OperationRecord, held: Standing | None, ago: float) -> list[Any]:
    operation = record.operation
    decision = "final" if operation.mode == FINAL else item.action
    act = decision if operation.kind == "decide" else operation.kind
    label = None if held is None else held.label
    now: list[Any] = [None, None, None, None, [], None, None, False]
    if held is not None:
        marks = (held.soft, held.note, list(held.tags))
        now = [held.action, label, *marks, held.annotator, held.state.seq, held.mode == FINAL]
    return [item.image, operation.annotator, operation.session, act, label, round(ago, 1), now, record.seq]
