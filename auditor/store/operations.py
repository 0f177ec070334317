"""What an annotator can do, and what is true of an image afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from auditor.errors import RefusedError

LABEL_ACTIONS = ("keep", "relabel", "ambiguous", "exclude", "skip")
MARK_ACTIONS = ("note", "tag", "untag")
ACTIONS = LABEL_ACTIONS + MARK_ACTIONS
KINDS = ("decide", "undo", "redo")
# A repeat is an image shown again in blind mode: it measures the annotator and changes nothing.
MODES = ("open", "blind", "repeat")


@dataclass(frozen=True)
class Item:
    """What one operation does to one image.

    Attributes:
        image: The image's name in the data set, its identity.
        row: Its row when the decision was made.
        action: keep, relabel, ambiguous, exclude, skip, note, tag or untag.
        from_label: The given label, a class index, or None.
        to_label: The new label, a class index: needed by relabel.
        soft: Shares of the classes [C], in [0, 1] with sum 1: what an ambiguous face shows, or None.
        text: The note or the tag.
        shown_at: When the image came on the screen, seconds since 1970, or None.
    """

    image: str
    row: int
    action: str
    from_label: int | None = None
    to_label: int | None = None
    soft: tuple[float, ...] | None = None
    text: str | None = None
    shown_at: float | None = None


@dataclass(frozen=True)
class Operation:
    """One act of one annotator: a decision on one or many images, an undo or a redo.

    Attributes:
        op_id: Made by the client, so that sending it twice does it once.
        dataset: The data set's key.
        annotator: Who.
        kind: decide, undo or redo.
        target: For undo and redo: the op_id of the decision.
        evidence: The evidence version that was on the screen, or None.
        mode: open, blind (given label hidden) or repeat (shown again: recorded, never applied).
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
    """An operation as it stands in the log.

    Attributes:
        seq: Its number: later operations have higher ones.
        at: When it was saved, seconds since 1970.
        operation: What was sent.
        active: False for a decision that is undone at present.
        undone_by: Who undid it, or None.
    """

    seq: int
    at: float
    operation: Operation
    active: bool = True
    undone_by: str | None = None


@dataclass(frozen=True)
class ImageState:
    """What holds for one image now.

    Attributes:
        action: The last decision that stands, or None where there are only marks.
        label: Class index after the decision, or None for exclude and skip.
        soft: Shares of the classes [C] of an ambiguous face, or None.
        note: The last note.
        tags: In the order they were given.
        annotator: Who decided last.
        at: When, seconds since 1970.
        op_id: The operation that decided.
        seq: Its number.
        mode: open or blind.
    """

    action: str | None = None
    label: int | None = None
    soft: tuple[float, ...] | None = None
    note: str | None = None
    tags: tuple[str, ...] = field(default=())
    annotator: str | None = None
    at: float | None = None
    op_id: str | None = None
    seq: int | None = None
    mode: str | None = None


def check(operation: Operation, num_classes: int) -> None:
    """Refuse an operation that makes no sense, before anything is written.

    Raises:
        RefusedError: Says what is wrong with it.
    """
    if operation.kind not in KINDS or operation.mode not in MODES:
        raise RefusedError(f"The operation is a {operation.kind!r} in mode {operation.mode!r}, which does not exist.")
    if not operation.op_id or not operation.annotator.strip():
        raise RefusedError(
            "A decision came without an annotator's name or without an id; type your name in the sidebar."
        )
    if (operation.kind == "decide") != (operation.target is None) or bool(operation.items) != (
        operation.kind == "decide"
    ):
        raise RefusedError("A decision names images, an undo or redo names the decision; this operation does not.")
    for item in operation.items:
        _check_item(item, num_classes)


def _check_item(item: Item, num_classes: int) -> None:
    if item.action not in ACTIONS:
        raise RefusedError(f"The action {item.action!r} does not exist; expected one of {', '.join(ACTIONS)}.")
    for label in (item.from_label, item.to_label):
        if label is not None and not 0 <= label < num_classes:
            raise RefusedError(
                f"The label {label} is outside 0 to {num_classes - 1}; choose one of the data set's classes."
            )
    if item.action == "relabel" and item.to_label is None:
        raise RefusedError(f"The relabelling of {item.image} names no label; choose one of the data set's classes.")
    if item.action in MARK_ACTIONS and item.text is None:
        raise RefusedError(f"The {item.action} of {item.image} has no text; type one.")
    if item.soft is not None and not _is_distribution(item.soft, num_classes):
        raise RefusedError(
            f"The shares of {item.image} are not {num_classes} numbers from 0 to 1 that add up to 1; set them again."
        )


def _is_distribution(shares: tuple[float, ...], num_classes: int) -> bool:
    return (
        len(shares) == num_classes
        and all(math.isfinite(share) and 0 <= share <= 1 for share in shares)
        and abs(sum(shares) - 1) < 1e-3
    )
