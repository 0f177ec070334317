"""Decisions made outside the review grid, on many images or many decisions at once: on the map, in the history."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from auditor.store.undoing import Pass

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
        store: where decisions are kept.
        dataset: the data set.
        rows: data set rows.
        action: keep, relabel, ambiguous, exclude, skip, tag or untag.
        annotator: who decides.
        label: the new label, for relabel.
        text: the tag.
        evidence: the evidence version on the screen.
        mode: open, or final for a decision that ends a disagreement.

    Returns:
        The operation's id, for `undo`.

    Raises:
        RefusedError: the decision is invalid.
        UnavailableError: the database is away.
    """
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
        store: where decisions are kept.
        dataset: the data set.
        rows: data set rows.
        action: keep, relabel, ambiguous, exclude, skip, tag or untag.
        annotator: who decides.
        seen: number of the last operation that the screen showed.
        label: the new label, for relabel.
        text: the tag.
        evidence: the evidence version on the screen.

    Returns:
        The operation's id, for `undo`, '' where nothing was saved; and the images that were left, each with who
        decided it.

    Raises:
        RefusedError: it makes no sense.
        UnavailableError: the database is away.
    """
    items = tuple(item_of(dataset, int(row), action, label, text=text) for row in rows)
    operation = Operation(uuid.uuid4().hex, dataset.key, annotator, evidence=evidence, items=items)
    made = store.decisions.append_unless_newer(operation, seen)
    return "" if made.seq is None else operation.op_id, made.newer


def undo(store: Store, dataset: Dataset, op_id: str, *, annotator: str) -> None:
    """Undo one operation, whoever made it.

    Raises:
        RefusedError: there is no such operation.
        UnavailableError: the database is away.
    """
    store.decisions.append(Operation(uuid.uuid4().hex, dataset.key, annotator, kind="undo", target=op_id))


def redo(store: Store, dataset: Dataset, op_id: str, *, annotator: str) -> None:
    """Redo an undone operation.

    Raises:
        RefusedError: there is no such operation.
        UnavailableError: the database is away.
    """
    store.decisions.append(Operation(uuid.uuid4().hex, dataset.key, annotator, kind="redo", target=op_id))


def run_pass(store: Store, dataset: Dataset, chosen: Pass, *, annotator: str) -> int:
    """Undo or redo many decisions: all of them or none.

    Args:
        store: where decisions are kept.
        dataset: the data set.
        chosen: the decisions.
        annotator: who does it.

    Returns:
        The number of decisions.

    Raises:
        RefusedError: a decision is not in this data set's log.
        UnavailableError: the database is away; nothing was changed.
    """
    store.decisions.append_all(chosen.operations(dataset.key, annotator))
    return len(chosen.records)
