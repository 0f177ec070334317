"""Read the records of trainings in the order of the evidence table: one strand is one method trained once.

An in-sample training scores the images it was trained on and the few it held out. A training in folds scores every
image by the network that was not trained on it. Both become a `Strand`, whose arrays run over the training images in
label-file order, so that later steps do not depend on how the images were split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.errors import ChangedDataError, EvidenceError
from auditor.training import axes
from auditor.training.axes import SideBySide
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TEST, Dynamics
from auditor.training.ownmodel import OF_IMAGES
from auditor.training.reader import open_run

FloatArray = axes.FloatArray
"""Float32 unless said otherwise."""
IntArray = NDArray[np.intp]

IN_SAMPLE, OUT_OF_FOLD = "in-sample", "out-of-fold"

NOT_TRAINED = "No training of this data set has finished an epoch yet; train at least one method, such as man, first."
ALL_GONE = (
    "None of the images that the trainings have scored is a training image of this data set any more; train again."
)


@dataclass(frozen=True, eq=False)
class Strand:
    """One method trained once (in sample, or in K folds joined into one), over the M train images.

    Attributes:
        method: The method's name.
        run: The run's id, its folder's name.
        records: Its dynamics: one, or one a fold.
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

    @property
    def of_images(self) -> bool:
        """Whether a model gave it that never saw the labels: it is an opinion on whichever labels are audited."""
        return all(record.kind == OF_IMAGES for record in self.records)

    @cached_property
    def scored(self) -> NDArray[np.bool_]:
        """Bool [M]: whether any record holds the image."""
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
        """Return p(y|x) after an epoch, float32 [M, C]; rows of images that are not scored are NaN."""
        out = np.full((len(self), self.classes), np.nan, np.float32)
        for number, record in enumerate(self.records):
            in_record = self.which == number
            out[in_record] = record.probs_after(epoch)[self.where[in_record]]
        return out

    def has(self, column: str) -> bool:
        """Whether the method keeps a column of this name."""
        return all(column in record.columns for record in self.records)

    def column(self, name: str, epoch: int = -1) -> FloatArray:
        """Return one of the method's own columns after an epoch (default: last), float32 [M] or [M, k]; NaN absent."""
        out: FloatArray | None = None
        for number, record in enumerate(self.records):
            values = np.asarray(record.column_after(name, epoch))
            if out is None:
                out = np.full((len(self), *values.shape[1:]), np.nan, np.float32)
            in_record = self.which == number
            out[in_record] = values[self.where[in_record]]
        assert out is not None
        return out

    def embedding(self) -> SideBySide:
        """Return the embeddings of all records side by side, float32 [M, D]; zero where an image is not in a record.

        Networks of different folds do not share a space, so each image is embedded by all of them, also by those that
        were trained on it. They are read block by block.
        """
        return SideBySide([RecordRows(record, self.rows) for record in self.records])


class RecordRows:
    """The embedding of one record over the images `rows`, float32 [M, D]; zero where an image is not in the record."""

    def __init__(self, record: Dynamics, rows: IntArray) -> None:
        self._record, self._place = record, places(np.asarray(record.rows), rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """(M, D)."""
        return len(self._place), self._record.embedding.shape[1]

    def __getitem__(self, part: slice | IntArray, /) -> FloatArray:
        """Return these rows; the file is mapped for this part only, so that no more of it stays in memory."""
        place, embedding = self._place[part], self._record.embedding
        if len(place) and place[0] >= 0 and (np.diff(place) == 1).all():  # nothing to look for, and nothing to copy
            return embedding[place[0] : place[-1] + 1].astype(np.float32)
        out = np.zeros((len(place), embedding.shape[1]), np.float32)
        out[place >= 0] = embedding[place[place >= 0]]
        return out


def places(rows: NDArray[np.int32], wanted: IntArray) -> NDArray[np.int64]:
    """Return the position in `rows` of each wanted row, int64 [len(wanted)]; -1 where it is absent."""
    top = int(max(rows.max(initial=-1), wanted.max(initial=-1))) + 1
    index = np.full(top, -1, np.int64)
    index[rows] = np.arange(len(rows))
    return index[wanted]


def join(method: str, run: str, records: Sequence[Dynamics], rows: IntArray) -> Strand:
    """Join records into one strand over the images `rows` (rows of the data set).

    Each image is taken from a record that did not train on it; where there are several or none, from the first record.
    """
    size = len(rows)
    which, where = np.full(size, -1, np.int8), np.zeros(size, np.int32)
    held_out, labels = np.zeros(size, bool), np.full(size, -1, np.int16)
    for number, record in enumerate(records):
        place = places(np.asarray(record.rows), rows)
        present = place >= 0
        if not present.any():
            continue
        role = np.asarray(record.role)[place]
        unseen = present & (role == ROLE_HELD_OUT)
        takes = (present & (role != ROLE_TEST)) & ((which < 0) | (unseen & ~held_out))
        which[takes], where[takes] = number, place[takes]
        held_out[takes] = unseen[takes]
        labels[takes] = np.asarray(record.labels)[place[takes]]
    return Strand(method, run, tuple(records), rows, which, where, held_out, labels)


def gather(
    folders: Sequence[Path], dataset: Dataset, rows: IntArray, left_out: list[str] | None = None
) -> list[Strand]:
    """Return every strand of the runs, in the order of the runs and, within a run, of its methods' names.

    Args:
        folders: Run folders; the first decides which labels are audited.
        dataset: The data set in hand; the runs' images and classes are found in it by name.
        rows: [M] the training images, rows of the data set.
        left_out: Takes a sentence for each run that does not fit the data set (`reader.open_run`); None: such a run
            is an error.

    Raises:
        ChangedDataError: A run does not fit the data set, and `left_out` is None or no other run is there.
        EvidenceError: No run holds a finished epoch, or none of an image that is still there.
    """
    strands: list[Strand] = []
    misfit: ChangedDataError | None = None
    for folder in folders:
        try:
            records = open_run(Path(folder), dataset)
        except ChangedDataError as error:
            if left_out is None:
                raise
            left_out.append(f"{error} Until then it is left out.")
            misfit = misfit or error
            continue
        strands += [join(method, Path(folder).name, each, rows) for method, each in sorted(records.items())]
    scoring = [strand for strand in strands if strand.scored.any()]
    if not scoring and misfit is not None:
        raise misfit
    if not scoring:
        raise EvidenceError(ALL_GONE if strands else NOT_TRAINED)
    return scoring


def same_labels(strands: Sequence[Strand]) -> tuple[list[Strand], list[str]]:
    """Return the strands that were trained on the labels of the first, and a sentence for each that was left out."""
    first, alike, warnings = strands[0], [], []
    for each in strands:
        strand = _about(each, first) if each.of_images else each
        common = strand.scored & first.scored
        if strand.classes == first.classes and np.array_equal(strand.labels[common], first.labels[common]):
            alike.append(strand)
        else:
            warnings.append(f"{strand.method} of run {strand.run} was trained on other labels and is left out.")
    return alike, warnings


def _about(strand: Strand, first: Strand) -> Strand:
    """The strand with the labels that the first was trained on, where that has scored the image."""
    if strand.classes != first.classes:
        return strand
    return replace(strand, labels=np.where(strand.scored & first.scored, first.labels, strand.labels))
