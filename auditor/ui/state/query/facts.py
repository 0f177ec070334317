"""Every column that a query can ask for: of the data set, of the evidence and of the decisions, read when it is asked.

A fact is an array with one value for each image of the data set. Reading one at 100,000 images takes about a
millisecond, and only those that a query names are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Dataset
from auditor.evidence import schema
from auditor.recent import Recent
from auditor.store import counts
from auditor.ui.state.columns import ASSIGNMENTS
from auditor.ui.state.overlay import ACTION_CODES, Overlay

if TYPE_CHECKING:
    import pandas as pd

CLASS, CHOICE, NUMBER, TEXT, FLAG, SET = "class", "choice", "number", "text", "yes or no", "set"
NOTHING = "none"
"""The word for 'has no value'."""

_facts: Recent[tuple[int, int], dict[str, Fact]] = Recent(3)


@dataclass(frozen=True)
class Fact:
    """One column.

    Attributes:
        kind: `CLASS` and `CHOICE` hold codes (-1 for none), `NUMBER` floats (NaN for none), `TEXT` strings, `FLAG`
            booleans; a `SET` has several words for an image, and `read` gives the rows of one word.
        words: The words of a choice or a set, by code.
        read: The values [N].
        rows_of: For a set, bool [N] of a word.
    """

    kind: str
    words: tuple[str, ...] = ()
    read: Callable[[], NDArray[Any]] = lambda: np.zeros(0)
    rows_of: Callable[[str], NDArray[np.bool_]] | None = None


def facts(dataset: Dataset, table: pd.DataFrame | None, overlay: Overlay) -> dict[str, Fact]:
    """Return every column by its name.

    Args:
        dataset: The data set in hand.
        table: Its evidence in its rows, or None.
        overlay: Its decisions.
    """
    place = (id(dataset), id(table))  # both are held by what is kept, so that no other object has their numbers
    judged = _facts.get(place) or _facts.put(place, _of_table(dataset, table))
    return {**judged, **_of_dataset(dataset), **_of_decisions(dataset, overlay)}


def listed(by_name: dict[str, Fact], classes: tuple[str, ...]) -> list[list[Any]]:
    """Return [name, kind, words] of every column, for completion."""
    return [[name, fact.kind, list(classes if fact.kind == CLASS else fact.words)] for name, fact in by_name.items()]


def _of_dataset(dataset: Dataset) -> dict[str, Fact]:
    by_name = {
        "given": Fact(CLASS, read=lambda: dataset.labels),
        "name": Fact(TEXT, read=lambda: dataset.names),
        "file": Fact(TEXT, read=lambda: dataset.paths),
        "split": Fact(CHOICE, SPLITS, lambda: dataset.split),
        "row": Fact(NUMBER, read=lambda: np.arange(len(dataset), dtype=np.float32)),
    }
    for each in dataset.label_sets:
        name = re.sub(r"[^a-z0-9]+", "_", each.name.lower()).strip("_") or "labels"
        while name in by_name:
            name += "_2"
        by_name[name] = Fact(CLASS, read=partial(_same, each.labels))
    return by_name


def _same(values: NDArray[Any]) -> NDArray[Any]:
    return values


def _of_table(dataset: Dataset, table: pd.DataFrame | None) -> dict[str, Fact]:
    if table is None or not len(table):
        return {}
    at = table[schema.ROW].to_numpy(np.int64)
    present = at < len(dataset)

    def spread(name: str, empty: float, kind: type) -> NDArray[Any]:
        values: NDArray[Any] = np.full(len(dataset), empty, dtype=kind)
        values[at[present]] = table[name].to_numpy(dtype=kind, na_value=empty)[present]
        return values

    by_name = {}
    for name in table.columns:
        if name in (schema.ROW, schema.NAME, schema.GIVEN):
            continue
        if schema.is_class(name):
            by_name[name] = Fact(CLASS, read=partial(spread, name, -1, np.int16))
        elif name == schema.ASSIGNMENT or name.endswith(f"_{schema.ASSIGNMENT}"):
            by_name[name] = Fact(CHOICE, ASSIGNMENTS, partial(spread, name, -1, np.int16))
        elif table[name].dtype.kind in "fiub":
            by_name[name] = Fact(NUMBER, read=partial(spread, name, np.nan, np.float32))
        else:
            by_name[name] = _words(table, name, at, present, len(dataset))
    return by_name


def _words(table: pd.DataFrame, name: str, at: NDArray[np.int64], present: NDArray[np.bool_], size: int) -> Fact:
    """A column of few words, such as how an image was scored."""
    column = table[name].astype("category").cat

    def read() -> NDArray[np.int16]:
        codes = np.full(size, -1, dtype=np.int16)
        codes[at[present]] = column.codes.to_numpy(np.int16)[present]
        return codes

    return Fact(CHOICE, tuple(str(word) for word in column.categories), read)


def _of_decisions(dataset: Dataset, overlay: Overlay) -> dict[str, Fact]:
    size = len(dataset)

    def of_rows(rows: set[int]) -> NDArray[np.bool_]:
        marked = np.zeros(size, np.bool_)
        marked[list(rows)] = True
        return marked

    return {
        "reviewed": Fact(FLAG, read=lambda: counts.reviewed(overlay.action)),
        "decision": Fact(CHOICE, tuple(ACTION_CODES), lambda: overlay.action.astype(np.int16) - 1),
        "by": Fact(CHOICE, tuple(overlay.annotators), lambda: overlay.annotator),
        "contested": Fact(FLAG, read=lambda: overlay.contested),
        "final": Fact(FLAG, read=lambda: overlay.final),
        "noted": Fact(FLAG, read=lambda: of_rows(overlay.notes)),
        "tag": Fact(
            SET,
            tuple(sorted(tag for tag, rows in overlay.tags.items() if rows)),
            read=lambda: of_rows(set().union(*overlay.tags.values()) if overlay.tags else set()),
            rows_of=lambda word: of_rows(overlay.tags.get(word, set())),
        ),
    }
