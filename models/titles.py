"""What the app shows of the methods: names, colours and words, read from the methods' own files without torch.

A method states these as plain literals in its class body. The class is found as `models.registry` finds it: in a module
of this package, or in the `method.py` of a package in it. tests/models/test_titles.py holds the two against each other.
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
    """One method in words; see the attributes of `models.base.Method`, where each has the same default.

    Attributes:
        name: The method's name in commands, columns and folders, such as 'man'.
        title: How its paper writes it, such as 'MAN'.
        paper: Authors, title, venue, year.
        about: One sentence on what its evidence shows.
        colour: Its place among the class colours of the palette, None for the first that no other method has.
        networks: Endings of the columns `pred_<network>` and `p_<network>`, where it is made of several networks.
        map_columns: Words by own column that the map can be coloured by; points are ranked.
        learns_from_others: Whether it is trained last, on the consensus of the others.
        takes_label_sets: Whether it learns from further label sets (its options `label_sets` and `own_sets`).
    """

    name: str
    title: str
    paper: str = ""
    about: str = ""
    colour: int | None = None
    networks: tuple[str, ...] = ()
    map_columns: Mapping[str, str] = field(default_factory=dict)
    learns_from_others: bool = False
    takes_label_sets: bool = False


FIELDS = tuple(each.name for each in dataclasses.fields(Description))


@cache
def descriptions() -> Mapping[str, Description]:
    """Return every method's description by its name, in alphabetical order."""
    found = {}
    for file in _files():
        for node in literals.parse(file):
            stated = literals.values(node.body) if isinstance(node, ast.ClassDef) else {}
            if {"name", "title"} <= set(stated):
                each = Description(**{key: value for key, value in stated.items() if key in FIELDS})
                found[each.name] = each
    return dict(sorted(found.items()))


def judges() -> Mapping[str, Description]:
    """Return the methods that learn from the labels; those that learn from the others are left out."""
    return {name: each for name, each in descriptions().items() if not each.learns_from_others}


def title(name: str) -> str:
    """Return a method's name as its paper writes it; the name itself for one that is no longer there."""
    return descriptions()[name].title if name in descriptions() else name


def colour(name: str) -> int:
    """Return a method's place among the class colours: its own, or the first that no other method states."""
    return colours().get(name, len(colours()))


@cache
def colours() -> Mapping[str, int]:
    """Return the place of every method among the class colours; no two methods share one."""
    placed: dict[str, int] = {}
    for name, each in sorted(descriptions().items(), key=lambda pair: (pair[1].colour is None, pair[0])):
        taken = set(placed.values())
        free = next(place for place in itertools.count() if place not in taken)
        placed[name] = free if each.colour is None or each.colour in taken else each.colour
    return placed


def _files() -> Iterator[Path]:
    for folder in map(Path, models.__path__):
        yield from sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
        yield from sorted(file for file in folder.glob("*/method.py") if not file.parent.name.startswith("_"))
