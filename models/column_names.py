"""Names that a method may give its own columns, and what they mean; without torch, because the app reads it.

In the evidence a column is called `<method>_<column>`, beside columns that the evidence computes for every network. A
name that is already taken there, or that means class numbers there and holds something else, is refused when the
methods are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

COMPUTED = ("p_given", "p_suggested", "pred", "suspicion")
"""What the evidence itself computes for every method: the endings of those columns."""

ASSIGNMENT = "assignment"
"""Codes 0 clean, 1 ambiguous, 2 noisy: the one column of the evidence that a method may state itself, as int8."""

POSTERIOR = "posterior"
"""The one column with a value for each class; several label sets' stand side by side."""

PREDICTED = "pred"
"""A word of a column's name that begins so means that it holds class numbers, such as in `pred_net1`."""

GENERAL = (
    "in_file", "p_mislabelled", "votes_noisy", "votes_total", "cl_suspicion", "carto_confidence", "carto_variability",
    "carto_correctness", "carto_forgetting", "knn_disagreement", "duplicate_group", "duplicate_kind",
)  # fmt: skip
"""Columns of the evidence that belong to no method: no method's name may begin one of them."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Info(Protocol):
    """What is needed of a column to judge its name; see `models.batch.ColumnInfo`."""

    @property
    def dtype(self) -> str:
        """Its type on disk."""
        ...

    @property
    def width(self) -> int | str:
        """Values per image: a number, or 'classes'."""
        ...


def holds_classes(column: str) -> bool:
    """Whether a method's column holds class numbers, -1 for none."""
    return f"_{PREDICTED}" in f"_{column}"


def is_by_class(column: str) -> bool:
    """Whether a method's column holds one value for each class, for each label set in turn."""
    return column == POSTERIOR


def objections(method: str, columns: Mapping[str, Info], networks: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong with a method's columns, a sentence each; nothing where they can be used.

    Args:
        method: The method's name.
        columns: Its columns by name.
        networks: Endings of its columns `pred_<network>` and `p_<network>`.
    """
    if not _NAME.fullmatch(method):
        yield f"The method's name '{method}' is not lower-case letters, digits and underscores; rename it."
    clashing = [name for name in GENERAL if name.startswith(f"{method}_")]
    if clashing:
        yield (
            f"The method's name '{method}' would make its columns look like the evidence's own {clashing[0]}; give the "
            "method another name."
        )
    for name, info in columns.items():
        objection = _objection(name, info, columns)
        if objection:
            yield f"The method {method} names a column '{name}', {objection}."
    for network in networks:
        missing = [name for name in (f"pred_{network}", f"p_{network}") if name not in columns]
        if missing:
            yield (
                f"The method {method} states the network '{network}' without the column {missing[0]}; add the column, "
                "or take the network out of `networks`."
            )


def _objection(name: str, info: Info, columns: Mapping[str, Info]) -> str:
    """What is wrong with one name and what to do, as the end of a sentence; '' where it can be used."""
    stem, _, element = name.rpartition("_")
    rules = (
        (not _NAME.fullmatch(name), "which is not lower-case letters, digits and underscores"),
        (name in COMPUTED or name.endswith("_suspicion"), "which the evidence computes itself for every method"),
        (
            name.endswith(ASSIGNMENT) and (name != ASSIGNMENT or info.dtype != "int8"),
            "and only an int8 column called assignment (0 clean, 1 ambiguous, 2 noisy) may end so",
        ),
        (
            holds_classes(name) and not info.dtype.startswith("int"),
            f"and a name with 'pred' holds class numbers as integers, not {info.dtype}",
        ),
        (
            is_by_class(name) != (info.width == "classes"),
            "and the column called posterior, and no other, has one value for each class (width 'classes')",
        ),
        (stem in columns and element.isdecimal(), f"which is an element of the column {stem} in the evidence"),
    )
    return next((f"{what}; rename it" for broken, what in rules if broken), "")
