"""Review's filters: read them from the address, and select and order the images."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import schema
from auditor.store import counts
from auditor.store.naming import class_numbers
from auditor.ui.state.columns import ASSIGNMENTS, Columns, sort_of
from auditor.ui.state.overlay import ACTION_CODES, Overlay

PAGE_SIZES = (30, 60, 120, 240, 500)
REVIEWED = ("", "no", "yes", *ACTION_CODES, "noted")
DUPLICATES = ("", "any", "conflict")
PEOPLE = ("", "differ", "open")
TEXT_LIMIT = 2_000

_names: WeakKeyDictionary[Dataset, tuple[str, NDArray[np.int64]]] = WeakKeyDictionary()
_ranking = threading.Lock()


@dataclass(frozen=True)
class Filters:
    """A view of the queue. Every field is a query parameter of the same name ('class' is `given` there).

    Attributes:
        given: Class names, separated by commas; empty for all.
        suggested: Likewise, for the suggested class.
        assignment: Clean, ambiguous, noisy, separated by commas.
        votes: Minimum number of votes for noisy.
        smin: Lowest suspicion, in [0, 1].
        smax: Highest suspicion, in [0, 1].
        by: Decided by this annotator.
        reviewed: No (skipped faces too), yes, one action, or noted.
        tag: Has this tag.
        dup: Any (has a near-equal image) or conflict (one with another label).
        people: Differ (people decided differently) or open (and no final decision was made yet).
        q: Part of the image's name.
        query: A line that asks by any column (auditor/ui/state/query).
        sel: Token of a saved selection.
        mine: 1 shows the person's part of the work that is shared out.
        sort: A name of `columns.SORTS` or a method; a minus in front reverses the order.
        per: Images a page.
        page: From 1.
        image: Name of the image in focus.
        view: Grid or single.
        blind: 1 hides the given label and the suggestion.
        named: Name of the saved view that this is.
    """

    given: str = ""
    suggested: str = ""
    assignment: str = ""
    votes: int = 0
    smin: float = 0.0
    smax: float = 1.0
    by: str = ""
    reviewed: str = ""
    tag: str = ""
    dup: str = ""
    people: str = ""
    q: str = ""
    query: str = ""
    sel: str = ""
    mine: int = 0
    sort: str = ""
    per: int = 60
    page: int = 1
    image: str = ""
    view: str = "grid"
    blind: int = 0
    named: str = ""

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Filters:
        """Read the valid values from query parameters or from the browser; the rest keeps its default."""
        parsed = {}
        for entry in fields(cls):
            value = values.get("class" if entry.name == "given" else entry.name)
            if value is not None:
                parsed[entry.name] = _parse(str(value), entry.default)
        valid = replace(cls(), **{name: value for name, value in parsed.items() if value is not None})
        if valid.blind:  # a filter by label, suggestion or part of a name (its folder) would reveal it
            valid = replace(valid, given="", suggested="", q="", query="")
        return replace(
            valid,
            per=min(PAGE_SIZES, key=lambda size: abs(size - valid.per)),
            page=max(1, valid.page),
            view=valid.view if valid.view in ("grid", "single") else "grid",
            reviewed=valid.reviewed if valid.reviewed in REVIEWED else "",
            dup=valid.dup if valid.dup in DUPLICATES else "",
            people=valid.people if valid.people in PEOPLE else "",
            blind=int(bool(valid.blind)),
            mine=int(bool(valid.mine)),
        )

    def parameters(self) -> dict[str, str]:
        """Return the query parameters that differ from the default."""
        plain = Filters()
        return {
            ("class" if entry.name == "given" else entry.name): _write(getattr(self, entry.name))
            for entry in fields(self)
            if getattr(self, entry.name) != getattr(plain, entry.name)
        }

    @property
    def question(self) -> Filters:
        """Return the filters that determine the images in the queue and their order: no page, focus or view."""
        return replace(self, page=1, image="", view="grid", per=60, named="")


def _parse(text: str, default: Any) -> Any:
    if isinstance(default, str):
        return text[:TEXT_LIMIT]
    try:
        number = type(default)(text)
    except ValueError:
        return None
    if isinstance(default, float):
        return min(1.0, max(0.0, number)) if math.isfinite(number) else None
    return min(max(number, 0), 10**7)


def _write(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def select(
    filters: Filters,
    dataset: Dataset,
    columns: Columns,
    overlay: Overlay,
    listed: NDArray[np.int32] | None = None,
    described: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Return the rows that pass the filters, in the order of the sort.

    Args:
        filters: The filters.
        dataset: The data set.
        columns: Its evidence.
        overlay: Its decisions.
        listed: The rows of the saved selection, where `filters.sel` names one.
        described: bool [N], what `filters.query` describes, where it asks for anything.

    Returns:
        int32 [K].
    """
    rows = columns.rows
    if filters.sel:
        rows = np.zeros(0, dtype=np.int32) if listed is None else listed[listed < len(dataset)]
    keep = np.ones(len(rows), dtype=np.bool_)
    for mask in _masks(filters, dataset, columns, overlay, rows):
        keep &= mask
    if described is not None:
        keep &= described[rows]
    return order(filters, columns, rows[keep])


def _masks(
    filters: Filters, dataset: Dataset, columns: Columns, overlay: Overlay, rows: NDArray[np.int32]
) -> list[NDArray[np.bool_]]:
    masks = []
    for wanted, column, number in (
        (filters.given, columns.given, class_numbers(dataset).number),
        (filters.suggested, columns.suggested, class_numbers(dataset).number),
        (filters.assignment, columns.assignment, {name: code for code, name in enumerate(ASSIGNMENTS)}.get),
    ):
        if wanted:
            codes = [code for name in wanted.split(",") if (code := number(name)) is not None]
            masks.append(np.isin(column[rows], codes))
    if filters.votes and schema.VOTES_NOISY in columns.values:
        masks.append(columns.values[schema.VOTES_NOISY][rows] >= filters.votes)
    if (filters.smin > 0 or filters.smax < 1) and columns.has_evidence:
        suspicion = columns.suspicion[rows]
        masks.append((suspicion >= filters.smin) & (suspicion <= filters.smax))
    if filters.q:
        masks.append(_named(filters.q, dataset, rows))
    return masks + _decision_masks(filters, columns, overlay, rows)


def _decision_masks(
    filters: Filters, columns: Columns, overlay: Overlay, rows: NDArray[np.int32]
) -> list[NDArray[np.bool_]]:
    masks = []
    action = overlay.action[rows]
    if filters.reviewed in ("yes", "no"):
        masks.append(counts.reviewed(action) == (filters.reviewed == "yes"))
    elif filters.reviewed == "noted":
        masks.append(np.isin(rows, list(overlay.notes)))
    elif filters.reviewed:
        masks.append(action == ACTION_CODES[filters.reviewed])
    if filters.by:
        who = overlay.annotators.index(filters.by) if filters.by in overlay.annotators else -2
        masks.append(overlay.annotator[rows] == who)
    if filters.tag:
        masks.append(np.isin(rows, list(overlay.tags.get(filters.tag, ()))))
    if filters.people:
        masks.append(overlay.contested[rows] & ~(overlay.final[rows] & (filters.people == "open")))
    if filters.dup:
        groups = columns.duplicate[rows]
        masks.append(groups >= 0 if filters.dup == "any" else np.isin(groups, _conflicts(columns)))
    return masks


def _named(part: str, dataset: Dataset, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    text, starts = _lowered(dataset)
    # What is left of a name is part of its match, so that a name matches once.
    matches = re.finditer(f"{re.escape(part.lower())}[^\0]*", text) if "\0" not in part else ()
    places = np.fromiter((match.start() for match in matches), dtype=np.int64)
    matching = np.zeros(len(dataset), dtype=np.bool_)
    matching[np.searchsorted(starts, places, side="right") - 1] = True
    return matching[rows]


def _lowered(dataset: Dataset) -> tuple[str, NDArray[np.int64]]:
    """The names in lower case as one text, kept while the data set is, and where each begins.

    At 100,000 images a look at every name would cost 80 ms at every letter that is typed; one search through the text
    costs a few.
    """
    cached = _names.get(dataset)
    if cached is None:
        names = [str(name).lower() for name in dataset.names]
        lengths = np.fromiter((len(name) + 1 for name in names), np.int64, len(names))
        cached = _names[dataset] = ("\0".join(names), np.concatenate([[0], np.cumsum(lengths)[:-1]]))
    return cached


def _conflicts(columns: Columns) -> NDArray[np.int32]:
    """Return the groups of near-equal images whose given labels differ."""
    rows = np.flatnonzero(columns.duplicate >= 0)
    groups, labels = columns.duplicate[rows], columns.given[rows]
    pairs = np.unique(np.stack([groups, labels.astype(np.int32)]), axis=1)
    names, counts = np.unique(pairs[0], return_counts=True)
    return names[counts > 1]


def order(filters: Filters, columns: Columns, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Sort rows; equal values keep their order, and rows without a value come last."""
    name = filters.sort.removeprefix("-") or default_sort(filters, columns)
    if name not in columns.sorts:
        name = columns.sorts[0]
    column, _, highest_first, _ = sort_of(name)
    turned = filters.sort.startswith("-")
    if not column:
        return rows[::-1] if turned else rows
    if column not in columns.values:  # nothing was learned yet
        return order(replace(filters, sort=""), columns, rows)
    if filters.sel:
        return rows[np.argsort(_keys(columns, name, highest_first != turned)[rows], kind="stable")]
    ranked = columns.ranked.get(filters.sort)
    if ranked is None:
        with _ranking:  # the warm-up and the first page sort by the same
            ranked = columns.ranked.get(filters.sort)
            if ranked is None:
                keys = _keys(columns, name, highest_first != turned)[columns.rows]
                ranked = columns.ranked[filters.sort] = columns.rows[np.argsort(keys, kind="stable")]
    passed = np.zeros(len(columns.given), dtype=np.bool_)
    passed[rows] = True
    return ranked[passed[ranked]]


def _keys(columns: Columns, name: str, descending: bool) -> NDArray[np.float32]:
    values = columns.values[sort_of(name)[0]]
    if name == "duplicates":
        values = np.where(values < 0, np.float32(np.nan), values)
    return -values if descending else values


def default_sort(filters: Filters, columns: Columns) -> str:
    """Return the default sort: a saved selection keeps its own order, else the most suspicious come first."""
    return "file" if filters.sel else columns.sorts[0]
