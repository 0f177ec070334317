"""Class names: from a column of names beside a column of numbers, or from a numbering, chosen or guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from auditor.data.dataset import Choice
from auditor.data.formats.class_list import ClassList
from auditor.data.formats.classes import Classes, label_key
from auditor.data.formats.emotions import NUMBERINGS, names_of
from auditor.data.problems import printable
from auditor.errors import DataError

AS_NUMBERED = "as numbered"
_RAFDB = re.compile(r"(train|test)_[0-9]{4,5}(_aligned)?\.(jpg|png)", re.I)


@dataclass(frozen=True)
class Names:
    """The classes' names for the screen, and what was guessed about them."""

    names: tuple[str, ...]
    choice: Choice | None = None


def names_for(
    classes: Classes,
    keys: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    paths: Sequence[str],
    numbering: str | None,
    beside: Callable[[Sequence[int]], ClassList | None] | None = None,
    implied: str | None = None,
) -> Names:
    """Name the classes.

    Args:
        classes: As the audited column gives them.
        keys: The class of every row.
        columns: The other label columns' cells, of which one may name the numbers.
        paths: Some images, whose names may say which data set it is.
        numbering: One of `NUMBERINGS` where a person chose it.
        beside: Finds a list of names for the numbers in a file beside the labels.
        implied: The numbering that the table's form implies, None where it implies none.

    Raises:
        DataError: The chosen numbering has no name for one of the numbers, or the labels are no numbers.
    """
    if not all(key.isdecimal() for key in classes.keys):
        if numbering is not None:
            raise DataError(f"The labels are words such as {printable(classes.codes[0])!r}; a numbering names numbers.")
        return Names(classes.names)
    codes = [int(key) for key in classes.keys]
    if numbering is not None:
        return Names(chosen_names(numbering, codes), Choice("numbering", numbering, "it was chosen", role="numbering"))
    for column, cells in columns.items():
        names = _paired(classes, keys, cells)
        if names is not None:
            return Names(names, Choice("class names", f"the column {column}", "it names each number"))
    listed = beside(codes) if beside is not None else None
    if listed is not None:
        return listed_names(listed, codes)
    if implied is not None and names_of(implied, codes) is not None:
        others = tuple(each for each in NUMBERINGS[:3] if each != implied and names_of(each, codes) is not None)
        choice = Choice("numbering", implied, "the table has the form of ExpW's", others, role="numbering")
        return Names(chosen_names(implied, codes), choice)
    return guessed_names(classes.names, codes, paths)


def listed_names(listed: ClassList, codes: Sequence[int]) -> Names:
    """The names from a list beside the labels."""
    others = tuple(each for each in NUMBERINGS if names_of(each, codes) is not None)
    why = "it names each number" + (", counted from 0" if listed.close else "")
    choice = Choice("class names", f"the file {listed.file}", why, others, listed.close, "numbering")
    return Names(tuple(listed.names[code] for code in codes), choice)


def without_prefix(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names without the words that all begin with: 'emotion_happy' and 'emotion_sad' are 'happy' and 'sad'."""
    first, last = min(names), max(names)
    common = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    end = max(first.rfind(mark, 0, common) for mark in "_- .") + 1
    bare = tuple(name[end:].strip("[](){}\"' ") for name in names)
    return bare if len(set(bare)) == len(names) > 1 and all(bare) else names


def chosen_names(numbering: str, codes: Sequence[int]) -> tuple[str, ...]:
    """The names of some numbers in a numbering.

    Raises:
        DataError: It has no name for one of them, or there is no such numbering.
    """
    if numbering not in NUMBERINGS:
        raise DataError(f"There is no numbering {printable(numbering)!r}; choose one of {', '.join(NUMBERINGS)}.")
    names = names_of(numbering, codes)
    if names is None:
        raise DataError(
            f"The numbering {numbering} has no class for a label from {min(codes)} to {max(codes)}; choose another."
        )
    return tuple(names[code] for code in codes)


def guessed_names(numbers: tuple[str, ...], codes: Sequence[int], paths: Sequence[str]) -> Names:
    """Guess the names of numbered classes from the images' names."""
    fitting = tuple(each for each in NUMBERINGS[:3] if names_of(each, codes) is not None)
    names = [path.rpartition("/")[2] for path in paths]
    if names and "rafdb" in fitting and sum(_RAFDB.fullmatch(name) is not None for name in names) > 0.9 * len(names):
        others = ("0" if 0 in codes else "1", *(each for each in fitting if each != "rafdb"))
        why = "a guess: the images are named as RAF-DB's"
        return Names(chosen_names("rafdb", codes), Choice("numbering", "rafdb", why, others, role="numbering"))
    return Names(
        numbers, Choice("numbering", AS_NUMBERED, "no names were found for the numbers", fitting, role="numbering")
    )


def _paired(classes: Classes, keys: Sequence[str], cells: Sequence[str]) -> tuple[str, ...] | None:
    """The word that goes with each class in another column, where each goes with one and no two with the same."""
    words: dict[str, str] = {}
    for key, cell in dict.fromkeys(zip(keys, cells, strict=True)):
        word = cell.strip()
        if key and label_key(word) and words.setdefault(key, word) != word:
            return None
    names = tuple(words.get(key, "") for key in classes.keys)
    named = {label_key(word) for word in names}
    if "" in named or len(named) < len(names) or any(label_key(word).isdecimal() for word in names):
        return None
    return tuple(printable(word.lower()) for word in names)
