"""Undo or restore many decisions at once: pick them, describe them, and make the operations.

The log stays append-only: undoing a pass appends one undo for each of its decisions, all in one transaction, and each
can be redone.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor import durations
from auditor.errors import RefusedError
from auditor.plural import counted
from auditor.store.operations import Operation, OperationRecord
from auditor.store.state import DecisionState


@dataclass(frozen=True)
class Pass:
    """Decisions that are to be undone or redone together.

    Attributes:
        kind: 'undo' or 'redo'.
        records: The decisions, oldest first; only those that can be undone (or redone).
    """

    kind: str
    records: tuple[OperationRecord, ...]

    @property
    def images(self) -> int:
        """The number of images with these decisions, each counted once."""
        return len({item.image for record in self.records for item in record.operation.items})

    @property
    def sentence(self) -> str:
        """A summary: '12 decisions on 340 images: 8 by ada, 4 by bob, made 27 Nov 2026, 12:03 to 12:40'."""
        people = Counter(record.operation.annotator for record in self.records).most_common()
        by = ", ".join(f"{count:,} by {annotator}" for annotator, count in people)
        summary = f"{counted(len(self.records), 'decision')} on {counted(self.images, 'image')}"
        return f"{summary}: {by}, made {_between(self.records[0].at, self.records[-1].at)}" if self.records else summary

    def operations(self, dataset: str, annotator: str, session: str = "") -> list[Operation]:
        """Return the operations to save with `Decisions.append_all`.

        Args:
            dataset: The data set's key.
            annotator: Who undoes; the log keeps it.
            session: The session's name in the log.
        """
        # The last decision first, as somebody who undoes one by one would.
        return [
            Operation(uuid.uuid4().hex, dataset, annotator, self.kind, target=record.operation.op_id, session=session)
            for record in reversed(self.records)
        ]


def choose(
    records: Iterable[OperationRecord],
    kind: str = "undo",
    *,
    annotators: Collection[str] = (),
    since: float | None = None,
    from_seq: int | None = None,
) -> Pass:
    """Return the decisions to undo or redo that meet every given condition.

    Args:
        records: Records of the log, in any order.
        kind: 'undo' picks valid decisions, 'redo' those that are undone.
        annotators: Only decisions by these people; everybody's where empty.
        since: Only those saved then or later, seconds since 1970.
        from_seq: Only this operation and later ones.
    """
    picked = [
        record
        for record in records
        if record.operation.kind == "decide"
        and not record.empty
        and record.active == (kind == "undo")
        and (not annotators or record.operation.annotator in annotators)
        and (since is None or record.at >= since)
        and (from_seq is None or record.seq >= from_seq)
    ]
    return Pass(kind, tuple(sorted(picked, key=lambda record: record.seq)))


def of(state: DecisionState, op_ids: Sequence[str], kind: str = "undo") -> Pass:
    """Return the decisions with these op_ids, without those that can no longer be undone (or redone)."""
    return choose([state.records[op_id] for op_id in op_ids if op_id in state.records], kind)


def moment(text: str, now: float | None = None) -> float:
    """Parse 'today', '2026-01-31', '2026-01-31 14:30' (local time) or an ISO time with its zone to seconds since 1970.

    Raises:
        RefusedError: The text is none of these.
    """
    if text.strip().casefold() == "today":
        return datetime.fromtimestamp(time.time() if now is None else now).replace(
            hour=0, minute=0, second=0, microsecond=0
        ).timestamp()  # fmt: skip
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except ValueError as error:
        raise RefusedError(
            f"The time {text!r} is not understood; write today, 2026-01-31 or '2026-01-31 14:30'."
        ) from error


def _between(first: float, last: float) -> str:
    start, end = durations.moment(first), durations.moment(last)
    if start == end:
        return start
    day, _, minute = end.partition(", ")
    return f"{start} to {minute if start.startswith(day) else end}"
