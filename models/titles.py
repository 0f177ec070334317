"""The methods' names, colours and descriptions for the app, read from the methods' own files without torch.

A method states these as plain literals in its class body. Classes are found where `models.registry` finds them: in a
module of this package, or in the `method.py` of a package in it. tests/models/test_titles.py compares the two.
"""

from __future__ import annotations

import ast
import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import models
from auditor import literals


@dataclass(frozen=True)
class Description:
    """The description of one method; `models.base.Method` has the same attributes with the same defaults.

    Attributes:
        name: The method's name in commands, columns and folders, such as 'man'.
        title: The name as in its paper, such as 'MAN'.
        paper: Authors, title, venue, year.
        about: One sentence on what its evidence shows.
        colour: Its index among the class colours of the palette; None for the first that no other method has.
        networks: Endings of the columns `pred_<network>` and `p_<network>`, where it consists of several networks.
        map_columns: Display names of the method's columns that the map can be coloured by; points are ranked.
        column_words: Display name and explanation of the method's columns, for the panel of a face.
        ranked: The method's columns whose values are comparable only within a run; screens show percentiles of them.
        learns_from_others: Whether it is trained last, on the consensus of the others.
        takes_label_sets: Whether it learns from further label sets (its options `label_sets` and `own_sets`).
        own_network: Whether its network is not the shared ResNet, so that a weight file for the others does not fit it.
        trains_the_demo: Whether it is the method that the demo is trained with.
    """

    name: str
    title: str
    paper: str = ""
    about: str = ""
    colour: int | None = None
    networks: tuple[str, ...] = ()
    map_columns: Mapping[str, str] = field(default_factory=dict)
    column_words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ranked: tuple[str, ...] = ()
    learns_from_others: bool = False
    takes_label_sets: bool = False
    own_network: bool = False
    trains_the_demo: bool = False


FIELDS = tuple(each.name for each in dataclasses.fields(Description))
COLUMN_WORDS: Mapping[str, tuple[str, str]] = {
    "pred": ("predicts", "The most probable class"),
    "p_given": ("p(given)", "Probability of the given label, averaged over the epochs"),
    "p_suggested": ("p(suggested)", "Probability of the suggested label, averaged over the epochs"),
}
"""Display name and explanation of the columns that every method has."""


@cache
def descriptions() -> Mapping[str, Description]:
    """Return every method's description by its name, in alphabetical order."""
    by_name = {}
    for file in _files():
        for node in literals.parse(file):
            attributes = literals.values(node.body) if isinstance(node, ast.ClassDef) else {}
            if {"name", "title"} <= set(attributes):
                each = Description(**{key: value for key, value in attributes.items() if key in FIELDS})
                by_name[each.name] = each
    return dict(sorted(by_name.items()))


def judges() -> Mapping[str, Description]:
    """Return the methods that learn from the labels; those that learn from the others are left out."""
    return {name: each for name, each in descriptions().items() if not each.learns_from_others}


def student() -> str:
    """Return the name of the method that learns from the others."""
    return next(name for name, each in descriptions().items() if each.learns_from_others)


def demo_method() -> str:
    """Return the name of the method that the demo is trained with."""
    return next(name for name, each in descriptions().items() if each.trains_the_demo)


def title(name: str) -> str:
    """Return a method's name as in its paper; the name itself for a method that no longer exists."""
    return descriptions()[name].title if name in descriptions() else name


def column_words(method: str, column: str) -> tuple[str, str]:
    """Return a column's display name and its explanation.

    Args:
        method: The method's name.
        column: The column's name without the method's, such as 'p_given'.

    Returns:
        The name and a sentence without its full stop; for a column that nobody describes, its own name and ''.
    """
    own = descriptions()[method].column_words if method in descriptions() else {}
    return own.get(column) or COLUMN_WORDS.get(column) or (column.replace("_", " "), "")


def colour(name: str) -> int:
    """Return a method's index among the class colours: its own, or the first that no other method states."""
    return colours().get(name, len(colours()))


@cache
def colours() -> Mapping[str, int]:
    """Return every method's index among the class colours; no two methods share one."""
    placed: dict[str, int] = {}
    for name, each in sorted(descriptions().items(), key=lambda pair: (pair[1].colour is None, pair[0])):
        used = set(placed.values())
        free = next(place for place in itertools.count() if place not in used)
        placed[name] = free if each.colour is None or each.colour in used else each.colour
    return placed


def _files() -> Iterator[Path]:
    for folder in map(Path, models.__path__):
        yield from sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
        yield from sorted(file for file in folder.glob("*/method.py") if not file.parent.name.startswith("_"))
