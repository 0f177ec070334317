"""Label values as people write them into tables, made into classes.

'3' and '3.0' are one label, and so are 'Happy' and 'happy'. Numbers stay in numeric order, words in alphabetical order.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.data.files import choices
from auditor.data.files.sheet import MOST_CLASSES
from auditor.data.problems import printable
from auditor.errors import DataError
from auditor.plural import counted

_ABSENT = frozenset(("", "nan", "none", "null", "na", "n/a", "#n/a", "-", "?", "unlabeled", "unlabelled", "<na>"))
_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,9})(?:\.0*)?", re.ASCII)


@dataclass(frozen=True)
class Classes:
    """The classes of a data set.

    Attributes:
        keys: What labels are compared by, in class order.
        names: Lower-case names for the screen.
        codes: The usual spelling in the source.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    codes: tuple[str, ...]


def label_key(value: str) -> str:
    """Normalise a label for comparison; '' where there is none, several with `choices.BETWEEN` between them."""
    match = _NUMBER.fullmatch(value)
    if match:
        number = match[2]
        return f"-{number}" if match[1] == "-" and number != "0" else number
    key = value.strip().casefold()
    if key[:1] in ("[", "{") and (labels := choices.labels_in(value.strip())) is not None:
        return choices.BETWEEN.join(sorted(filter(None, map(label_key, labels))))
    return "" if key in _ABSENT else key


def are_several(key: str) -> bool:
    """Whether a label's key is that of several labels."""
    return choices.BETWEEN in key


def spelling(value: str) -> str:
    """Return a label as it is spelt; of a list with one label, that label."""
    labels = choices.labels_in(value.strip()) if value[:1] in ("[", "{") else None
    return labels[0] if labels else value


class Encoder:
    """Collects label values and derives the classes.

    Args:
        shown: The column's name, for messages.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._counts: Counter[str] = Counter()
        self._spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._key: dict[str, str] = {}

    def keys(self, values: Sequence[str]) -> list[str]:
        """The key of every value; counted."""
        for value, count in Counter(values).items():
            key = self._key[value] = label_key(value)
            self._counts[key] += count
            self._spellings[key][spelling(value)] += count
        return [self._key[value] for value in values]

    def classes(self) -> tuple[Classes, dict[str, tuple[str, str]]]:
        """The classes, and for every key that is none a problem's kind and message.

        Raises:
            DataError: There are no labels, or far too many different ones.
        """
        counts = {key: count for key, count in self._counts.items() if key}
        if not counts:
            raise DataError(f"The column {printable(self._column)} holds no label; choose another label column.")
        if len(counts) > 10 * MOST_CLASSES:
            raise DataError(_too_many(self._column, len(counts)))
        bad = {"": ("missing-label", "the row has no label: it is left out")}
        bad |= {key: ("several-labels", _several(key)) for key in counts if are_several(key)}
        bad |= _minority({key: count for key, count in counts.items() if key not in bad})
        usable = {key: count for key, count in counts.items() if key not in bad}
        bad |= _out_of_range(usable)
        keys = [key for key in usable if key not in bad]
        if len(keys) > MOST_CLASSES:
            raise DataError(_too_many(self._column, len(keys)))
        keys.sort(key=(lambda key: (int(key), key)) if all(_NUMBER.fullmatch(key) for key in keys) else None)
        codes = tuple(self._spellings[key].most_common(1)[0][0] for key in keys)
        return Classes(tuple(keys), tuple(printable(code.lower()) for code in codes), codes), bad


def encode(keys: Sequence[str], classes: Classes) -> NDArray[np.int16]:
    """Indices into the classes, -1 for what is none: int16 [N]."""
    index = {key: place for place, key in enumerate(classes.keys)}
    return np.array([index.get(key, -1) for key in keys], dtype=np.int16)


def _several(key: str) -> str:
    labels = " and ".join(printable(label) for label in key.split(choices.BETWEEN)[:4])
    return f"it is labelled {labels}, and an image has one label: the row is left out"


def _minority(counts: dict[str, int]) -> dict[str, tuple[str, str]]:
    """Words among numbers or numbers among words: where nine in ten labels are of one kind, the others are mistakes."""
    total = max(sum(counts.values()), 1)
    numbers = {key for key in counts if _NUMBER.fullmatch(key)}
    share = sum(counts[key] for key in numbers) / total
    if share >= 0.9:
        wrong, expected = counts.keys() - numbers, "a number"
    elif share <= 0.1:
        wrong, expected = numbers, "a word"
    else:
        return {}
    return {
        key: ("bad-label", f"the label {printable(key)!r} is not {expected} as the others are: the row is left out")
        for key in wrong
    }


def _out_of_range(counts: dict[str, int]) -> dict[str, tuple[str, str]]:
    """Negative numbers, and numbers that are far from the others and nearly never used."""
    if not all(_NUMBER.fullmatch(key) for key in counts):
        return {}
    total = sum(counts.values())
    rare = max(1, total // 1000) if total >= 20 else 0
    usual = [int(key) for key, count in counts.items() if count > rare and int(key) >= 0]
    highest = max(usual, default=None)
    bad = [key for key, count in counts.items() if int(key) < 0 or _is_far(int(key), count, rare, highest)]
    span = f"{min(usual)} to {highest}" if usual else "0 on"
    return {key: ("label-range", f"the label {key} is not from {span}: the row is left out") for key in bad}


def _is_far(value: int, count: int, rare: int, highest: int | None) -> bool:
    return highest is not None and count <= rare and value > highest + 1


def _too_many(column: str, count: int) -> str:
    return (
        f"The column {printable(column)} holds {counted(count, 'different value')} and at most {MOST_CLASSES:,} "
        "classes are read; choose another label column."
    )
