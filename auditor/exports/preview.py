"""The changes that an export would make, with the person and the time of each; and the images it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.store.naming import class_numbers
from auditor.store.operations import PersonalDecision
from auditor.store.state import Lapsed

if TYPE_CHECKING:
    from auditor.store.state import DecisionState, Standing


@dataclass(frozen=True)
class Change:
    """One image with a valid decision, tags or a note to export.

    Attributes:
        row: Its row.
        name: The image's name.
        file: The label file it is in, relative to the root ('' for folders).
        line: Its line in that file, 0 for none.
        action: 'keep', 'relabel', 'ambiguous' or 'exclude'; '' where there are only marks.
        from_label: The given label, a class index.
        to_label: The label after the decision, a class index, or None for an excluded image.
        soft: Shares of the classes of an ambiguous face, or None.
        who: The annotator's name; '' where there are only marks.
        when: Seconds since 1970.
        evidence: The version of the evidence that was on the screen, or None.
        note: The last note, or None.
        tags: The tags, in the order they were given.
        final: Whether it is a final decision, made to end a disagreement.
        opinions: Each person's latest decision, where people differ; empty where they agree.
        promise: What was promised of the operation that decided it with many others, or None.
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
    tags: tuple[str, ...] = ()
    final: bool = False
    opinions: tuple[PersonalDecision, ...] = ()
    promise: str | None = None


@dataclass(frozen=True, eq=False)
class Preview:
    """All decisions on a data set, as an export needs them.

    Attributes:
        labels: int16 [N], the labels after the decisions.
        changes: Images whose label differs from the given one, in row order: exactly what a source export changes.
        excluded: Images to leave out.
        softened: Images judged ambiguous with shares of the classes.
        decided: Every image with a decision other than skip, in row order.
        marked: Every image with tags or a note, in row order, decided or not.
        contested: Decided images on which people differ; the final decision is taken, else the latest.
        lapsed: Decisions that are no longer applicable: the image or the class is gone.
    """

    labels: NDArray[np.int16]
    changes: tuple[Change, ...]
    excluded: tuple[Change, ...]
    softened: tuple[Change, ...]
    decided: tuple[Change, ...]
    marked: tuple[Change, ...]
    contested: tuple[Change, ...]
    lapsed: tuple[Lapsed, ...]

    @property
    def soft(self) -> dict[int, tuple[float, ...]]:
        """Shares of the classes by row."""
        return {change.row: change.soft for change in self.softened if change.soft is not None}


def preview(dataset: Dataset, state: DecisionState) -> Preview:
    """Apply the valid decisions to a data set.

    Args:
        dataset: The data set as it is on the disk now.
        state: The decisions on the same data set.
    """
    every = [_change(dataset, state, name, standing) for name, standing in state.on(dataset).items()]
    every.sort(key=lambda change: change.row)
    decided = [change for change in every if change.action]
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
        marked=tuple(c for c in every if c.tags or c.note),
        contested=tuple(c for c in decided if c.opinions),
        lapsed=state.lapsed(dataset),
    )


def _change(dataset: Dataset, state: DecisionState, name: str, standing: Standing) -> Change:
    image, row = standing.state, standing.row
    action = "" if standing.action in (None, "skip") else str(standing.action)
    given = int(dataset.labels[row])
    record = state.records.get(image.op_id or "") if action else None
    return Change(
        row=row,
        name=name,
        file=dataset.source_of(row),
        line=int(dataset.lines[row]),
        action=action,
        from_label=given,
        to_label=None if action == "exclude" else given if standing.label is None else standing.label,
        soft=standing.soft if action else None,
        who=(standing.annotator or "") if action else "",
        when=(image.at or 0.0) if action else 0.0,
        evidence=record.operation.evidence if record else None,
        note=image.note,
        tags=image.tags,
        final=bool(action) and image.final,
        opinions=image.opinions if action and image.contested else (),
        promise=record.operation.items[0].text if record and record.operation.items else None,
    )


def spoken(dataset: Dataset, opinion: PersonalDecision) -> str:
    """Return a person's decision, in the source's spelling where the data set still has the class: 'Bob: 4'."""
    number = class_numbers(dataset).number(opinion.label)
    label = opinion.label if number is None else dataset.codes[number]
    answer = {"exclude": "excluded", "ambiguous": "ambiguous"}.get(opinion.action, label or "kept")
    return f"{opinion.annotator}: {answer}"


def moment(seconds: float) -> str:
    """Format seconds since 1970 as '2026-01-31T12:00:00Z'."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
