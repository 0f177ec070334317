"""The log, folded into what is true now.

The fold is incremental: an operation touches only the images it names, so that a keystroke costs the same whether
the log holds ten decisions or a hundred thousand. A decision stands unless the last undo or redo that names it undid
it; nothing is ever changed in place.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.store.operations import LABEL_ACTIONS, ImageState, Item, OperationRecord

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset


@dataclass(frozen=True)
class Corrections:
    """The decisions applied to a data set, in arrays by row.

    Attributes:
        labels: int16 [N], the given labels with what was relabelled changed.
        excluded: bool [N], images to leave out.
        soft: Shares of the classes [C] by row, for faces judged ambiguous with shares.
        changed: int32 [K], rows whose label differs from the given one, ascending.
        unknown: Names that have a decision but are not in the data set any more.
        kept: int32 [J], rows whose given label was confirmed.
    """

    labels: NDArray[np.int16]
    excluded: NDArray[np.bool_]
    soft: dict[int, NDArray[np.float32]]
    changed: NDArray[np.int32]
    unknown: tuple[str, ...]
    kept: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


@dataclass
class DecisionState:
    """What stands for every image of one data set.

    Attributes:
        seq: The last operation that is taken into account.
        by_image: State of every image that has one, by name.
        records: Every operation by op_id, in order.
    """

    seq: int = 0
    by_image: dict[str, ImageState] = field(default_factory=dict)
    records: dict[str, OperationRecord] = field(default_factory=dict)
    _touching: dict[str, list[tuple[str, Item]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, record: OperationRecord) -> None:
        """Take the next operation of the log into account."""
        operation = record.operation
        self.records[operation.op_id] = record
        self.seq = record.seq
        if operation.kind == "decide":
            images = {item.image for item in operation.items}
            for item in operation.items:
                self._touching[item.image].append((operation.op_id, item))
        else:
            assert operation.target is not None
            images = self._switch(operation.target, operation.kind == "redo", operation.annotator)
        for image in images:
            self._fold(image)

    def undo_target(self, annotator: str) -> str | None:
        """The op_id of the annotator's last decision that stands, or None."""
        return next(
            (
                op_id
                for op_id, record in reversed(self.records.items())
                if record.active and record.operation.kind == "decide" and record.operation.annotator == annotator
            ),
            None,
        )

    def redo_target(self, annotator: str) -> str | None:
        """The op_id of what the annotator undid last, or None after a new decision."""
        for record in reversed(self.records.values()):
            operation = record.operation
            if operation.annotator != annotator or operation.kind == "redo":
                continue
            if operation.kind == "decide" and record.active:
                # Redone decisions are older than the undo that is looked for; a newer one closes the branch.
                if self._was_redone(operation.op_id):
                    continue
                return None
            if operation.kind == "undo" and operation.target and not self.records[operation.target].active:
                return operation.target
        return None

    def apply(self, dataset: Dataset) -> Corrections:
        """The data set's labels with every standing decision applied.

        Args:
            dataset: The data set the decisions are about.
        """
        labels = dataset.labels.copy()
        excluded = np.zeros(len(labels), dtype=np.bool_)
        soft: dict[int, NDArray[np.float32]] = {}
        unknown, kept = list[str](), list[int]()
        for image, state in self.by_image.items():
            try:
                row = dataset.index_of(image)
            except KeyError:  # the user took the image out of the label file
                unknown.append(image)
                continue
            if state.label is not None and state.action in ("relabel", "ambiguous"):
                labels[row] = state.label
            excluded[row] = state.action == "exclude"
            if state.action in ("keep", "relabel") and labels[row] == dataset.labels[row]:
                kept.append(row)
            if state.soft is not None:
                soft[row] = np.asarray(state.soft, dtype=np.float32)
        changed = np.flatnonzero(labels != dataset.labels).astype(np.int32)
        return Corrections(labels, excluded, soft, changed, tuple(unknown), np.array(kept, np.int32))

    def _was_redone(self, op_id: str) -> bool:
        return any(r.operation.kind == "redo" and r.operation.target == op_id for r in self.records.values())

    def _switch(self, target: str, active: bool, annotator: str) -> set[str]:
        record = self.records[target]
        self.records[target] = replace(record, active=active, undone_by=None if active else annotator)
        return {item.image for item in record.operation.items}

    def _fold(self, image: str) -> None:
        state = ImageState()
        for op_id, item in self._touching[image]:
            record = self.records[op_id]
            if record.active and record.operation.mode != "repeat":
                state = _step(state, item, record)
        if state == ImageState():
            self.by_image.pop(image, None)
        else:
            self.by_image[image] = state


def _step(state: ImageState, item: Item, record: OperationRecord) -> ImageState:
    if item.action == "note":
        return replace(state, note=item.text or None)
    if item.action == "tag" and item.text:
        return replace(state, tags=(*(tag for tag in state.tags if tag != item.text), item.text))
    if item.action == "untag":
        return replace(state, tags=tuple(tag for tag in state.tags if tag != item.text))
    if item.action not in LABEL_ACTIONS or (item.action == "skip" and state.action not in (None, "skip")):
        # Passing over an image that is decided already does not take the decision back.
        return state
    label = {
        "keep": item.from_label,
        "relabel": item.to_label,
        "ambiguous": item.to_label if item.to_label is not None else item.from_label,
    }.get(item.action)
    return replace(
        state,
        action=item.action,
        label=label,
        soft=item.soft if item.action == "ambiguous" else None,
        annotator=record.operation.annotator,
        at=record.at,
        op_id=record.operation.op_id,
        seq=record.seq,
        mode=record.operation.mode,
    )
