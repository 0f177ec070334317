"""The operations of an annotator and the state of an image that follows from them.

Classes are given by name; their numbers mean something only together with the data set that they were read from (see
naming.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.errors import RefusedError
from auditor.store.naming import alike, class_numbers

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset

DECIDING = ("keep", "relabel", "ambiguous", "exclude")
LABEL_ACTIONS = (*DECIDING, "skip")
MARK_ACTIONS = ("note", "tag", "untag")
ACTIONS = LABEL_ACTIONS + MARK_ACTIONS
KINDS = ("decide", "undo", "redo")
FINAL = "final"
MODES = ("open", "blind", "repeat", FINAL)
"""A repeat is an image shown again in blind mode: it measures the annotator and changes nothing. A final decision ends
a disagreement: it holds whatever anybody decides afterwards, until it is undone or another final one is made."""


@dataclass(frozen=True)
class Item:
    """The part of an operation that concerns one image.

    Attributes:
        image: The image's name in the data set, its identity.
        row: Its row when the decision was made; for the record only, rows shift.
        action: 'keep', 'relabel', 'ambiguous', 'exclude', 'skip', 'note', 'tag' or 'untag'.
        from_class: Name of the given label, or None.
        to_class: Name of the new label; required by relabel.
        soft: Shares by class name, in (0, 1] with sum 1: what an ambiguous face shows, or None.
        text: The note or the tag.
        shown_at: When the image appeared on the screen, seconds since 1970, or None.
        exact: True where the data set held a second image then whose name differs in its Unicode form only: this
            item never concerns that one, whatever becomes of the image.
    """

    image: str
    row: int
    action: str
    from_class: str | None = None
    to_class: str | None = None
    soft: Mapping[str, float] | None = None
    text: str | None = None
    shown_at: float | None = None
    exact: bool = False

    @property
    def result(self) -> str | None:
        """Name of the label after the decision; None for exclude, skip and marks."""
        if self.action == "keep":
            return self.from_class
        if self.action == "ambiguous" and self.to_class is None:
            return self.from_class
        return self.to_class if self.action in ("relabel", "ambiguous") else None


def item_of(
    dataset: Dataset,
    row: int,
    action: str,
    label: int | None = None,
    *,
    soft: Sequence[float] | None = None,
    text: str | None = None,
    shown_at: float | None = None,
) -> Item:
    """Make an item from row and class numbers; the item holds the names of the image and the classes.

    Args:
        dataset: The data set that the numbers refer to.
        row: The image's row.
        action: See `Item`.
        label: The new label, a class index.
        soft: Shares of the classes [C].
        text: The note or the tag.
        shown_at: Seconds since 1970.

    Raises:
        RefusedError: A class of that number does not exist.
    """
    numbers = class_numbers(dataset)
    return Item(
        image=str(dataset.names[row]),
        row=int(row),
        action=action,
        from_class=numbers.name(int(dataset.labels[row])),
        to_class=None if label is None else numbers.name(int(label)),
        soft=None if soft is None else numbers.by_name(soft),
        text=text,
        shown_at=shown_at,
        exact=dataset.has_twin(int(row)),
    )


def row_number(item: Item) -> int:
    """Return the number that the log stores for an item: its row, or -1 - row where its name counts exactly."""
    return -1 - int(item.row) if item.exact else int(item.row)


def row_of(stored: int) -> int:
    """Return the row of an item by the number that the log stores for it (see `row_number`)."""
    return stored if stored >= 0 else -1 - stored


@dataclass(frozen=True)
class Operation:
    """One act of one annotator: a decision on one or many images, an undo or a redo.

    Attributes:
        op_id: Made by the client, so that an operation sent twice is done once.
        dataset: The data set's key.
        annotator: The annotator's name.
        kind: 'decide', 'undo' or 'redo'.
        target: For undo and redo: the op_id of the decision.
        evidence: The evidence version that was on the screen, or None.
        mode: 'open', 'blind' (given label hidden), 'repeat' (shown again: recorded, never applied) or 'final' (ends a
            disagreement).
        session: The browser session, so that a client learns which of its operations arrived.
        items: What a decision does; empty for undo and redo.
    """

    op_id: str
    dataset: str
    annotator: str
    kind: str = "decide"
    target: str | None = None
    evidence: str | None = None
    mode: str = "open"
    session: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class OperationRecord:
    """An operation as it is in the log.

    Attributes:
        seq: Its number: later operations have higher ones.
        at: When it was saved, seconds since 1970.
        operation: What was sent.
        active: False for a decision that is undone at present.
        undone_by: Who undid it, or None.
        erased: Images that it decided on and that were erased since; they are no items of the operation any more.
    """

    seq: int
    at: float
    operation: Operation
    active: bool = True
    undone_by: str | None = None
    erased: int = 0

    @property
    def empty(self) -> bool:
        """Whether it is a decision of which nothing is left: all its images were erased, so nothing can be undone."""
        return self.operation.kind == "decide" and not self.operation.items


@dataclass(frozen=True)
class Checked:
    """What became of a decision that was held against newer ones.

    Attributes:
        seq: Its number in the log; None where nothing of it was saved.
        newer: Images that it was not saved for, each with the annotator of the newer decision.
    """

    seq: int | None
    newer: Mapping[str, str]


@dataclass(frozen=True)
class PersonalDecision:
    """One person's latest valid decision on one image; skips, repeats and final decisions do not count.

    Attributes:
        annotator: The person's name.
        action: 'keep', 'relabel', 'ambiguous' or 'exclude'.
        label: Name of the label after it; None for exclude.
        at: When, seconds since 1970.
        op_id: The operation.
    """

    annotator: str
    action: str
    label: str | None
    at: float
    op_id: str

    @property
    def answer(self) -> tuple[str, str]:
        """The value that is equal where two people agree: the resulting label, or ambiguous, or excluded."""
        return ("label", alike(self.label or "")) if self.action in ("keep", "relabel") else (self.action, "")


@dataclass(frozen=True)
class ImageState:
    """The current state of one image, by class names.

    Attributes:
        action: The current decision (the last final one, else the last), or None where there are only marks.
        label: Name of the label after the decision, or None for exclude and skip.
        soft: Shares by class name of an ambiguous face, or None.
        note: The last note.
        tags: In the order they were given.
        annotator: Who decided it.
        at: When, seconds since 1970.
        op_id: The operation that decided.
        seq: Its number.
        mode: 'open', 'blind' or 'final'.
        opinions: Each person's latest decision, in the order they were made.
    """

    action: str | None = None
    label: str | None = None
    soft: Mapping[str, float] | None = None
    note: str | None = None
    tags: tuple[str, ...] = field(default=())
    annotator: str | None = None
    at: float | None = None
    op_id: str | None = None
    seq: int | None = None
    mode: str | None = None
    opinions: tuple[PersonalDecision, ...] = ()

    @property
    def contested(self) -> bool:
        """Whether people differ: in the resulting label, or in calling it ambiguous or excluding it."""
        return len({opinion.answer for opinion in self.opinions}) > 1

    @property
    def final(self) -> bool:
        """Whether the current decision is a final one."""
        return self.mode == FINAL


def check(operation: Operation) -> None:
    """Refuse an operation that makes no sense, before anything is written.

    Raises:
        RefusedError: What is wrong with it.
    """
    if operation.kind not in KINDS or operation.mode not in MODES:
        raise RefusedError(f"The operation is a {operation.kind!r} in mode {operation.mode!r}; reload the page.")
    if not operation.op_id or not operation.annotator.strip():
        raise RefusedError(
            "A decision came without an annotator's name or without an id; type your name in the sidebar."
        )
    if (operation.kind == "decide") != (operation.target is None) or bool(operation.items) != (
        operation.kind == "decide"
    ):
        raise RefusedError("A decision names images, an undo or redo names the decision; this operation does not.")
    _check_text(operation.op_id, operation.annotator, operation.evidence, operation.session, operation.target)
    for item in operation.items:
        _check_item(item)


def _check_item(item: Item) -> None:
    if item.action not in ACTIONS:
        raise RefusedError(f"The action {item.action!r} does not exist; expected one of {', '.join(ACTIONS)}.")
    _check_text(item.image, item.from_class, item.to_class, item.text, *(item.soft or ()))
    if item.action == "relabel" and not item.to_class:
        raise RefusedError(f"The relabelling of {item.image} names no label; choose one of the data set's classes.")
    if item.action in MARK_ACTIONS and item.text is None:
        raise RefusedError(f"The {item.action} of {item.image} has no text; type one.")
    if item.soft is not None and not _is_distribution(item.soft):
        raise RefusedError(f"The shares of {item.image} are not numbers from 0 to 1 that add up to 1; set them again.")


def _check_text(*texts: str | None) -> None:
    """Refuse characters that no database stores: the operation would be sent and refused again and again."""
    for text in texts:
        if text is not None and ("\0" in text or not _encodable(text)):
            raise RefusedError(f"The text {text[:40]!r} holds characters that cannot be stored; type it again.")


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_distribution(soft: Mapping[str, float]) -> bool:
    shares = soft.values()
    return all(math.isfinite(share) and 0 <= share <= 1 for share in shares) and abs(sum(shares) - 1) < 1e-3
