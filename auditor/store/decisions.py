"""The append-only log of decisions.

Classes are stored by name, not by number: an image folder that gains a class renumbers the others, and a decision must
not change its meaning with that. This file never needs to know which classes there are.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select

from auditor.errors import RefusedError
from auditor.store.appending import Appended, AppendRequest, append_batch, chain_end
from auditor.store.chain import ERASED, REMOVED, START, Link, expect, follow
from auditor.store.database import Database
from auditor.store.grouping import Grouped
from auditor.store.operations import Checked, Item, Operation, OperationRecord, check, row_of
from auditor.store.state import DecisionState
from auditor.store.tables import ITEMS, OPERATIONS


class Decisions:
    """The one writer of the tables `operations`, `items` and `chain`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states: dict[str, DecisionState] = {}
        self._links: dict[str, Link] = {}
        self._erasures: dict[str, int] = {}
        self._lock = threading.RLock()
        self._grouped = Grouped[AppendRequest, Appended](self._save)

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
        return self._grouped.run(AppendRequest(operations)).numbers if operations else []

    def append_unless_newer(self, operation: Operation, seen: int) -> Checked:
        """Save a decision for those of its images that nobody else decided after what its annotator saw.

        No newer decision comes in between: this is one transaction with the check.

        Args:
            operation: A decision on one or many images.
            seen: Number of the last operation that its annotator's screen showed.

        Returns:
            Its number, and the images that were left out; the same when it is sent again.

        Raises:
            RefusedError: The operation makes no sense; nothing is saved.
            UnavailableError: The database is away or busy; send it again.
        """
        check(operation)
        appended = self._grouped.run(AppendRequest([operation], seen))
        return Checked(appended.numbers[0] if appended.numbers else None, appended.newer)

    def append_each(self, requests: Sequence[AppendRequest]) -> list[Appended | RefusedError]:
        """Save several independent requests in their order, in one transaction where the database allows it.

        Args:
            requests: What is to be saved.

        Returns:
            What became of each, or why it is refused; a refused one does not keep the others from being saved.

        Raises:
            UnavailableError: The database is away or busy. Send all of them again: some may be saved.
        """
        outcomes: list[Appended | RefusedError | None] = [_refusal(request) for request in requests]
        sound = [place for place, refused in enumerate(outcomes) if refused is None]
        for place, outcome in zip(sound, self._grouped.run_each([requests[place] for place in sound]), strict=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, RefusedError):
                raise outcome
            outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _save(self, requests: Sequence[AppendRequest]) -> Sequence[Appended | Exception]:
        """Save what arrived together in one transaction; where the database refuses it, one request at a time."""
        try:
            with self._database.write() as connection:
                return append_batch(connection, requests, self.state)
        except RefusedError as error:
            if len(requests) == 1:
                return [error]
        return [outcome for request in requests for outcome in self._save([request])]

    def state(self, dataset: str) -> DecisionState:
        """Return the current state by class names. It is shared and kept up to date: read it, never change it.

        Args:
            dataset: The data set's key. `DecisionState.on` and `apply` translate the state into the numbers of a data
                set.

        Raises:
            BrokenChainError: The log was changed or lost records after they were saved.
            UnavailableError: The database is away or busy.
        """
        with self._lock:
            state = self._states.setdefault(dataset, DecisionState())
            newer = self._since(dataset, state.seq)
            if newer is None:  # what was read before names an image or a person that was erased since
                state = self._states[dataset] = DecisionState()
                self._links.pop(dataset, None)
                newer = self._since(dataset, 0) or []
            for entry in newer:
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

    def verify(self, dataset: str) -> Link:
        """Read a data set's whole log and check its chain.

        Returns:
            Its end: how many operations, and the last one's digest.

        Raises:
            BrokenChainError: It was changed or lost records; the last good operation is named.
            UnavailableError: The database is away or busy.
        """
        fresh = Decisions(self._database)
        fresh._since(dataset, 0)
        return fresh._links.get(dataset, START)

    def _since(self, dataset: str, seq: int) -> list[OperationRecord] | None:
        """The operations after a number, checked against the chain; None where one before it was erased since."""
        link = self._links.get(dataset, START)
        with self._database.read() as connection:
            # Read before the operations: those that it counts are all there then, whatever is saved meanwhile.
            length, digest, erasures = chain_end(connection, dataset)
            if seq and erasures != self._erasures.get(dataset):
                return None
            if length and (length, digest) == (link.length, link.digest):
                return []
            newer = (OPERATIONS.c.dataset == dataset) & (OPERATIONS.c.seq > seq)
            operations = connection.execute(select(OPERATIONS).where(newer).order_by(OPERATIONS.c.seq)).mappings().all()
            rows: dict[int, list[RowMapping]] = {operation["seq"]: [] for operation in operations}
            joined = select(ITEMS).join(OPERATIONS, OPERATIONS.c.seq == ITEMS.c.seq).where(newer)
            for row in connection.execute(joined.order_by(ITEMS.c.id)).mappings():
                # One that was saved since the operations were read must not come with its items alone.
                if row["seq"] in rows:
                    rows[row["seq"]].append(row)
            if operations and not length:  # the first one was saved in between, or the end was lost
                length, digest, erasures = chain_end(connection, dataset)
        links = [link]
        for operation in operations:
            links.append(follow(links[-1], operation, rows[operation["seq"]]))
        if operations or length:
            expect(dataset, links, length, digest)
        self._links[dataset] = links[-1]
        self._erasures[dataset] = erasures
        return [_record(operation, rows[operation["seq"]]) for operation in operations]


def _refusal(request: AppendRequest) -> RefusedError | None:
    try:
        for operation in request.operations:
            check(operation)
    except RefusedError as error:
        return error
    return None


def _item(row: RowMapping) -> Item:
    return Item(
        image=row["image"],
        row=row_of(row["row_number"]),
        action=row["action"],
        from_class=row["from_class"],
        to_class=row["to_class"],
        soft=json.loads(row["soft"]) if row["soft"] else None,
        text=row["note"],
        shown_at=row["shown_at"],
        exact=row["row_number"] < 0,
    )


def _record(row: RowMapping, items: Sequence[RowMapping]) -> OperationRecord:
    operation = Operation(
        op_id=row["op_id"],
        dataset=row["dataset"],
        annotator=row["annotator"],
        kind=row["kind"],
        target=row["target"],
        evidence=row["evidence"],
        mode=row["mode"],
        session=row["session"],
        items=tuple(_item(item) for item in items if item["action"] not in (ERASED, REMOVED)),
    )
    erased = sum(item["action"] == ERASED for item in items)
    return OperationRecord(seq=row["seq"], at=row["at"], operation=operation, erased=erased)
