"""Count the decisions: the one source of every count on a screen, in a terminal or in a file.

The terms mean the same everywhere:

    face        an image with a usable label. It counts once, however often blind mode shows it.
    audited     the faces that are trained on and reviewed: the split `train`, or every face where there is none.
    reviewed    the face has a decision: it is kept, relabelled, ambiguous or excluded.
    skipped     passed over: not reviewed, and therefore left.
    left        audited and not reviewed.
    changed     the label after the decisions differs from the given label. Excluded faces are counted separately.
    lapsed      a decision is no longer applicable: its image or its class is gone. It is counted nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset
from auditor.plural import counted
from auditor.store.operations import LABEL_ACTIONS

if TYPE_CHECKING:
    from auditor.store.state import Corrections, DecisionState

Codes = NDArray[np.int8]

CODES = {action: code for code, action in enumerate(LABEL_ACTIONS, start=1)}
"""The code of a face's current decision: 0 none, keep 1, relabel 2, ambiguous 3, exclude 4, skip 5."""

SKIPPED = CODES["skip"]


@dataclass(frozen=True)
class Tally:
    """Counts of the decisions on some faces.

    Attributes:
        faces: How many faces there are.
        kept: The given label was confirmed.
        relabelled: Another label was given.
        ambiguous: More than one label fits.
        excluded: To be left out.
        skipped: Passed over.
    """

    faces: int
    kept: int = 0
    relabelled: int = 0
    ambiguous: int = 0
    excluded: int = 0
    skipped: int = 0

    @property
    def reviewed(self) -> int:
        """Faces that have a decision; a skip is not one."""
        return self.kept + self.relabelled + self.ambiguous + self.excluded

    @property
    def left(self) -> int:
        """Faces that are not reviewed, including the skipped ones."""
        return self.faces - self.reviewed

    @property
    def unseen(self) -> int:
        """Faces that are neither reviewed nor skipped."""
        return self.left - self.skipped

    @property
    def share(self) -> float:
        """Reviewed faces as a share of all, in [0, 1]."""
        return self.reviewed / max(self.faces, 1)


@dataclass(frozen=True)
class LabelChanges:
    """How many labels the decisions change.

    Attributes:
        by_split: Changed labels by split, for the splits that have any face.
        by_file: Changed labels and lines with a usable label, by label file ('' for folders), the audited file first.
    """

    by_split: Mapping[str, int]
    by_file: Mapping[str, tuple[int, int]]

    @property
    def all(self) -> int:
        """Changed labels of every split."""
        return sum(self.by_split.values())

    @property
    def sentence(self) -> str:
        """The counts in words, such as '171 of 1,000 labels changed in train.txt, 12 of 200 in test.txt'.

        Files without a change are left out, except the first.
        """
        files = list(self.by_file.items())
        listed = [entry for place, entry in enumerate(files) if place == 0 or entry[1][0]]
        if len(files) < 2:
            changed, lines = files[0][1] if files else (0, 0)
            return f"{changed:,} of {counted(lines, 'label')} changed"
        (first, (changed, lines)), *more = listed
        sentence = f"{changed:,} of {counted(lines, 'label')} changed in {first}"
        return ", ".join([sentence, *(f"{changed:,} of {lines:,} in {file}" for file, (changed, lines) in more)])


@dataclass(frozen=True)
class Counts:
    """All counts of the decisions on a data set.

    Attributes:
        audited: Counts on the audited faces.
        by_split: Counts on each split that has any face.
        changed: The labels that the decisions change.
        lapsed: Decisions that are no longer applicable, because their image or their class is gone; no skips.
    """

    audited: Tally
    by_split: Mapping[str, Tally]
    changed: LabelChanges
    lapsed: int = 0

    @property
    def reviewed(self) -> int:
        """Reviewed faces of every split."""
        return sum(tally.reviewed for tally in self.by_split.values())

    @property
    def changed_audited(self) -> int:
        """Changed labels of the audited faces: the labels that differ when training on corrected labels."""
        return self.changed.by_split.get("train", 0) if "train" in self.by_split else self.changed.all

    @property
    def sentence(self) -> str:
        """The counts in words: '388 of 1,000 training faces reviewed, 93 skipped; 12 of 200 test faces reviewed'."""
        audited = f"{self.audited.reviewed:,} of {self.audited.faces:,} {_named(self.by_split)}faces reviewed"
        parts = [audited + (f", {self.audited.skipped:,} skipped" if self.audited.skipped else "")]
        if "train" in self.by_split:
            others = ((name, tally) for name, tally in self.by_split.items() if name != "train" and tally.reviewed)
            parts += [f"{tally.reviewed:,} of {tally.faces:,} {SPOKEN[name]} faces reviewed" for name, tally in others]
        if self.lapsed:
            parts.append(f"{counted(self.lapsed, 'decision is', 'decisions are')} no longer applicable")
        return "; ".join(parts)


SPOKEN = {"train": "training", "valid": "validation", "test": "test"}
"""The splits' names in a sentence."""


def _named(by_split: Mapping[str, Any]) -> str:
    return "training " if "train" in by_split and len(by_split) > 1 else ""


def audited(dataset: Dataset) -> NDArray[np.int32]:
    """Return the rows that are audited, int32 in file order: the training images, or all where there are none."""
    train = dataset.rows("train").astype(np.int32)
    return train if len(train) else np.arange(len(dataset), dtype=np.int32)


def code(action: str | None, label: int | None, given: int) -> int:
    """Return a decision's code (see `CODES`); relabelling to the given label, as in blind mode, counts as keeping."""
    if action == "relabel" and label == given:
        return CODES["keep"]
    return CODES.get(action or "", 0)


def codes(dataset: Dataset, state: DecisionState) -> Codes:
    """Return the code of every face's current decision, int8 [N] (see `CODES`)."""
    codes_by_row = np.zeros(len(dataset), np.int8)
    for standing in state.on(dataset).values():
        codes_by_row[standing.row] = code(standing.action, standing.label, int(dataset.labels[standing.row]))
    return codes_by_row


def reviewed(codes: Codes) -> NDArray[np.bool_]:
    """Return which faces are reviewed, from their codes."""
    mask: NDArray[np.bool_] = (codes > 0) & (codes != SKIPPED)
    return mask


def tally(codes: Codes) -> Tally:
    """Count the decisions on some faces, given one code a face."""
    numbers = np.bincount(codes, minlength=len(CODES) + 1)
    return Tally(len(codes), *(int(number) for number in numbers[1:]))


def changes(dataset: Dataset, rows: Sequence[int] | NDArray[np.integer[Any]]) -> LabelChanges:
    """Count changed labels by split and by file.

    Args:
        dataset: The data set.
        rows: The rows whose label the decisions change.
    """
    places = np.asarray(rows, dtype=np.int64)
    split = np.bincount(dataset.split[places], minlength=len(SPLITS))
    files = dataset.sources or ("",)
    source = np.zeros(len(dataset), np.int8) if dataset.source is None else dataset.source
    changed, lines = (np.bincount(sources, minlength=len(files)) for sources in (source[places], source))
    return LabelChanges(
        {name: int(split[number]) for number, name in enumerate(SPLITS) if len(dataset.rows(name))},
        {file: (int(changed[number]), int(lines[number])) for number, file in enumerate(files)},
    )


def count(dataset: Dataset, state: DecisionState, corrections: Corrections | None = None) -> Counts:
    """Count the current decisions on a data set.

    Args:
        dataset: The data set as it is now.
        state: Its decisions.
        corrections: The result of `state.apply(dataset)`, where the caller has it.
    """
    codes_by_row = codes(dataset, state)
    applied = corrections or state.apply(dataset)
    by_split = {name: tally(codes_by_row[dataset.rows(name)]) for name in SPLITS if len(dataset.rows(name))}
    return Counts(
        tally(codes_by_row[audited(dataset)]), by_split, changes(dataset, applied.changed), len(applied.lapsed)
    )
