"""The columns that Review filters and sorts by, as one array per column over the rows of a data set.

Evidence has a row for every training image; the arrays here have one for every image, so that a row number is an
index everywhere. At 100,000 images a filter is then a few comparisons of arrays: milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.evidence.noise_rate import standard_error
from auditor.evidence.rerank import rerank, verdicts
from auditor.evidence.versions import EvidenceVersion
from auditor.store import counts
from auditor.store.state import Standing
from models.titles import title

ASSIGNMENTS = ("clean", "ambiguous", "noisy")
FloatColumn = NDArray[np.float32]

# The orders of a queue: column, title, whether the highest comes first, and the format of the value.
SORTS: dict[str, tuple[str, str, bool, str]] = {
    "suspicion": (schema.P_MISLABELLED, "Most suspicious", True, "percent"),
    "learned": ("p_change", "Learned from the decisions", True, "percent"),
    "ambiguity": (schema.AMBIGUITY, "Most ambiguous", True, "number"),
    "stability": (schema.STABILITY, "Least stable", False, "number"),
    "votes": (schema.VOTES_NOISY, "Most votes for noisy", True, "count"),
    "confident": (schema.CL_SUSPICION, "Confident learning", True, "number"),
    "aum": (schema.AUM, "Lowest AUM", False, "number"),
    "neighbours": (schema.KNN_DISAGREEMENT, "Neighbours disagree", True, "percent"),
    "variability": (schema.CARTO_VARIABILITY, "Most variable", True, "number"),
    "forgetting": (schema.CARTO_FORGETTING, "Most forgotten", True, "count"),
    "duplicates": (schema.DUPLICATE_GROUP, "Duplicates together", False, "none"),
    "file": ("", "File order", False, "none"),
}


@dataclass(frozen=True, eq=False)
class Columns:
    """Values of every image of a data set; arrays have N rows, and images without evidence hold -1 or NaN.

    Attributes:
        rows: int32 [M], the rows that are reviewed, in file order: the training images, or all where there are none.
        given: int16 [N], given labels.
        suggested: int16 [N], the label that the evidence suggests, -1 without evidence.
        assignment: int8 [N], 0 clean, 1 ambiguous, 2 noisy, -1 without evidence.
        duplicate: int32 [N], group of near-equal images, -1 for none.
        values: float32 [N] by column name of the evidence table: the values to sort by.
        sorts: The names of `SORTS` (and of methods) that have a value here, in the order of the menu.
        ranked: `rows` in every order used so far, by the `sort` of the address (filters.order).
    """

    rows: NDArray[np.int32]
    given: NDArray[np.int16]
    suggested: NDArray[np.int16]
    assignment: NDArray[np.int8]
    duplicate: NDArray[np.int32]
    values: dict[str, FloatColumn] = field(default_factory=dict)
    sorts: tuple[str, ...] = ("file",)
    ranked: dict[str, NDArray[np.int32]] = field(default_factory=dict)

    @property
    def has_evidence(self) -> bool:
        """Whether any image has been scored by a method."""
        return "suspicion" in self.sorts

    @property
    def suspicion(self) -> FloatColumn:
        """float32 [N], probability in [0, 1] that the given label is wrong; NaN without evidence."""
        return self.values.get(schema.P_MISLABELLED, np.full(len(self.given), np.nan, dtype=np.float32))


def build(dataset: Dataset, table: pd.DataFrame | None) -> Columns:
    """Spread an evidence table over the rows of its data set.

    Args:
        dataset: The data set.
        table: One row per scored image with its data set `row` (auditor.evidence), or None before any run.
    """
    size = len(dataset)
    rows = counts.audited(dataset)
    given = np.asarray(dataset.labels, dtype=np.int16)
    empty = Columns(
        rows,
        given,
        np.full(size, -1, dtype=np.int16),
        np.full(size, -1, dtype=np.int8),
        np.full(size, -1, dtype=np.int32),
    )
    if table is None or not len(table):
        return empty
    at = table[schema.ROW].to_numpy(dtype=np.int64)
    present = at < size  # a label file that lost lines since the run
    table, at = table[present], at[present]
    values = {name: _spread(table[name], at, size) for name in _numeric(table)}
    sorts = [name for name, (column, *_) in SORTS.items() if not column or column in values or name == "learned"]
    sorts[-1:-1] = [schema.method_of(name) for name in values if schema.is_method_suspicion(name)]
    return Columns(
        rows=rows,
        given=given,
        suggested=_codes(table, schema.SUGGESTED, at, empty.suggested),
        assignment=_codes(table, schema.ASSIGNMENT, at, empty.assignment),
        duplicate=_codes(table, schema.DUPLICATE_GROUP, at, empty.duplicate),
        values=values,
        sorts=tuple(sorts),
    )


def learn(dataset: Dataset, columns: Columns, evidence: EvidenceVersion, standing: Mapping[str, Standing]) -> Columns:
    """Add a column to sort by: the probability that a label will be changed, estimated from the decisions so far.

    Args:
        dataset: The data set.
        columns: The result of `build`.
        evidence: The evidence.
        standing: The current decisions (`DecisionState.on`).
    """
    table = evidence.table
    result = rerank(table, verdicts(standing, table), standard_error(evidence.summary["noise"]))
    at = table[schema.ROW].to_numpy(dtype=np.int64)
    present = at < len(dataset)
    spread = np.full(len(dataset), np.nan, dtype=np.float32)
    shown = present & result.undecided  # decided images come last: their label is known
    spread[at[shown]] = result.p_change[shown]
    return replace(columns, values={**columns.values, "p_change": spread}, ranked={})


def _numeric(table: pd.DataFrame) -> list[str]:
    columns = {schema.VOTES_TOTAL, *(column for column, *_ in SORTS.values() if column)}
    return [name for name in table.columns if name in columns or schema.is_method_suspicion(name)]


def _spread(column: pd.Series, at: NDArray[np.int64], size: int) -> FloatColumn:
    spread = np.full(size, np.nan, dtype=np.float32)
    spread[at] = column.to_numpy(dtype=np.float32, na_value=np.nan)
    return spread


def _codes(table: pd.DataFrame, name: str, at: NDArray[np.int64], empty: NDArray[Any]) -> NDArray[Any]:
    spread = empty.copy()
    if name in table:
        column = table[name]
        spread[at] = column.fillna(-1).to_numpy(dtype=empty.dtype)
    return spread


def sort_of(name: str) -> tuple[str, str, bool, str]:
    """Return a sort's column, title, direction and format; a method's name sorts by that method's suspicion."""
    return SORTS.get(name, (schema.own(name, schema.SUSPICION), f"{title(name)}'s suspicion", True, "percent"))


def rows_where(table: pd.DataFrame, mask: NDArray[Any]) -> NDArray[np.int64]:
    """Return the data set rows of the images in a mask [M], the most suspicious first."""
    positions = np.flatnonzero(mask)
    order = np.argsort(-table[schema.P_MISLABELLED].to_numpy()[positions], kind="stable")
    rows: NDArray[np.int64] = table[schema.ROW].to_numpy()[positions[order]]
    return rows


def differing(table: pd.DataFrame, first: str, second: str) -> NDArray[np.bool_]:
    """Return which images two methods assign differently [M], among those that both have scored."""
    first_assignment, second_assignment = (
        table[schema.own(name, schema.ASSIGNMENT)].to_numpy() for name in (first, second)
    )
    different: NDArray[np.bool_] = (
        (first_assignment >= 0) & (second_assignment >= 0) & (first_assignment != second_assignment)
    )
    return different
