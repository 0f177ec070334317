"""Undoing many decisions at once: which ones, in how many words, and the operations that do it.

The log stays append-only: undoing a pass appends one undo for each of its decisions, all in one transaction, and each
can be brought back.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.errors import RefusedError
from auditor.store.operations import Operation, OperationRecord
from auditor.store.state import DecisionState


@dataclass(frozen=True)
class Pass:
    """Some decisions that are to be undone or brought back together.

    Attributes:
        kind: undo or redo.
        records: the decisions, oldest first; only those for which the kind makes sense.
    """

    kind: str
    records: tuple[OperationRecord, ...]

    @property
    def images(self) -> int:
        """How many images these decisions are on, each counted once."""
        return len({item.image for record in self.records for item in record.operation.items})

    @property
    def sentence(self) -> str:
        """What it holds: '12 decisions on 340 images: 8 by ada, 4 by bob, made 27 Nov 2026, 12:03 to 12:40'."""
        people = Counter(record.operation.annotator for record in self.records).most_common()
        by = ", ".join(f"{count:,} by {who}" for who, count in people)
        made = f"{_many(len(self.records), 'decision')} on {_many(self.images, 'image')}"
        return f"{made}: {by}, made {_between(self.records[0].at, self.records[-1].at)}" if self.records else made

    def operations(self, dataset: str, annotator: str, session: str = "") -> list[Operation]:
        """The operations that do it, to be saved with `Decisions.append_all`.

        Args:
            dataset: the data set's key.
            annotator: who undoes; the log keeps it.
            session: the session's name in the log.
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
    """Pick the decisions of a pass.

    Args:
        records: of the log, in any order.
        kind: 'undo' picks decisions that stand, 'redo' those that are undone.
        annotators: only by these; everybody where empty.
        since: only those saved then or later, seconds since 1970.
        from_seq: only this operation and later ones.
    """
    chosen = [
        record
        for record in records
        if record.operation.kind == "decide"
        and record.active == (kind == "undo")
        and (not annotators or record.operation.annotator in annotators)
        and (since is None or record.at >= since)
        and (from_seq is None or record.seq >= from_seq)
    ]
    return Pass(kind, tuple(sorted(chosen, key=lambda record: record.seq)))


def of(state: DecisionState, op_ids: Sequence[str], kind: str = "undo") -> Pass:
    """The decisions of these names, those left out for which the kind makes no sense any more."""
    return choose([state.records[op_id] for op_id in op_ids if op_id in state.records], kind)


def moment(text: str, now: float | None = None) -> float:
    """Seconds since 1970 of 'today', '2026-01-31', '2026-01-31 14:30' (local time) or an ISO time with its zone.

    Raises:
        RefusedError: It is none of these.
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
    start, end = (datetime.fromtimestamp(at) for at in (first, last))
    if f"{start:%Y%m%d%H%M}" == f"{end:%Y%m%d%H%M}":
        return f"{start:%d %b %Y, %H:%M}"
    return (
        f"{start:%d %b %Y, %H:%M} to {end:%H:%M}"
        if start.date() == end.date()
        else (f"{start:%d %b %Y, %H:%M} to {end:%d %b %Y, %H:%M}")
    )


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"
