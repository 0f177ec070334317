"""What the trainings left, put in the order of the evidence table: one strand is one method trained once.

An in-sample training scores images it was trained on and the few it held out; a training in folds scores every image
by the network that never saw its label. Both become a `Strand` whose arrays run over the train images in label-file
order, so that nothing downstream has to know how the images were split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.errors import EvidenceError
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TEST, Dynamics, open_run

FloatArray = NDArray[np.floating[Any]]
"""Float32 unless said otherwise."""
IntArray = NDArray[np.intp]

IN_SAMPLE, OUT_OF_FOLD = "in-sample", "out-of-fold"


@dataclass(frozen=True, eq=False)
class Strand:
    """One method trained once (in sample, or in K folds joined into one), over the M train images.

    Attributes:
        method: the method's name.
        run: the run's id, its folder's name.
        records: its dynamics: one, or one a fold.
        rows: [M], the images' rows in the data set.
        which: int8 [M], the record that scores the image, -1 where none does.
        where: int32 [M], the image's place in that record.
        held_out: bool [M], scored by a network that was not trained on it.
        labels: int16 [M], the labels trained on; -1 where not scored.
    """

    method: str
    run: str
    records: tuple[Dynamics, ...]
    rows: IntArray
    which: NDArray[np.int8]
    where: NDArray[np.int32]
    held_out: NDArray[np.bool_]
    labels: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.which)

    @property
    def kind(self) -> str:
        """'out-of-fold' where every scored image is; else 'in-sample' (a few images may still be held out)."""
        return OUT_OF_FOLD if self.held_out[self.scored].all() else IN_SAMPLE

    @cached_property
    def scored(self) -> NDArray[np.bool_]:
        """Bool [M], False for images that no record holds."""
        return self.which >= 0

    @property
    def epochs(self) -> int:
        """Epochs that every record has finished."""
        return min(record.epochs_done for record in self.records)

    @property
    def classes(self) -> int:
        """C."""
        return self.records[0].classes

    def probs(self, epoch: int) -> FloatArray:
        """p(y|x) after an epoch, float32 [M, C]; rows of images that are not scored are NaN."""
        out = np.full((len(self), self.classes), np.nan, np.float32)
        for number, record in enumerate(self.records):
            mine = self.which == number
            out[mine] = np.asarray(record.probs[epoch])[self.where[mine]]
        return out

    def has(self, column: str) -> bool:
        """Whether the method keeps a column of this name."""
        return all(column in record.columns for record in self.records)

    def column(self, name: str, epoch: int = -1) -> FloatArray:
        """One of the method's own columns after an epoch (the last by default), float32 [M] or [M, k], NaN absent."""
        out: FloatArray | None = None
        for number, record in enumerate(self.records):
            values = record.column(name)
            values = np.asarray(values[epoch] if record.columns[name].per_epoch else values)
            if out is None:
                out = np.full((len(self), *values.shape[1:]), np.nan, np.float32)
            mine = self.which == number
            out[mine] = values[self.where[mine]]
        assert out is not None
        return out

    def embedding(self) -> FloatArray:
        """float32 [M, D]: the embeddings of all records side by side, zero where an image is not in a record.

        Networks of different folds do not share a space, so each image is placed by all of them, also by those that
        were trained on it.
        """
        return np.concatenate([self._place(record) for record in self.records], axis=1)

    def _place(self, record: Dynamics) -> FloatArray:
        embedding = np.asarray(record.embedding)
        place = places(np.asarray(record.rows), self.rows)
        out = np.zeros((len(self), embedding.shape[1]), np.float32)
        out[place >= 0] = embedding[place[place >= 0]]
        return out


def places(rows: NDArray[np.int32], wanted: IntArray) -> NDArray[np.int64]:
    """int64 [len(wanted)]: where each wanted row stands in `rows`, -1 where it does not."""
    top = int(max(rows.max(initial=-1), wanted.max(initial=-1))) + 1
    index = np.full(top, -1, np.int64)
    index[rows] = np.arange(len(rows))
    return index[wanted]


def join(method: str, run: str, records: Sequence[Dynamics], rows: IntArray) -> Strand:
    """One strand over the images `rows` (rows of the data set): each image by the record that did not train on it.

    Where several records held an image out (or all trained on it) the first one speaks.
    """
    size = len(rows)
    which, where = np.full(size, -1, np.int8), np.zeros(size, np.int32)
    held_out, labels = np.zeros(size, bool), np.full(size, -1, np.int16)
    for number, record in enumerate(records):
        place = places(np.asarray(record.rows), rows)
        there = place >= 0
        role = np.asarray(record.role)[place]
        fresh = there & (role == ROLE_HELD_OUT)
        mine = (there & (role != ROLE_TEST)) & ((which < 0) | (fresh & ~held_out))
        which[mine], where[mine] = number, place[mine]
        held_out[mine] = fresh[mine]
        labels[mine] = np.asarray(record.labels)[place[mine]]
    return Strand(method, run, tuple(records), rows, which, where, held_out, labels)


def gather(folders: Sequence[Path], rows: IntArray) -> list[Strand]:
    """Every strand of the runs, in the order of the runs and, within a run, of its methods' names.

    Args:
        folders: run folders; the first names the labels that are audited.
        rows: [M] the train images, rows of the data set.

    Raises:
        EvidenceError: No run holds a finished epoch.
    """
    strands = [
        join(method, Path(folder).name, records, rows)
        for folder in folders
        for method, records in sorted(open_run(Path(folder)).items())
    ]
    strands = [strand for strand in strands if strand.scored.any()]
    if not strands:
        raise EvidenceError(
            "No training of this data set has finished an epoch yet; train at least one method, such as man, first."
        )
    return strands


def same_labels(strands: Sequence[Strand]) -> tuple[list[Strand], list[str]]:
    """Keep the strands trained on the labels of the first, and say in sentences which were left out."""
    first, kept, warnings = strands[0], [], []
    for strand in strands:
        both = strand.scored & first.scored
        if strand.classes == first.classes and np.array_equal(strand.labels[both], first.labels[both]):
            kept.append(strand)
        else:
            warnings.append(f"{strand.method} of run {strand.run} was trained on other labels and is left out.")
    return kept, warnings
