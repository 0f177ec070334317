"""The decisions on a data set as arrays by row, updated one operation at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store import counts
from auditor.store.operations import FINAL, ImageState, OperationRecord
from auditor.store.state import DecisionState, Standing

ACTION_CODES = counts.CODES
REVIEWED = ("not yet", "kept", "relabelled", "called ambiguous", "excluded", "skipped")
"""The meaning of each code of `ACTION_CODES` in words, 0 first."""


@dataclass
class Overlay:
    """The decisions as arrays, to be used with the columns of the evidence.

    Attributes:
        action: int8 [N], each face's current decision: 0 none, else `ACTION_CODES`; counted by `auditor.store.counts`.
        annotator: int16 [N], index into `annotators`, -1 undecided.
        contested: bool [N], people differ.
        final: bool [N], the current decision is final.
        annotators: Everybody who decided, in the order they came.
        tags: Rows by tag.
        notes: Rows that have a note.
        seq: The last operation taken into account.
        source: The state that they are of; another object is one that was read anew, after an erasure.
    """

    action: NDArray[np.int8]
    annotator: NDArray[np.int16]
    contested: NDArray[np.bool_]
    final: NDArray[np.bool_]
    annotators: list[str] = field(default_factory=list)
    tags: dict[str, set[int]] = field(default_factory=dict)
    notes: set[int] = field(default_factory=set)
    seq: int = 0
    source: DecisionState | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def empty(cls, size: int, source: DecisionState | None = None) -> Overlay:
        """Return an overlay of `size` images without decisions, to be filled from a state."""
        flags = np.zeros((2, size), dtype=np.bool_)
        places = np.full(size, -1, dtype=np.int16)
        return cls(np.zeros(size, dtype=np.int8), places, flags[0], flags[1], source=source)

    def update(self, dataset: Dataset, state: DecisionState) -> Overlay:
        """Apply the operations since the last call; the cost grows with the number of images that they change."""
        with self._lock:
            if state.seq <= self.seq:
                return self
            touched: set[str] = set()
            newer = _newer(state, self.seq)
            for record in newer:
                touched |= _images(record, state)
            self.seq = newer[-1].seq if newer else self.seq
            dataset.look_up(touched)
            for name in touched:
                self._place(dataset, name, state)
            return self

    def _place(self, dataset: Dataset, name: str, state: DecisionState) -> None:
        try:
            row = int(dataset.index_of(name))
        except KeyError:  # decided, but no longer in the label file: listed as lapsed, not counted
            return
        # By the data set's own name: the log may know the image under another spelling, too.
        image = state.standing(dataset, str(dataset.names[row])) or Standing(row, None, None, None, None, ImageState())
        self.action[row] = counts.code(image.action, image.label, int(dataset.labels[row]))
        self.annotator[row] = self._annotator(image.annotator)
        self.contested[row] = image.state.contested
        self.final[row] = image.mode == FINAL
        for tag, rows in self.tags.items():
            if tag not in image.tags:
                rows.discard(row)
        for tag in image.tags:
            self.tags.setdefault(tag, set()).add(row)
        (self.notes.add if image.note else self.notes.discard)(row)

    def _annotator(self, name: str | None) -> int:
        if name is None:
            return -1
        if name not in self.annotators:
            self.annotators.append(name)
        return self.annotators.index(name)


def _newer(state: DecisionState, seq: int) -> list[OperationRecord]:
    # Copied in one step: another session's operation may be folded in while this one looks.
    records = list(state.records.values())
    first = len(records)
    while first and records[first - 1].seq > seq:
        first -= 1
    return records[first:]


def _images(record: OperationRecord, state: DecisionState) -> set[str]:
    """Return the images that an operation changes; an undo or redo changes those of its target."""
    target = record.operation.target
    operation = state.records[target].operation if target in state.records else record.operation
    return {item.image for item in operation.items}
