"""Decisions made outside the review grid, on many images or many decisions at once: on the map, in the history."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.operations import FINAL, Operation, OperationRecord, item_of
from auditor.store.store import Store
from auditor.store.undoing import Pass
from auditor.ui.state import access

WORDS = {
    "keep": "kept",
    "relabel": "relabelled",
    "ambiguous": "called ambiguous",
    "exclude": "excluded",
    "skip": "skipped",
    "tag": "tagged",
    "untag": "untagged",
    "note": "noted",
}


def on_rows(
    store: Store,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.integer[Any]],
    action: str,
    *,
    annotator: str,
    label: int | None = None,
    text: str | None = None,
    evidence: str | None = None,
    mode: str = "open",
) -> str:
    """Save the same decision on every row, as one operation that one undo reverts.

    Args:
        store: Where decisions are kept.
        dataset: The data set.
        rows: Data set rows.
        action: 'keep', 'relabel', 'ambiguous', 'exclude', 'skip', 'tag' or 'untag'.
        annotator: Who decides.
        label: The new label, for relabel.
        text: The tag.
        evidence: The evidence version on the screen.
        mode: 'open', or 'final' for a decision that ends a disagreement.

    Returns:
        The operation's id, for `undo`.

    Raises:
        RefusedError: The decision is invalid, or the person's role does not allow it.
        UnavailableError: The database is away.
    """
    check_mode(mode)
    items = tuple(item_of(dataset, int(row), action, label, text=text) for row in rows)
    operation = Operation(uuid.uuid4().hex, dataset.key, annotator, evidence=evidence, mode=mode, items=items)
    store.decisions.append(operation)
    return operation.op_id


def on_rows_as_seen(
    store: Store,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.integer[Any]],
    action: str,
    *,
    annotator: str,
    seen: int,
    label: int | None = None,
    text: str | None = None,
    evidence: str | None = None,
) -> tuple[str, Mapping[str, str]]:
    """As `on_rows`, but what somebody else decided after operation `seen` is left as it is.

    Args:
        store: Where decisions are kept.
        dataset: The data set.
        rows: Data set rows.
        action: 'keep', 'relabel', 'ambiguous', 'exclude', 'skip', 'tag' or 'untag'.
        annotator: Who decides.
        seen: Number of the last operation that the screen showed.
        label: The new label, for relabel.
        text: The tag.
        evidence: The evidence version on the screen.

    Returns:
        The operation's id, for `undo`, '' where nothing was saved; and the images that were left, each with who
        decided it.

    Raises:
        RefusedError: It makes no sense, or the person's role does not allow it.
        UnavailableError: The database is away.
    """
    check_mode("open")
    items = tuple(item_of(dataset, int(row), action, label, text=text) for row in rows)
    operation = Operation(uuid.uuid4().hex, dataset.key, annotator, evidence=evidence, items=items)
    outcome = store.decisions.append_unless_newer(operation, seen)
    return "" if outcome.seq is None else operation.op_id, outcome.newer


def undo(store: Store, dataset: Dataset, op_id: str, *, annotator: str) -> None:
    """Undo one operation: one's own, or as a lead anybody's.

    Raises:
        RefusedError: There is no such operation, or the person's role does not allow it.
        UnavailableError: The database is away.
    """
    _turn("undo", store, dataset, op_id, annotator)


def redo(store: Store, dataset: Dataset, op_id: str, *, annotator: str) -> None:
    """Redo an undone operation: as `undo`.

    Raises:
        RefusedError: There is no such operation, or the person's role does not allow it.
        UnavailableError: The database is away.
    """
    _turn("redo", store, dataset, op_id, annotator)


def _turn(kind: str, store: Store, dataset: Dataset, op_id: str, annotator: str) -> None:
    check_turning(store.decisions.state(dataset.key).records.get(op_id))
    store.decisions.append(Operation(uuid.uuid4().hex, dataset.key, annotator, kind=kind, target=op_id))


def run_pass(store: Store, dataset: Dataset, selected: Pass, *, annotator: str) -> int:
    """Undo or redo many decisions: all of them or none.

    Args:
        store: Where decisions are kept.
        dataset: The data set.
        selected: The decisions.
        annotator: Who does it.

    Returns:
        The number of decisions.

    Raises:
        RefusedError: A decision is not in this data set's log, or the person's role does not allow it.
        UnavailableError: The database is away; nothing was changed.
    """
    for record in selected.records:
        check_turning(record)
    store.decisions.append_all(selected.operations(dataset.key, annotator))
    return len(selected.records)


def check_mode(mode: str) -> None:
    """Refuse a decision that the person's role does not allow.

    Args:
        mode: The operation's mode: a final one needs a lead.

    Raises:
        ForbiddenError: The role does not allow it.
        UnidentifiedError: The login names nobody.
    """
    access.require("final" if mode == FINAL else "decide")


def turning(records: Sequence[OperationRecord]) -> str:
    """Return the act, for `access`, that undoing or redoing all of these decisions is.

    One's own decision is one's own, until a lead has undone it.

    Raises:
        UnidentifiedError: The login names nobody.
    """
    name = access.person().name
    if any(record.operation.mode == FINAL for record in records):
        return "final"
    own = all(record.operation.annotator == name and record.undone_by in (None, name) for record in records)
    return "decide" if own else "undo others"


def check_turning(record: OperationRecord | None) -> None:
    """Refuse to undo or redo what the person's role does not allow.

    Args:
        record: The decision; None where the log has none, which is refused when it is saved.

    Raises:
        ForbiddenError: The role does not allow it.
        UnidentifiedError: The login names nobody.
    """
    access.require("decide")
    access.require(turning([record] if record else []))
