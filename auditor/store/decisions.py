"""The append-only log of decisions.

Classes are stored by name, not by number: an image folder that gains a class renumbers the others, and a decision must
not change its meaning with that. This file never needs to know which classes there are.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, text

from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.datasets import Datasets
from auditor.store.operations import Item, Operation, OperationRecord, check
from auditor.store.state import DecisionState
from auditor.store.tables import ITEMS, OPERATIONS


class Decisions:
    """The one writer of the tables `operations` and `items`."""

    def __init__(self, database: Database, datasets: Datasets) -> None:
        self._database = database
        self._datasets = datasets
        self._states: dict[str, DecisionState] = {}
        self._lock = threading.RLock()

    def append(self, operation: Operation) -> int:
        """Save one operation; when this returns it is on the disk.

        Args:
            operation: What was done. Its op_id makes a repeat harmless.

        Returns:
            The operation's number in the log; where it was sent before, the number that it got then.

        Raises:
            RefusedError: The operation makes no sense; nothing is saved, now or when it is sent again.
            UnavailableError: The database is away or busy; send it again.
        """
        return self.append_all([operation])[0]

    def append_all(self, operations: Sequence[Operation]) -> list[int]:
        """Save several operations, all of them or none.

        Args:
            operations: What was done, in order.

        Returns:
            Their numbers in the log.

        Raises:
            RefusedError: One of them makes no sense; none is saved.
            UnavailableError: The database is away or busy; send them again.
        """
        for operation in operations:
            check(operation)
        for dataset in sorted({operation.dataset for operation in operations}):
            self._datasets.get(dataset)
        with self._database.write() as connection:
            for dataset in sorted({operation.dataset for operation in operations}):
                _serialise(connection, dataset)
            return [self._append(connection, operation) for operation in operations]

    def _append(self, connection: Connection, operation: Operation) -> int:
        saved_seq = connection.execute(
            select(OPERATIONS.c.seq).where(OPERATIONS.c.op_id == operation.op_id)
        ).scalar_one_or_none()
        if saved_seq is not None:
            return int(saved_seq)
        _check_target(connection, operation)
        seq = int(
            connection.execute(
                insert(OPERATIONS).returning(OPERATIONS.c.seq), [_operation_values(operation)]
            ).scalar_one()
        )
        if operation.items:
            connection.execute(insert(ITEMS), [_item_values(seq, item) for item in operation.items])
        return seq

    def state(self, dataset: str) -> DecisionState:
        """Return the current state by class names. It is shared and kept up to date: read it, never change it.

        Args:
            dataset: The data set's key. `DecisionState.on` and `apply` translate the state into the numbers of a data
                set.
        """
        with self._lock:
            state = self._states.setdefault(dataset, DecisionState())
            for entry in self._since(dataset, state.seq):
                state.add(entry)
            return state

    def undo_target(self, dataset: str, annotator: str) -> str | None:
        """Return the op_id that an undo by this annotator would undo, or None."""
        with self._lock:
            return self.state(dataset).undo_target(annotator)

    def redo_target(self, dataset: str, annotator: str) -> str | None:
        """Return the op_id that a redo by this annotator would restore, or None."""
        with self._lock:
            return self.state(dataset).redo_target(annotator)

    def history(self, dataset: str, limit: int = 100, before: int | None = None) -> list[OperationRecord]:
        """Return operations of the log, newest first.

        Args:
            dataset: The data set's key.
            limit: At most so many operations.
            before: Only operations with a lower number than this.
        """
        with self._lock:
            newest: list[OperationRecord] = []
            for record in reversed(self.state(dataset).records.values()):
                if before is None or record.seq < before:
                    newest.append(record)
                if len(newest) == limit:
                    break
            return newest

    def acknowledged(self, session: str) -> int:
        """Return how many operations of one browser session are saved."""
        with self._database.read() as connection:
            count = select(func.count()).select_from(OPERATIONS).where(OPERATIONS.c.session == session)
            return int(connection.execute(count).scalar_one())

    def saved(self, op_ids: Sequence[str]) -> set[str]:
        """Return those of these operations that are saved."""
        saved_ids: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(op_ids), 500):
                part = select(OPERATIONS.c.op_id).where(OPERATIONS.c.op_id.in_(op_ids[start : start + 500]))
                saved_ids.update(connection.execute(part).scalars())
        return saved_ids

    def _since(self, dataset: str, seq: int) -> Iterable[OperationRecord]:
        newer = (OPERATIONS.c.dataset == dataset) & (OPERATIONS.c.seq > seq)
        with self._database.read() as connection:
            operations = connection.execute(select(OPERATIONS).where(newer).order_by(OPERATIONS.c.seq)).mappings().all()
            if not operations:
                return []
            # Bounded by the last operation just read: one saved in between must not come with its items alone.
            joined = select(ITEMS).join(OPERATIONS, OPERATIONS.c.seq == ITEMS.c.seq).where(newer)
            bounded = joined.where(OPERATIONS.c.seq <= operations[-1]["seq"]).order_by(ITEMS.c.id)
            items: dict[int, list[Item]] = {}
            for row in connection.execute(bounded).mappings():
                items.setdefault(row["seq"], []).append(_item(row))
        return [_record(row, tuple(items.get(row["seq"], ()))) for row in operations]


def _check_target(connection: Connection, operation: Operation) -> None:
    if operation.target is None:
        return
    target = connection.execute(
        select(OPERATIONS.c.kind, OPERATIONS.c.dataset).where(OPERATIONS.c.op_id == operation.target)
    ).first()
    if target is None or target.kind != "decide" or target.dataset != operation.dataset:
        raise RefusedError("The decision to undo is not in this data set's log; reload the page and try again.")


def _serialise(connection: Connection, dataset: str) -> None:
    # PostgreSQL hands out numbers before it commits; readers that ask for "after seq" would miss a slow writer's
    # operation for good. One writer a data set at a time keeps commit order and number order the same.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT 1 FROM datasets WHERE key = :key FOR UPDATE"), {"key": dataset})


def _operation_values(operation: Operation) -> dict[str, Any]:
    names = ("op_id", "dataset", "annotator", "kind", "target", "evidence", "mode", "session")
    return {**{name: getattr(operation, name) for name in names}, "at": time.time()}


def _item_values(seq: int, item: Item) -> dict[str, Any]:
    return {
        "seq": seq,
        "image": item.image,
        "row_number": item.row,
        "action": item.action,
        "from_class": item.from_class,
        "to_class": item.to_class,
        "soft": None if item.soft is None else json.dumps({name: share for name, share in item.soft.items() if share}),
        "note": item.text,
        "shown_at": item.shown_at,
    }


def _item(row: RowMapping) -> Item:
    return Item(
        image=row["image"],
        row=row["row_number"],
        action=row["action"],
        from_class=row["from_class"],
        to_class=row["to_class"],
        soft=json.loads(row["soft"]) if row["soft"] else None,
        text=row["note"],
        shown_at=row["shown_at"],
    )


def _record(row: RowMapping, items: tuple[Item, ...]) -> OperationRecord:
    operation = Operation(
        op_id=row["op_id"],
        dataset=row["dataset"],
        annotator=row["annotator"],
        kind=row["kind"],
        target=row["target"],
        evidence=row["evidence"],
        mode=row["mode"],
        session=row["session"],
        items=items,
    )
    return OperationRecord(seq=row["seq"], at=row["at"], operation=operation)
