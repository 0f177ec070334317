"""The label numberings of RAF-DB's lists: from 1 or from 0, of the 7 basic or the 11 compound emotions, or words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from auditor.data.dataset import Choice
from auditor.data.formats.classes import label_key
from auditor.data.formats.emotions import AFFECTNET, COMPOUND, FER2013, RAFDB, WORDS


@dataclass(frozen=True)
class Numbering:
    """The way a list writes its labels.

    Attributes:
        first: The number of the first class.
        classes: The names in order.
        codes: How each class is written.
        choice: What was guessed.
    """

    first: int
    classes: tuple[str, ...]
    codes: tuple[str, ...]
    choice: Choice

    @property
    def words(self) -> dict[str, int]:
        """The number of each class by its name and its other words."""
        numbers = {
            word: self.first + at for at, name in enumerate(self.classes) for word in (name, name.replace(" ", "_"))
        }
        numbers |= {word: numbers[emotion] for word, emotion in WORDS.items() if emotion in numbers}
        return numbers | {
            code.casefold(): self.first + at for at, code in enumerate(self.codes) if not code.isdecimal()
        }


def numbering_of(written: Counter[str], wanted: str | None = None) -> Numbering:
    """Find a list's numbering from the numbers in use, or take the one a person chose.

    Args:
        written: How often each label is written.
        wanted: 'fer2013', 'affectnet', or '0' or '1' for RAF-DB's order counted from there; 'rafdb' or None to guess
            where it begins.
    """
    counts = Counter[int]()
    for label, count in written.items():
        key = label_key(label)
        if key.isdecimal():
            counts[int(key)] += count
    total = sum(counts.values())
    if wanted is None and total * 2 < sum(written.values()):
        return _in_words(written)
    many = max(2, total // 50)
    beyond = [code for code in range(8, 12) if counts[code]]
    compound = len(beyond) >= 3 or (len(beyond) == 2 and sum(counts[code] for code in beyond) * 5 > total)
    if wanted in ("fer2013", "affectnet"):
        known = FER2013 if wanted == "fer2013" else AFFECTNET
        return _numbered(0, known, Choice("numbering", wanted, "it was chosen", role="numbering"))
    order: tuple[str, ...] = COMPOUND if compound else RAFDB
    if wanted in ("0", "1"):
        return _numbered(int(wanted), order, Choice("numbering", wanted, "it was chosen", role="numbering"))
    last = counts[len(order)]  # of the number that is used only where they are counted from 1
    zero = counts[0] >= many or (counts[0] and not last)
    others = ("affectnet",) if compound else ("fer2013", "affectnet")  # AffectNet has 11 numbers, from 0
    span = f"the labels go up to {max(beyond)}: the compound emotions" if compound else ""
    if zero and not last >= many:
        why = f"{span}, counted from 0" if compound else "the labels run from 0 to 6"
        few = counts[0] < many  # as few as wrong ones in a list from 1 whose last class no image has
        return _numbered(0, order, Choice("numbering", "0", why, ("1", *others), few, "numbering"))
    return _numbered(
        1, order, Choice("numbering", "1", span or "RAF-DB's own", ("0", *others), bool(zero), "numbering")
    )


def _numbered(first: int, classes: tuple[str, ...], choice: Choice) -> Numbering:
    return Numbering(first, classes, tuple(str(first + place) for place in range(len(classes))), choice)


def _in_words(written: Counter[str]) -> Numbering:
    """Labels that are written as words: each class as it is written most often."""
    codes = []
    for name in RAFDB:
        spellings = {label: count for label, count in written.items() if WORDS.get(label.casefold()) == name}
        codes.append(max(spellings, key=spellings.__getitem__, default=name))
    choice = Choice("numbering", "words", "the labels are written as words")
    return Numbering(1, RAFDB, tuple(codes), choice)
