"""Columns that make the label together: of 0 and 1 with one 1 in each row, or of votes for each emotion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auditor.data.files.sheet import Sheet
from auditor.data.formats.classes import label_key
from auditor.data.formats.emotions import is_emotion


def hot_columns(head: Sheet, used: set[str]) -> tuple[str, ...]:
    """Columns of which one says the label: of 0 and 1 with one 1 in each row, or of votes for emotions.

    Taken are all columns of 0 and 1, those named after emotions, or the most that stand side by side.
    """
    free = [name for name in head.columns if name not in used and head.has_header and any(head.cells.get(name, ()))]
    binary = [name for name in free if kinds_of(head, name) <= {"0", "1"}]
    runs = [free[begin:end] for begin, end in _runs([name in binary for name in free])]
    inner = [run[b:e] for run in runs for b in range(len(run)) for e in range(len(run), b + 1, -1) if len(run) <= 32]
    named = [name for name in free if is_emotion(name)]
    groups = [binary, [name for name in binary if name in named], *sorted(inner, key=len, reverse=True)]
    for group in groups:
        if len(group) >= 2 and _sums_to_one([head.cells[name] for name in group]):
            return tuple(group)
    return tuple(named) if len(named) >= 3 and _are_votes([head.cells[name] for name in named]) else ()


def kinds_of(head: Sheet, name: str) -> set[str]:
    """The values of a column of 0 and 1, normalised."""
    return {hot_key(cell) for cell in head.cells[name] if cell}


def _runs(wanted: Sequence[bool]) -> list[tuple[int, int]]:
    """Where runs of True begin and end."""
    edges = [
        place
        for place in range(len(wanted) + 1)
        if (place < len(wanted) and wanted[place]) != (place > 0 and wanted[place - 1])
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))


def hot_key(cell: str) -> str:
    """Normalise a cell of a column of 0 and 1, where some write true and false, yes and no, 1 and -1, or a cross."""
    key = label_key(cell)
    return _SPELLINGS.get(key, key)


_SPELLINGS: Final = {
    **dict.fromkeys(("true", "yes", "y", "x", "✓", "✔"), "1"),
    **dict.fromkeys(("false", "no", "n", "-1"), "0"),
}


def votes_of(cell: str) -> float:
    """The number in a cell of votes or shares; -1 where it is none."""
    try:
        value = float(hot_key(cell) or 0)
    except ValueError:
        return -1.0
    return value if 0 <= value < 1e6 else -1.0


def _are_votes(columns: Sequence[Sequence[str]]) -> bool:
    """Whether columns hold votes or shares: no negative number, and one is the largest in most rows."""
    rows = [[votes_of(cell) for cell in row] for row in zip(*columns, strict=True)]
    clear = sum(row.count(max(row)) == 1 for row in rows)
    return min(min(row) for row in rows) >= 0 and clear >= 0.5 * len(rows)


def _sums_to_one(columns: Sequence[Sequence[str]]) -> bool:
    sums = [sum(hot_key(cell) == "1" for cell in row) for row in zip(*columns, strict=True)]
    used = sum(any(hot_key(cell) == "1" for cell in column) for column in columns)
    return len(sums) >= 2 and used >= 2 and sum(total == 1 for total in sums) >= 0.9 * len(sums)
