"""A version of the evidence in other rows and class numbers than those it was built in; `alignment` works them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import schema
from auditor.evidence.noise_rate import confused_pairs
from auditor.evidence.versions import ASSIGNMENTS, EvidenceVersion

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class View(EvidenceVersion):
    """A version in today's numbers.

    Attributes:
        origin: The version as it is on the disk.
        places: int64 [M], the origin's table row of every row of this table, which are in the order of the data set.
        now: int32 [M], rows of the data set, ascending.
        numbers: int16 [C + 1], today's class number by the origin's; the last one, -1, for none.
        names: Object [M], names as the data set spells them.
        classes, codes: Today's classes.
        pairs: int64 [P, 2], today's rows of the origin's duplicates; None where their names are not known.
    """

    origin: EvidenceVersion
    places: NDArray[np.int64]
    now: NDArray[np.int32]
    numbers: NDArray[np.int16]
    names: NDArray[Any]
    classes: tuple[str, ...]
    codes: tuple[str, ...]
    pairs: NDArray[np.int64] | None
    _courses: dict[str | None, NDArray[np.float16]] = field(default_factory=dict)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an image that is still there, in the data set's order."""
        table = self.origin.table.iloc[self.places].reset_index(drop=True)
        table[schema.ROW] = self.now
        table[schema.NAME] = self.names
        for name in table.columns:
            if schema.is_class(name):
                table[name] = self.numbers[table[name].to_numpy(np.int64)]
        return self._posteriors(table)

    def _posteriors(self, table: pd.DataFrame) -> pd.DataFrame:
        """The columns of probabilities by label set and class, renumbered; NaN for a class that no set knew."""
        old, new = len(self.numbers) - 1, len(self.classes)
        for method in self.origin.methods:
            prefix = f"{schema.own(method, schema.POSTERIOR)}_"
            own = [name for name in table.columns if name.startswith(prefix)]
            values = table[own].to_numpy(np.float32)
            table = table.drop(columns=own)
            if len(own) % old:  # label sets with other numbers of classes: which column is which is not known
                continue
            for start in range(0, len(own), old):
                renumbered = _columns(values[:, start : start + old], self.numbers, new)
                renumbered[:, ~np.isin(np.arange(new), self.numbers)] = np.nan
                first = start // old * new
                for number in range(new):
                    table[f"{prefix}{first + number}"] = renumbered[:, number]
        return table

    @cached_property
    def rows(self) -> NDArray[np.int32]:
        """int32 [M]: the data set's row of each table row."""
        return self.now

    @property
    def built_rows(self) -> NDArray[np.int32]:
        """int32 [M]: the rows that the images had when the evidence was built."""
        rows: NDArray[np.int32] = self.origin.rows[self.places]
        return rows

    @property
    def map(self) -> pd.DataFrame:
        """Positions of the images that are still there."""
        frame = self.origin.map
        rows = self.rows_today(frame[schema.ROW].to_numpy(np.int64))
        return frame.assign(**{schema.ROW: rows})[rows >= 0].sort_values(schema.ROW, ignore_index=True)

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Pairs of which both images are still there, and known by name."""
        pairs = self.origin.duplicates
        rows = self.pairs
        if rows is None:
            rows = np.stack([self.rows_today(pairs[name].to_numpy(np.int64)) for name in (schema.ROW, "other")], axis=1)
        moved = pairs.assign(**{schema.ROW: rows.min(axis=1), "other": rows.max(axis=1)})
        swapped = rows[:, 0] > rows[:, 1]
        if "other_name" in moved:
            first, second = pairs["name"].to_numpy(object), pairs["other_name"].to_numpy(object)
            moved["name"], moved["other_name"] = np.where(swapped, second, first), np.where(swapped, first, second)
        return moved[(rows >= 0).all(axis=1)].sort_values([schema.ROW, "other"], ignore_index=True)

    @cached_property
    def neighbours(self) -> NDArray[np.int32]:
        """int32 [M, k], rows of the data set, nearest first; -1 for a neighbour that is not there."""
        return self.rows_today(np.asarray(self.origin.neighbours)[self.places]).astype(np.int32)

    @cached_property
    def neighbour_distance(self) -> NDArray[np.float32]:
        """float32 [M, k], cosine distance in [0, 2]."""
        distance: NDArray[np.float32] = np.asarray(self.origin.neighbour_distance)[self.places]
        return distance

    @cached_property
    def probs(self) -> NDArray[np.float16]:
        """float16 [M, C], the consensus without the classes that are gone; 0 for those that it did not know."""
        probs = np.asarray(self.origin.probs)[self.places].astype(np.float32)
        return _columns(probs, self.numbers, len(self.classes)).astype(np.float16)

    @cached_property
    def directions(self) -> NDArray[np.float32]:
        """float32 [M, D], unit length, of the images that are still there."""
        directions: NDArray[np.float32] = self.origin.directions[self.places]
        return directions

    def p_given(self, method: str | None = None) -> NDArray[np.float16]:
        """float16 [M, E]: p(given label) after every epoch, of one method or (None) the mean over the methods."""
        if method not in self._courses:
            self._courses[method] = np.asarray(self.origin.p_given(method))[self.places]
        return self._courses[method]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The summary with today's classes: shares and rates of the data set as it was, counts of what is left."""
        summary = self.origin.summary
        assignments = np.bincount(self.table[schema.ASSIGNMENT].to_numpy(np.int64), minlength=len(ASSIGNMENTS))
        images = np.bincount(self.table[schema.GIVEN].to_numpy(np.int64), minlength=len(self.classes)).tolist()
        changed: dict[str, Any] = {
            "images": len(self.places),
            "classes": list(self.classes),
            "codes": list(self.codes),
            "assignments": dict(zip(ASSIGNMENTS, assignments.tolist(), strict=True)),
        }
        if "noise" in summary:
            rates = ("by_class", "by_class_low", "by_class_high")
            changed["noise"] = {
                **summary["noise"],
                **{name: self._by_class(summary["noise"][name]) for name in rates if name in summary["noise"]},
                "images": images,
            }
        if "transition" in summary:
            rows = [self._by_class(row) for row in summary["transition"]]
            empty = [None] * len(self.classes)
            changed["transition"] = [empty if row is None else row for row in self._by_class(rows)]
            matrix = np.array(changed["transition"], np.float64)
            changed["confused"] = confused_pairs(np.nan_to_num(matrix), images)
        return {**summary, **changed}

    def _by_class(self, values: Sequence[Any]) -> list[Any]:
        """A list by class in today's numbers; None for a class that is new, or that was two."""
        by_class: list[Any] = [None] * len(self.classes)
        once = Counter(self.numbers[:-1].tolist())
        for value, number in zip(values, self.numbers[:-1].tolist(), strict=True):
            if number >= 0 and once[number] == 1:
                by_class[number] = value
        return by_class

    def rows_today(self, built: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the current rows for rows of the original data set; -1 for images that are not in the table."""
        rows = np.asarray(built, np.int64)
        today = np.full(len(self.origin.rows) + 1, -1, np.int64)
        today[self.places] = self.now
        rows_built = np.append(self.origin.rows.astype(np.int64), np.iinfo(np.int64).max)
        at = np.searchsorted(rows_built, rows)
        return np.where(rows_built[at] == rows, today[at], -1)


def _columns(values: NDArray[np.float32], numbers: NDArray[np.int16], classes: int) -> NDArray[np.float32]:
    """Columns by class in today's numbers, float32 [M, C]: those of classes that became one add up."""
    summed = np.zeros((len(values), classes), np.float32)
    for old, new in enumerate(numbers[:-1].tolist()):
        if new >= 0:
            summed[:, new] += values[:, old]
    return summed
