"""What one browser tab did in a stretch of work: faces, pace, changes by class, agreement with the suggestions."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.naming import class_numbers
from auditor.store.operations import DECIDING, LABEL_ACTIONS, Item, OperationRecord
from auditor.store.state import DecisionState

TAB = re.compile(r"[A-Za-z0-9_]{1,64}")
PAUSE = 300.0  # seconds without a decision that do not count as work
BREAK = 3600.0  # seconds without a decision after which another stretch begins


def describe(dataset: Dataset, state: DecisionState, suggested: NDArray[np.int16] | None, tab: str) -> dict[str, Any]:
    """Sum up a tab's last stretch of work on a data set.

    A face counts once, as it was decided last in the stretch. What was judged blind counts among the faces only: the
    rest would tell hidden labels.

    Args:
        dataset: The data set in hand.
        state: Its decisions.
        suggested: int16 [N], the suggested class, -1 for none; None without evidence.
        tab: The tab's id, with which the ids of its operations begin.

    Returns:
        A JSON object: faces, seconds (of work), skipped, blind, kept, excluded, ambiguous, changes [[from, to, faces]]
        by class index with the most frequent first, and of those with a suggestion: compared, agreed.
    """
    records = _stretch([
        record
        for record in list(state.records.values())
        if record.active and record.operation.kind == "decide" and record.operation.session == tab
    ])  # fmt: skip
    last: dict[str, Item] = {}
    blind: set[str] = set()
    for record in records:
        for item in record.operation.items:
            if item.action in LABEL_ACTIONS:
                (blind.add if record.operation.mode in ("blind", "repeat") else blind.discard)(item.image)
                last[item.image] = item
    seen = {name: item for name, item in last.items() if name not in blind}
    actions = [item.action for item in seen.values()]
    compared, agreed = _agreement(dataset, seen, suggested)
    return {
        "faces": sum(item.action in DECIDING for item in last.values()),
        "seconds": round(_seconds(records)),
        "skipped": sum(item.action == "skip" for item in last.values()),
        "blind": len(blind),
        "kept": sum(item.action in ("keep", "relabel") and item.result == item.from_class for item in seen.values()),
        "excluded": actions.count("exclude"),
        "ambiguous": actions.count("ambiguous"),
        "changes": _changes(dataset, seen),
        "compared": compared,
        "agreed": agreed,
    }


def _stretch(records: list[OperationRecord]) -> list[OperationRecord]:
    """The records since the last long break."""
    first = len(records) - 1
    while first > 0 and records[first].at - records[first - 1].at < BREAK:
        first -= 1
    return records[max(first, 0) :]


def _seconds(records: list[OperationRecord]) -> float:
    """Time at work: between decisions, without pauses."""
    gaps = np.diff([record.at for record in records])
    return float(gaps[gaps < PAUSE].sum())


def _changes(dataset: Dataset, seen: dict[str, Item]) -> list[list[int]]:
    numbers = class_numbers(dataset)
    tally: Counter[tuple[int, int]] = Counter()
    for item in seen.values():
        before, after = numbers.number(item.from_class), numbers.number(item.result)
        if item.action in ("relabel", "ambiguous") and before is not None and after is not None and before != after:
            tally[before, after] += 1
    return [[*pair, count] for pair, count in tally.most_common()]


def _agreement(dataset: Dataset, seen: dict[str, Item], suggested: NDArray[np.int16] | None) -> tuple[int, int]:
    """How many decided faces have a suggestion, and how many got it."""
    if suggested is None:
        return 0, 0
    numbers = class_numbers(dataset)
    decided = {name: item for name, item in seen.items() if item.action in DECIDING}
    rows = dataset.rows_of(decided)
    pairs = [
        (numbers.number(item.result), int(suggested[row]))
        for item, row in zip(decided.values(), rows.tolist(), strict=True)
        if row >= 0 and suggested[row] >= 0
    ]
    return len(pairs), sum(label == hint for label, hint in pairs)
