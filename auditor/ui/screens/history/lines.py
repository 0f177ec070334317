"""The log of decisions in words, and who made how many when."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.plural import counted
from auditor.store.operations import Item, OperationRecord
from auditor.store.state import Lapsed
from auditor.ui.state.decide import WORDS

STEPS = (60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400)
MOST_BARS = 60


@dataclass(frozen=True)
class Line:
    """One operation for the screen.

    Attributes:
        record: The operation.
        words: What it did: 'relabelled 3 images, fear to surprise'.
        rows: Data set rows it touched, that are still there.
        can: 'undo', 'redo' or '' for what can be done with it.
        lapsed: Why what it decided is no longer applicable, or ''.
    """

    record: OperationRecord
    words: str
    rows: tuple[int, ...]
    can: str
    lapsed: str = ""


def lines(
    dataset: Dataset,
    records: Sequence[OperationRecord],
    by_id: Mapping[str, OperationRecord],
    lapsed: Sequence[Lapsed] = (),
) -> list[Line]:
    """Operations as lines, in their order.

    Args:
        dataset: The data set.
        records: Operations to show.
        by_id: Every operation, so that an undo can say what it undid.
        lapsed: The standing decisions that are no longer applicable (`DecisionState.lapsed`).
    """
    reasons: dict[str, Counter[str]] = {}
    for each in lapsed:
        reasons.setdefault(each.state.op_id or "", Counter())[each.reason] += 1
    return [
        replace(_line(dataset, record, by_id), lapsed=_lapsed(reasons.get(record.operation.op_id)))
        for record in records
    ]


def _lapsed(reasons: Counter[str] | None) -> str:
    """Why decisions of one operation are no longer applicable, each reason once, with the number of images."""
    counted_reasons = (reasons or Counter()).items()
    return "; ".join(f"{count:,} no longer applicable: {reason}" for reason, count in counted_reasons)


def _line(dataset: Dataset, record: OperationRecord, by_id: Mapping[str, OperationRecord]) -> Line:
    operation = record.operation
    if operation.kind == "decide":
        words = described(record)
        if record.empty:
            return Line(record, words, (), "")
        if operation.mode == "repeat":
            return Line(record, f"{words} (a repeat, to measure consistency)", _rows(dataset, operation.items), "")
        blind = {"blind": " (blind)", "final": " (final)"}.get(operation.mode, "")
        return Line(record, words + blind, _rows(dataset, operation.items), "undo" if record.active else "redo")
    target = by_id.get(operation.target or "")
    verb = "undid" if operation.kind == "undo" else "brought back"
    if target is None:
        return Line(record, verb, (), "")
    return Line(record, f"{verb}: {described(target)}", _rows(dataset, target.operation.items), "")


def described(record: OperationRecord) -> str:
    """What a decision did, in words, with the number of its images that were erased since."""
    gone = f"decided {counted(record.erased, 'erased image')}" if record.erased else ""
    decided = describe(record.operation.items) if record.operation.items else ""
    return "; ".join(filter(None, (decided, gone))) or "a decision on an erased image"


def in_view(records: Sequence[OperationRecord], by_id: Mapping[str, OperationRecord]) -> list[OperationRecord]:
    """Leave out decisions whose images were all erased and removed from view, and what undid or brought them back."""

    def hidden(record: OperationRecord | None) -> bool:
        return record is not None and record.empty and not record.erased

    return [record for record in records if not hidden(record) and not hidden(by_id.get(record.operation.target or ""))]


def describe(items: Sequence[Item]) -> str:
    """What some items do, in words; classes are named as they were when it was decided."""
    actions = Counter(_action(item) for item in items)
    if len(actions) != 1:
        return ", ".join(f"{count:,} {WORDS[action]}" for action, count in actions.most_common())
    action = next(iter(actions))
    what = items[0].image if len(items) == 1 else counted(len(items), "image")
    return f"{WORDS[action]} {what}{_detail(action, items)}"


def _action(item: Item) -> str:
    """The action in effect: a number key for the label that the face has keeps it."""
    return "keep" if item.action == "relabel" and item.to_class == item.from_class else item.action


def _detail(action: str, items: Sequence[Item]) -> str:
    texts = {item.text for item in items}
    text = texts.pop() if len(texts) == 1 else None
    if action in ("tag", "untag", "note") or (text and action == "keep"):
        return f": {text}" if text else ""
    if action != "relabel":
        return ""
    origins = {item.from_class for item in items}
    targets = {item.to_class for item in items}
    origin = origins.pop() or "no label" if len(origins) == 1 else "several"
    target = targets.pop() or "no label" if len(targets) == 1 else "each its own suggestion"
    return f", {origin} to {target}{f': {text}' if text else ''}"


def _rows(dataset: Dataset, items: Sequence[Item]) -> tuple[int, ...]:
    """Rows by name, for rows may have shifted since; images that are gone are left out."""
    rows = []
    for item in items:
        try:
            rows.append(int(dataset.index_of(item.image)))
        except KeyError:
            continue
    return tuple(dict.fromkeys(rows))


@dataclass(frozen=True)
class Activity:
    """Decisions over time.

    Attributes:
        starts: Start of each bar, seconds since 1970 [B].
        step: Length of a bar in seconds.
        images: By annotator, images decided in each bar [B].
    """

    starts: NDArray[np.float64]
    step: int
    images: dict[str, NDArray[np.int64]]


def activity(records: Sequence[OperationRecord]) -> Activity | None:
    """How many images each annotator decided when; undone decisions do not count; None where there are none."""
    decisions = [r for r in records if r.operation.kind == "decide" and r.active]
    if not decisions:
        return None
    times = np.array([record.at for record in decisions])
    span = float(np.ptp(times))
    step = next((s for s in STEPS if span / s <= MOST_BARS), STEPS[-1])
    offset = time.localtime(times[0]).tm_gmtoff  # days begin at the reader's midnight
    bins = ((times + offset) // step).astype(np.int64)
    first, count = int(bins.min()), int(np.ptp(bins)) + 1
    images: dict[str, NDArray[np.int64]] = {}
    for record, place in zip(decisions, bins, strict=True):
        row = images.setdefault(record.operation.annotator, np.zeros(count, dtype=np.int64))
        row[place - first] += len(record.operation.items) + record.erased
    starts = (first + np.arange(count, dtype=np.float64)) * step - offset
    return Activity(starts, step, images)
