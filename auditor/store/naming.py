"""Translate between class names and their numbers in one data set.

A number means a class only together with the data set it was read from: with one more folder, every class after it has
another number. So decisions are stored and folded by name, and this file translates a name into a number of the data
set in use, every time.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from auditor.data.formats.base import format_of
from auditor.data.formats.classes import label_key
from auditor.errors import RefusedError
from auditor.plural import counted


class Classified(Protocol):
    """The part of a data set that is needed to name its classes."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in the data set's order."""
        ...

    @property
    def codes(self) -> tuple[str, ...]:
        """The classes as the label file spells them."""
        ...

    @property
    def format(self) -> str:
        """The name of the data set's format."""
        ...


class ClassNumbers:
    """The classes of one data set, by name and by number.

    Names match as labels do when the data set is read: 'Happy' is 'happy', an accent is one character or two, and
    in tables '3.0' is '3'. An exact name takes precedence, and a name that matches two classes matches none.

    Attributes:
        names: The name that decisions are stored under, by number [C]: the class name, or the source's spelling where
            two classes have one name (folders called 'Happy' and 'happy').
    """

    def __init__(self, classes: Sequence[str], codes: Sequence[str], numbers_alike: bool) -> None:
        shared = Counter(classes)
        self.names = tuple(name if shared[name] == 1 else code for name, code in zip(classes, codes, strict=True))
        self._numbers_alike = numbers_alike
        self._exact = _unique(self.names)
        self._alike = _unique([self._key(name) for name in self.names])

    def number(self, name: str | None) -> int | None:
        """Return the number of a class in [0, C), or None where the data set has no class of that name."""
        if name is None:
            return None
        exact = self._exact.get(name)
        return self._alike.get(self._key(name)) if exact is None else exact

    def name(self, number: int) -> str:
        """Return the name that decisions store for a class.

        Raises:
            RefusedError: The data set has no class of that number.
        """
        if not 0 <= number < len(self.names):
            raise RefusedError(
                f"The label {number} is outside 0 to {len(self.names) - 1}; choose one of the data set's classes."
            )
        return self.names[number]

    def shares(self, by_name: Mapping[str, float]) -> tuple[float, ...] | None:
        """Return shares in class order [C], or None where they name a class that the data set does not have."""
        shares = [0.0] * len(self.names)
        for name, share in by_name.items():
            number = self.number(name)
            if number is None:
                return None
            shares[number] += share
        return tuple(shares)

    def by_name(self, shares: Sequence[float]) -> dict[str, float]:
        """Return shares in class order [C] by name; classes without a share are left out.

        Raises:
            RefusedError: There is not exactly one share per class.
        """
        if len(shares) != len(self.names):
            raise RefusedError(
                f"The decision has {counted(len(shares), 'share')} and the data set "
                f"{counted(len(self.names), 'class', 'classes')}; set the shares again."
            )
        return {name: float(share) for name, share in zip(self.names, shares, strict=True) if share}

    def _key(self, name: str) -> str:
        key = alike(name)
        return label_key(key) or key if self._numbers_alike else key


def class_numbers(dataset: Classified) -> ClassNumbers:
    """Return the classes of a data set; cached, because every keystroke needs them."""
    # Folders '03' and '3' are two classes; in a table they are one label.
    form = format_of(dataset.format)
    return _class_numbers(tuple(dataset.classes), tuple(dataset.codes), form is None or not form.class_folders)


@lru_cache(64)
def _class_numbers(classes: tuple[str, ...], codes: tuple[str, ...], numbers_alike: bool) -> ClassNumbers:
    return ClassNumbers(classes, codes, numbers_alike)


def alike(name: str) -> str:
    """Return a key that is equal for two spellings of a name that differ only in case or in how accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unique(names: Sequence[str]) -> dict[str, int]:
    """Map each name that only one class has to its number."""
    counts = Counter(names)
    return {name: number for number, name in enumerate(names) if counts[name] == 1}


def composed(name: str) -> str:
    """Return a name with its accents as one character each, as one image's name may be written in two ways."""
    return unicodedata.normalize("NFC", name)
