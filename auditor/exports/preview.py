"""What an export would change: every image, from what to what, by whom and when; and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset

if TYPE_CHECKING:
    from auditor.store.state import DecisionState


@dataclass(frozen=True)
class Change:
    """One image with a standing decision that an export carries.

    Attributes:
        row: its row; -1 where the data set has no such image any more.
        name: the image's name.
        file: the label file it is in, relative to the root ('' for folders).
        line: its line there, 0 for none.
        action: relabel, ambiguous or exclude (and keep, in `Preview.decided`).
        from_label: the given label, a class index, or -1 where the image is not there any more.
        to_label: the label after the decision, or None for an excluded image.
        soft: shares of the classes of an ambiguous face, or None.
        who: the annotator.
        when: seconds since 1970.
        evidence: the version of the evidence that was on the screen, or None.
        note: the annotator's last note, or None.
    """

    row: int
    name: str
    file: str
    line: int
    action: str
    from_label: int
    to_label: int | None
    soft: tuple[float, ...] | None
    who: str
    when: float
    evidence: str | None
    note: str | None


@dataclass(frozen=True, eq=False)
class Preview:
    """Everything the decisions say about a data set.

    Attributes:
        labels: int16 [N], the labels after the decisions.
        changes: images whose label differs from the given one, in row order: exactly what a source export changes.
        excluded: images to leave out.
        softened: images judged ambiguous with shares of the classes.
        decided: every image with a decision other than skip, in row order.
        unknown: decisions on images that the data set has not got any more.
    """

    labels: NDArray[np.int16]
    changes: tuple[Change, ...]
    excluded: tuple[Change, ...]
    softened: tuple[Change, ...]
    decided: tuple[Change, ...]
    unknown: tuple[Change, ...]

    @property
    def soft(self) -> dict[int, tuple[float, ...]]:
        """Shares of the classes by row."""
        return {change.row: change.soft for change in self.softened if change.soft is not None}


def preview(dataset: Dataset, state: DecisionState) -> Preview:
    """Hold the standing decisions against a data set.

    Args:
        dataset: as it is on the disk now.
        state: of the same data set.
    """
    decided: list[Change] = []
    unknown: list[Change] = []
    for name, image in state.by_image.items():
        if image.action in (None, "skip"):
            continue
        row = _row(dataset, name)
        given = int(dataset.labels[row]) if row >= 0 else -1
        label = {"exclude": None, "keep": given}.get(
            image.action or "", image.label if image.label is not None else given
        )
        record = state.records.get(image.op_id or "")
        change = Change(
            row=row,
            name=name,
            file=dataset.source_of(row) if row >= 0 else "",
            line=int(dataset.lines[row]) if row >= 0 else 0,
            action=str(image.action),
            from_label=given,
            to_label=label,
            soft=image.soft,
            who=image.annotator or "",
            when=image.at or 0.0,
            evidence=record.operation.evidence if record else None,
            note=image.note,
        )
        (decided if row >= 0 else unknown).append(change)
    decided.sort(key=lambda change: change.row)
    labels = dataset.labels.copy()
    for change in decided:
        if change.to_label is not None:
            labels[change.row] = change.to_label
    return Preview(
        labels=labels,
        changes=tuple(c for c in decided if c.to_label is not None and c.to_label != c.from_label),
        excluded=tuple(c for c in decided if c.action == "exclude"),
        softened=tuple(c for c in decided if c.soft is not None),
        decided=tuple(decided),
        unknown=tuple(unknown),
    )


def moment(seconds: float) -> str:
    """Seconds since 1970 as '2026-01-31T12:00:00Z'."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(dataset: Dataset, name: str) -> int:
    try:
        return int(dataset.index_of(name))
    except KeyError:
        return -1
