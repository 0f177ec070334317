"""Append to the log of decisions: many callers' operations in one transaction, each caller's all or none."""

from __future__ import annotations

import functools
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert, select

from auditor.errors import RefusedError
from auditor.plural import counted
from auditor.store.chain import RESTORE, BrokenChainError, seal_item, seal_operation
from auditor.store.operations import LABEL_ACTIONS, Item, Operation, row_number
from auditor.store.state import DecisionState
from auditor.store.tables import CHAIN, DATASETS, ITEMS, OPERATIONS

_AT_ONCE = 500


@dataclass(frozen=True)
class _Saved:
    """What an undo must know of an operation, saved before or in this transaction; seq is None until it is written."""

    dataset: str
    kind: str
    seq: int | None = None


@dataclass(frozen=True)
class AppendRequest:
    """What one caller has to save, all of it or none.

    Attributes:
        operations: In order, checked by `operations.check`.
        seen: For a single decision: leave out its images that somebody else decided after this operation; None saves it
            for all.
    """

    operations: Sequence[Operation]
    seen: int | None = None


@dataclass(frozen=True)
class Appended:
    """What became of a request.

    Attributes:
        numbers: Its operations' numbers in the log, of the first time where one was sent before; none where every
            image of its decision was left out.
        newer: The images that were left out, each with who decided it.
    """

    numbers: list[int]
    newer: Mapping[str, str] = field(default_factory=dict)


def append_batch(
    connection: Connection, requests: Sequence[AppendRequest], state_of: Callable[[str], DecisionState]
) -> list[Appended | RefusedError]:
    """Save the operations of several requests, each request whole or not at all.

    Args:
        connection: A transaction.
        requests: What is to be saved.
        state_of: Returns a data set's current state. It is called after the data set is locked, so that nobody else can
            save anything in between.

    Returns:
        What became of every request, or why it is refused.
    """
    operations = [operation for request in requests for operation in request.operations]
    datasets = _lock(connection, {operation.dataset for operation in operations})
    in_log = _saved(connection, operations)
    current = functools.cache(state_of)  # nobody else saves meanwhile
    plan: dict[str, Operation] = {}
    outcomes: list[tuple[Sequence[Operation], Mapping[str, str]] | RefusedError] = []
    for request in requests:
        try:
            wanted, newer = _without_newer(request, datasets, in_log, plan, current)
            plan |= _new(wanted, datasets, in_log, plan)
            outcomes.append((wanted, newer))
        except RefusedError as error:
            outcomes.append(error)
    numbers = {op_id: saved.seq for op_id, saved in in_log.items()} | _write(connection, plan.values())
    return [
        outcome
        if isinstance(outcome, RefusedError)
        else Appended([int(numbers[operation.op_id] or 0) for operation in outcome[0]], outcome[1])
        for outcome in outcomes
    ]


def _without_newer(
    request: AppendRequest,
    datasets: set[str],
    in_log: Mapping[str, _Saved],
    planned: Mapping[str, Operation],
    state_of: Callable[[str], DecisionState],
) -> tuple[Sequence[Operation], Mapping[str, str]]:
    """A request's operations without the images that somebody else decided, and those with who decided them."""
    if request.seen is None:
        return request.operations, {}
    (operation,) = request.operations
    if operation.dataset not in datasets:
        return request.operations, {}  # refused next
    state = state_of(operation.dataset)
    if operation.op_id in in_log:  # sent again: the same answer
        saved = {item.image for item in state.records[operation.op_id].operation.items}
        left = [item.image for item in operation.items if item.image not in saved]
        return request.operations, {name: _decider(state, name) for name in left}
    newer = _newer(state, operation, request.seen) | _decided_beside(operation, planned.values())
    rest = tuple(item for item in operation.items if item.image not in newer)
    return ([replace(operation, items=rest)] if rest else []), newer


def _newer(state: DecisionState, operation: Operation, seen: int) -> dict[str, str]:
    """The images of a decision that somebody else decided after operation `seen`, each with who."""
    newer = {}
    for item in operation.items:
        held = state.alike(item.image) if item.action in LABEL_ACTIONS else None
        if held is not None and held.seq is not None and held.seq > seen and held.annotator != operation.annotator:
            newer[item.image] = str(held.annotator)
    return newer


def _decided_beside(operation: Operation, planned: Iterable[Operation]) -> dict[str, str]:
    """The images of a decision that somebody else decides in the same transaction, before it."""
    judged = {item.image for item in operation.items if item.action in LABEL_ACTIONS}
    return {
        item.image: other.annotator
        for other in planned
        if other.dataset == operation.dataset and other.annotator != operation.annotator and other.mode != "repeat"
        for item in other.items
        if item.action in LABEL_ACTIONS and item.image in judged
    }


def _decider(state: DecisionState, image: str) -> str:
    held = state.alike(image)
    return str(held.annotator) if held is not None and held.annotator else "Somebody else"


def _lock(connection: Connection, keys: set[str]) -> set[str]:
    """The data sets that exist, locked in an order that is the same for everybody.

    PostgreSQL hands out numbers before it commits; readers that ask for "after seq" would miss a slow writer's
    operation for good. One writer a data set at a time keeps the order of commits, numbers and the chain the same.
    """
    rows = select(DATASETS.c.key).where(DATASETS.c.key.in_(sorted(keys))).order_by(DATASETS.c.key)
    if connection.dialect.name == "postgresql":
        rows = rows.with_for_update()
    return set(connection.execute(rows).scalars())


def _saved(connection: Connection, operations: Sequence[Operation]) -> dict[str, _Saved]:
    """Those that are in the log already, and the targets that are."""
    ids = [op_id for operation in operations for op_id in (operation.op_id, operation.target) if op_id is not None]
    columns = select(OPERATIONS.c.op_id, OPERATIONS.c.dataset, OPERATIONS.c.kind, OPERATIONS.c.seq)
    in_log: dict[str, _Saved] = {}
    for start in range(0, len(ids), _AT_ONCE):
        for row in connection.execute(columns.where(OPERATIONS.c.op_id.in_(ids[start : start + _AT_ONCE]))):
            in_log[row.op_id] = _Saved(row.dataset, row.kind, int(row.seq))
    return in_log


def _new(
    request: Sequence[Operation], datasets: set[str], in_log: dict[str, _Saved], planned: dict[str, Operation]
) -> dict[str, Operation]:
    """The operations of a request that are to be written, by op_id."""
    new: dict[str, Operation] = {}
    for operation in request:
        if operation.dataset not in datasets:
            raise RefusedError(
                f"The data set {operation.dataset} is not in this workspace; open it on the Data page first."
            )
        if operation.op_id in in_log or operation.op_id in planned or operation.op_id in new:
            continue
        target = operation.target
        if target is not None:
            there = in_log.get(target) or new.get(target) or planned.get(target)
            if there is None or there.kind != "decide" or there.dataset != operation.dataset:
                raise RefusedError("The decision to undo is not in this data set's log; reload the page and try again.")
        new[operation.op_id] = operation
    return new


def _write(connection: Connection, operations: Iterable[Operation]) -> dict[str, int]:
    """Write operations behind the ends of their data sets' chains; their numbers by op_id."""
    operations = list(operations)
    datasets = sorted({operation.dataset for operation in operations})
    ends = {dataset: _end_to_write_behind(connection, dataset) for dataset in datasets}
    numbers: dict[str, int] = {}
    items: list[dict[str, Any]] = []
    for operation in operations:
        length, previous = ends[operation.dataset]
        sealed_items = [seal_item(_item_values(item)) for item in operation.items]
        sealed = seal_operation(previous, _operation_values(operation), sealed_items)
        ends[operation.dataset] = (length + 1, sealed["digest"])
        seq = int(connection.execute(insert(OPERATIONS).returning(OPERATIONS.c.seq), [sealed]).scalar_one())
        items += [{**item, "seq": seq} for item in sealed_items]
        numbers[operation.op_id] = seq
    if items:
        connection.execute(insert(ITEMS), items)
    for dataset, (length, digest) in ends.items():
        end = {"length": length, "digest": digest}
        updated = connection.execute(CHAIN.update().where(CHAIN.c.dataset == dataset).values(**end))
        if updated.rowcount == 0:
            connection.execute(insert(CHAIN).values(dataset=dataset, erasures=0, **end))
    return numbers


def chain_end(connection: Connection, dataset: str) -> tuple[int, str, int]:
    """The recorded length of a data set's chain, its last digest, and how often something was erased from it.

    Where nothing was saved: 0, empty and -1.
    """
    row = connection.execute(select(CHAIN).where(CHAIN.c.dataset == dataset)).first()
    return (int(row.length), str(row.digest), int(row.erasures)) if row else (0, "", -1)


def _end_to_write_behind(connection: Connection, dataset: str) -> tuple[int, str]:
    """As `chain_end`, refused where it is not the end of the log: what is written behind a break would be lost."""
    length, digest, _ = chain_end(connection, dataset)
    own = OPERATIONS.c.dataset == dataset
    last = connection.execute(
        select(OPERATIONS.c.digest).where(own).order_by(OPERATIONS.c.seq.desc()).limit(1)
    ).scalar()
    if (last or "") != digest:
        raise BrokenChainError(
            f"The log of the data set {dataset} does not end where it should (after {counted(length, 'operation')}), "
            f"so nothing is saved after it. {RESTORE}"
        )
    return length, digest


def _operation_values(operation: Operation) -> dict[str, Any]:
    names = ("op_id", "dataset", "annotator", "kind", "target", "evidence", "mode", "session")
    return {**{name: getattr(operation, name) for name in names}, "at": time.time()}


def _item_values(item: Item) -> dict[str, Any]:
    moment = None if item.shown_at is None else float(item.shown_at)
    return {
        "image": item.image,
        "row_number": row_number(item),
        "action": item.action,
        "from_class": item.from_class,
        "to_class": item.to_class,
        "soft": None if item.soft is None else json.dumps({name: share for name, share in item.soft.items() if share}),
        "note": item.text,
        "shown_at": moment if moment is not None and math.isfinite(moment) else None,
    }
