"""Fold the log of operations into the current state of every image.

The fold is incremental: an operation touches only the images it names, so that a keystroke costs the same whether
the log holds ten decisions or a hundred thousand. A decision is valid unless the last undo or redo that names it undid
it; nothing is ever changed in place.

The fold uses class names only. `standing`, `on`, `lapsed` and `apply` compare it with a data set and turn names into
numbers; a decision that no longer fits the data set is never dropped but listed as lapsed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.store.naming import class_numbers
from auditor.store.operations import (
    DECIDING,
    FINAL,
    LABEL_ACTIONS,
    ImageState,
    Item,
    OperationRecord,
    PersonalDecision,
)

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset

IMAGE_GONE = "the data set has no such image any more"


@dataclass(frozen=True)
class Lapsed:
    """A decision that is no longer applicable to the current data set.

    Attributes:
        image: The image's name.
        reason: Why, as the end of a sentence: 'the data set has no class sadness any more'.
        state: The decision.
    """

    image: str
    reason: str
    state: ImageState


@dataclass(frozen=True)
class Standing:
    """The current state of one image, in the numbers of one data set.

    Attributes:
        row: The image's row.
        action: The current decision; None where there are only marks, or the decision has lapsed.
        label: Class index after the decision, or None for exclude and skip.
        soft: Shares of the classes [C] of an ambiguous face, or None.
        lapsed: Why the decision is no longer applicable, or None.
        state: The same by class names.
    """

    row: int
    action: str | None
    label: int | None
    soft: tuple[float, ...] | None
    lapsed: str | None
    state: ImageState

    @property
    def note(self) -> str | None:
        """The last note."""
        return self.state.note

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in the order they were given."""
        return self.state.tags

    @property
    def annotator(self) -> str | None:
        """Who decided, or None where no decision applies."""
        return self.state.annotator if self.action else None

    @property
    def mode(self) -> str | None:
        """open, blind or final; None where no decision applies."""
        return self.state.mode if self.action else None


@dataclass(frozen=True)
class Corrections:
    """The decisions applied to a data set, in arrays by row.

    Attributes:
        labels: int16 [N], the labels after the decisions: the given ones where nothing was decided.
        excluded: bool [N], images to leave out.
        soft: Shares of the classes [C] by row, for faces judged ambiguous with shares.
        changed: int32 [K], rows whose label differs from the given one, ascending.
        lapsed: Decisions that are no longer applicable: the image or the class is gone.
        kept: int32 [J], rows whose given label was confirmed.
    """

    labels: NDArray[np.int16]
    excluded: NDArray[np.bool_]
    soft: dict[int, NDArray[np.float32]]
    changed: NDArray[np.int32]
    lapsed: tuple[Lapsed, ...]
    kept: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


@dataclass
class DecisionState:
    """The current state of every image of one data set, by class names.

    Attributes:
        seq: The last operation that is taken into account.
        by_image: State of every image that has one, by name.
        records: Every operation by op_id, in order.
        contested: Names of the images on which people differ, those with a final decision included.
    """

    seq: int = 0
    by_image: dict[str, ImageState] = field(default_factory=dict)
    records: dict[str, OperationRecord] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)
    _touching: dict[str, list[tuple[str, Item]]] = field(default_factory=lambda: defaultdict(list))
    _spellings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

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
        """Return the op_id of the annotator's last decision that is not undone, or None."""
        return next(
            (
                op_id
                for op_id, record in reversed(self.records.items())
                if record.active
                and record.operation.kind == "decide"
                and record.operation.annotator == annotator
                and not record.empty
            ),
            None,
        )

    def redo_target(self, annotator: str) -> str | None:
        """Return the op_id of the decision that the annotator undid last, or None after a new decision."""
        for record in reversed(self.records.values()):
            operation = record.operation
            if operation.annotator != annotator or operation.kind == "redo" or record.empty:
                continue
            if operation.kind == "decide" and record.active:
                # Redone decisions are older than the undo that is looked for; a newer one closes the branch.
                if self._was_redone(operation.op_id):
                    continue
                return None
            if operation.kind == "undo" and operation.target and self._is_undone(operation.target):
                return operation.target
        return None

    def spelling(self, dataset: Dataset, image: str) -> str | None:
        """The name under which the log knows an image of a data set.

        The same name, else one that differs in its Unicode form only: an accent is one character or, in files that
        were copied through a Mac, two. A name that was decided on beside a second image of its other form counts
        exactly: where its image is gone, its decisions have lapsed.

        Args:
            dataset: The data set in hand.
            image: The image's name, in the data set or in the log.

        Returns:
            None where the log has nothing of it, or the data set has no such image, or `image` is another spelling
            than the one that counts: of two spellings in the log that of the data set, else none of them.
        """
        entry = self._find(dataset, image)
        return None if entry is None else entry[0]

    def alike(self, image: str) -> ImageState | None:
        """What holds for an image by its name, or by the one name in the log that differs in its Unicode form only."""
        if image in self.by_image or image.isascii():
            return self.by_image.get(image)
        spellings = self._other_forms(image)
        return self.by_image.get(spellings[0]) if len(spellings) == 1 else None

    def standing(self, dataset: Dataset, image: str) -> Standing | None:
        """Return the current state of one image of a data set, in that data set's numbers.

        Args:
            dataset: The data set in hand.
            image: The image's name, in the data set or in the log (see `spelling`).

        Returns:
            None where nothing was decided or noted, or the data set has no such image.
        """
        entry = self._find(dataset, image)
        state = None if entry is None else self.by_image.get(entry[0])
        if entry is None or state is None:
            return None
        row = entry[1]
        numbers = class_numbers(dataset)
        label = numbers.number(state.label)
        soft = None if state.soft is None else numbers.shares(state.soft)
        lapsed = _missing_class(state, label, soft)
        if lapsed is not None:
            return Standing(row, None, None, None, lapsed, state)
        return Standing(row, state.action, label, soft, None, state)

    def on(self, dataset: Dataset) -> dict[str, Standing]:
        """What holds for every image of a data set that has a decision or a mark, by its name in the data set.

        Args:
            dataset: The data set in hand.
        """
        # Copied in one step: another session's operation may be folded in while this one looks.
        images = list(self.by_image)
        dataset.look_up(images)
        standings = [self.standing(dataset, image) for image in images]
        return {str(dataset.names[each.row]): each for each in standings if each is not None}

    def lapsed(self, dataset: Dataset) -> tuple[Lapsed, ...]:
        """Return the decisions that no longer fit the data set: the image or the class is gone.

        Args:
            dataset: The data set in hand.
        """
        return tuple(self._lapsed(dataset))

    def apply(self, dataset: Dataset) -> Corrections:
        """Return the data set's labels with every valid decision applied.

        A decision is the label that somebody saw in the face. It is applied as such, even where the given label was
        edited since then: a label that was kept then replaces the edited one.

        Args:
            dataset: The data set the decisions are about.
        """
        labels = dataset.labels.copy()
        excluded = np.zeros(len(labels), dtype=np.bool_)
        soft: dict[int, NDArray[np.float32]] = {}
        confirmed = list[int]()
        for standing in self.on(dataset).values():
            row = standing.row
            if standing.label is not None:
                labels[row] = standing.label
            excluded[row] = standing.action == "exclude"
            if standing.action in ("keep", "relabel") and labels[row] == dataset.labels[row]:
                confirmed.append(row)
            if standing.soft is not None:
                soft[row] = np.asarray(standing.soft, dtype=np.float32)
        changed = np.flatnonzero(labels != dataset.labels).astype(np.int32)
        return Corrections(labels, excluded, soft, changed, self.lapsed(dataset), np.array(confirmed, np.int32))

    def _lapsed(self, dataset: Dataset) -> Iterator[Lapsed]:
        for image, state in list(self.by_image.items()):
            if state.action in (None, "skip"):
                continue
            standing = self.standing(dataset, image)
            reason = IMAGE_GONE if standing is None else standing.lapsed
            if reason is not None:
                yield Lapsed(image, reason, state)

    def _find(self, dataset: Dataset, image: str) -> tuple[str, int] | None:
        """The log's name (see `spelling`) and the row of an image; None where either has not got it."""
        if image not in self.by_image and image.isascii():  # nothing else is written like it: a page asks for each face
            return None
        try:
            row = int(dataset.index_of(image))
        except KeyError:
            return None
        listed = logged = str(dataset.names[row])
        if listed not in self.by_image:
            alike = () if listed.isascii() else self._other_forms(listed)
            if len(alike) != 1 or dataset.index_of(alike[0]) != row:  # none, two, or another image's own name
                return None
            logged = alike[0]
        return (logged, row) if image in (listed, logged) else None

    def _other_forms(self, image: str) -> tuple[str, ...]:
        """Names in the log that mean an image whose own name is not in it; those that count exactly mean no other."""
        forms = tuple(self._spellings.get(_composed(image), ()))
        return tuple(form for form in forms if not any(item.exact for _, item in self._touching[form]))

    def _is_undone(self, op_id: str) -> bool:
        """Whether a decision is undone and still has an image to bring back."""
        return not self.records[op_id].active and not self.records[op_id].empty

    def _was_redone(self, op_id: str) -> bool:
        return any(r.operation.kind == "redo" and r.operation.target == op_id for r in self.records.values())

    def _switch(self, target: str, active: bool, annotator: str) -> set[str]:
        record = self.records[target]
        self.records[target] = replace(record, active=active, undone_by=None if active else annotator)
        return {item.image for item in record.operation.items}

    def _fold(self, image: str) -> None:
        state, opinions = ImageState(), dict[str, PersonalDecision]()
        for op_id, item in self._touching[image]:
            record = self.records[op_id]
            if not record.active or record.operation.mode == "repeat":
                continue
            state = _step(state, item, record)
            if item.action in DECIDING and record.operation.mode != FINAL:
                annotator = record.operation.annotator
                opinions.pop(annotator, None)  # the order is that of the last decision
                opinions[annotator] = PersonalDecision(annotator, item.action, item.result, record.at, op_id)
        state = replace(state, opinions=tuple(opinions.values()))
        if state == ImageState():
            self.by_image.pop(image, None)
        else:
            self.by_image[image] = state
        if not image.isascii():
            alike = self._spellings[_composed(image)]
            (alike.add if image in self.by_image else alike.discard)(image)
        (self.contested.add if state.contested else self.contested.discard)(image)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _missing_class(state: ImageState, label: int | None, soft: tuple[float, ...] | None) -> str | None:
    """Return why a decision cannot be expressed in the data set's classes, or None where it can."""
    if state.label is not None and label is None:
        return f"the data set has no class {state.label} any more"
    if state.soft is not None and soft is None:
        return f"the data set does not have every class of the shares ({', '.join(state.soft)}) any more"
    return None


def _step(state: ImageState, item: Item, record: OperationRecord) -> ImageState:
    if item.action == "note":
        return replace(state, note=item.text or None)
    if item.action == "tag" and item.text:
        return replace(state, tags=(*(tag for tag in state.tags if tag != item.text), item.text))
    if item.action == "untag":
        return replace(state, tags=tuple(tag for tag in state.tags if tag != item.text))
    if item.action not in LABEL_ACTIONS or not _overrides(state, item, record):
        return state
    return replace(
        state,
        action=item.action,
        label=item.result,
        soft=item.soft if item.action == "ambiguous" else None,
        annotator=record.operation.annotator,
        at=record.at,
        op_id=record.operation.op_id,
        seq=record.seq,
        mode=record.operation.mode,
    )


def _overrides(state: ImageState, item: Item, record: OperationRecord) -> bool:
    """Return whether a decision replaces the one before."""
    if state.final and record.operation.mode != FINAL:
        return False
    # Skipping an image that is already decided does not undo the decision.
    return item.action != "skip" or state.action in (None, "skip")
