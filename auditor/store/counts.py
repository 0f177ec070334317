"""What was decided, counted: the one place that every count on a screen, in a terminal or in a file comes from.

The words mean the same everywhere:

    face        an image with a usable label. It counts once, however often blind mode shows it.
    audited     the faces that are trained on and reviewed: the split `train`, every face where there is none.
    reviewed    a decision stands on its label: it is kept, relabelled, ambiguous or excluded.
    skipped     passed over: not reviewed, and therefore left.
    left        audited and not reviewed.
    changed     the label after the decisions is another one than the given label. Excluded faces count apart.
    lapsed      a decision is no longer applicable: its image or its class is gone. It counts in none of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset
from auditor.store.operations import LABEL_ACTIONS

if TYPE_CHECKING:
    from auditor.store.state import Corrections, DecisionState

Codes = NDArray[np.int8]

CODES = {action: code for code, action in enumerate(LABEL_ACTIONS, start=1)}
"""What stands on a face as a number: 0 nothing, then keep 1, relabel 2, ambiguous 3, exclude 4, skip 5."""

SKIPPED = CODES["skip"]


@dataclass(frozen=True)
class Tally:
    """What was decided on some faces.

    Attributes:
        faces: how many they are.
        kept: the given label was confirmed.
        relabelled: another label was given.
        ambiguous: more than one label fits.
        excluded: to be left out.
        skipped: passed over.
    """

    faces: int
    kept: int = 0
    relabelled: int = 0
    ambiguous: int = 0
    excluded: int = 0
    skipped: int = 0

    @property
    def reviewed(self) -> int:
        """Faces on whose label a decision stands; a skip is none."""
        return self.kept + self.relabelled + self.ambiguous + self.excluded

    @property
    def left(self) -> int:
        """Faces that are not reviewed, the skipped ones among them."""
        return self.faces - self.reviewed

    @property
    def unseen(self) -> int:
        """Faces that are left and were not even skipped."""
        return self.left - self.skipped

    @property
    def share(self) -> float:
        """Reviewed faces as a share of all, in [0, 1]."""
        return self.reviewed / max(self.faces, 1)


@dataclass(frozen=True)
class Changes:
    """How many labels the decisions change.

    Attributes:
        by_split: changed labels by split, for the splits that have any face.
        by_file: changed labels and lines with a usable label, by label file ('' for folders), the audited file first.
    """

    by_split: Mapping[str, int]
    by_file: Mapping[str, tuple[int, int]]

    @property
    def all(self) -> int:
        """Changed labels of every split."""
        return sum(self.by_split.values())

    @property
    def sentence(self) -> str:
        """Such as '171 of 1,000 labels changed in train.txt, 12 of 200 in test.txt'; files without a change but the
        first are left out.
        """
        files = list(self.by_file.items())
        shown = [entry for place, entry in enumerate(files) if place == 0 or entry[1][0]]
        if len(files) < 2:
            changed, lines = files[0][1] if files else (0, 0)
            return f"{changed:,} of {lines:,} labels changed"
        first, *more = [(f"{changed:,} of {lines:,}", file) for file, (changed, lines) in shown]
        return ", ".join([f"{first[0]} labels changed in {first[1]}", *(f"{count} in {file}" for count, file in more)])


@dataclass(frozen=True)
class Counts:
    """Everything that is counted of the decisions on a data set.

    Attributes:
        audited: what was decided on the audited faces.
        by_split: what was decided on each split that has any face.
        changed: the labels that the decisions change.
        lapsed: decisions that are no longer applicable, because their image or their class is gone; no skips.
    """

    audited: Tally
    by_split: Mapping[str, Tally]
    changed: Changes
    lapsed: int = 0

    @property
    def reviewed(self) -> int:
        """Reviewed faces of every split."""
        return sum(tally.reviewed for tally in self.by_split.values())

    @property
    def changed_audited(self) -> int:
        """Changed labels of the audited faces: what a training on corrected labels learns otherwise."""
        return self.changed.by_split.get("train", 0) if "train" in self.by_split else self.changed.all

    @property
    def sentence(self) -> str:
        """Such as '388 of 1,000 training faces reviewed, 93 skipped; 12 of 200 test faces reviewed'."""
        audited = f"{self.audited.reviewed:,} of {self.audited.faces:,} {_named(self.by_split)}faces reviewed"
        parts = [audited + (f", {self.audited.skipped:,} skipped" if self.audited.skipped else "")]
        if "train" in self.by_split:
            others = ((name, tally) for name, tally in self.by_split.items() if name != "train" and tally.reviewed)
            parts += [f"{tally.reviewed:,} of {tally.faces:,} {SPOKEN[name]} faces reviewed" for name, tally in others]
        if self.lapsed:
            parts.append(
                f"{self.lapsed:,} {'decision is' if self.lapsed == 1 else 'decisions are'} no longer applicable"
            )
        return "; ".join(parts)


SPOKEN = {"train": "training", "valid": "validation", "test": "test"}
"""The splits in words."""


def _named(by_split: Mapping[str, Any]) -> str:
    return "training " if "train" in by_split and len(by_split) > 1 else ""


def audited(dataset: Dataset) -> NDArray[np.int32]:
    """The rows that are reviewed, int32 in file order: the training images, all where there are none."""
    train = dataset.rows("train").astype(np.int32)
    return train if len(train) else np.arange(len(dataset), dtype=np.int32)


def code(action: str | None, label: int | None, given: int) -> int:
    """What stands on a face (see `CODES`); a relabelling to the given label, as in blind mode, keeps that label."""
    if action == "relabel" and label == given:
        return CODES["keep"]
    return CODES.get(action or "", 0)


def codes(dataset: Dataset, state: DecisionState) -> Codes:
    """What stands on every face, int8 [N] (see `CODES`)."""
    found = np.zeros(len(dataset), np.int8)
    for standing in state.on(dataset).values():
        found[standing.row] = code(standing.action, standing.label, int(dataset.labels[standing.row]))
    return found


def reviewed(codes: Codes) -> NDArray[np.bool_]:
    """Which faces are reviewed, of what stands on them."""
    mask: NDArray[np.bool_] = (codes > 0) & (codes != SKIPPED)
    return mask


def tally(codes: Codes) -> Tally:
    """Count what stands on some faces, one code each."""
    numbers = np.bincount(codes, minlength=len(CODES) + 1)
    return Tally(len(codes), *(int(number) for number in numbers[1:]))


def changes(dataset: Dataset, rows: Sequence[int] | NDArray[np.integer[Any]]) -> Changes:
    """Count changed labels by split and by file.

    Args:
        dataset: the data set.
        rows: those whose label the decisions change.
    """
    places = np.asarray(rows, dtype=np.int64)
    split = np.bincount(dataset.split[places], minlength=len(SPLITS))
    files = dataset.sources or ("",)
    source = np.zeros(len(dataset), np.int8) if dataset.source is None else dataset.source
    changed, lines = (np.bincount(each, minlength=len(files)) for each in (source[places], source))
    return Changes(
        {name: int(split[number]) for number, name in enumerate(SPLITS) if len(dataset.rows(name))},
        {file: (int(changed[number]), int(lines[number])) for number, file in enumerate(files)},
    )


def count(dataset: Dataset, state: DecisionState, corrections: Corrections | None = None) -> Counts:
    """Count the standing decisions on a data set.

    Args:
        dataset: the data set as it is now.
        state: its decisions.
        corrections: of `state.apply(dataset)`, where the caller has them.
    """
    found = codes(dataset, state)
    applied = corrections or state.apply(dataset)
    by_split = {name: tally(found[dataset.rows(name)]) for name in SPLITS if len(dataset.rows(name))}
    return Counts(tally(found[audited(dataset)]), by_split, changes(dataset, applied.changed), len(applied.lapsed))
