"""Labels in the images' own names, as JAFFE's 'KA.AN1.39.tiff', KDEF's 'AF01ANS.JPG' or 'happy_0012.png'."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

from auditor.data.dataset import Choice, Dataset
from auditor.data.files.listing import is_image, is_leftover, join, walk
from auditor.data.formats.base import UNLIKE, Likeness, register
from auditor.data.formats.emotions import WORDS
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE, Selection
from auditor.data.formats.splits import split_of_path, split_of_prefix, words_of
from auditor.data.formats.unlisted import Row, Unlisted, dataset_of, with_splits
from auditor.data.problems import printable
from auditor.errors import DataError
from auditor.plural import counted

SAMPLE = 300
ENOUGH = 0.9
"""Share of the names that must hold a label."""

_TWO: Final = {
    "an": "anger",
    "di": "disgust",
    "fe": "fear",
    "ha": "happiness",
    "ne": "neutral",
    "sa": "sadness",
    "su": "surprise",
}
_THREE: Final = {
    "ang": "anger",
    "dis": "disgust",
    "fea": "fear",
    "hap": "happiness",
    "neu": "neutral",
    "sad": "sadness",
    "sur": "surprise",
}
_ONE: Final = {"a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral", "s": "sadness"}


@dataclass(frozen=True)
class Scheme:
    """One way to write a label into a name.

    Attributes:
        title: The data set that names its images so.
        read: The emotion in a name, or None.
        sure: Whether names of this kind are hardly anything else.
    """

    title: str
    read: Callable[[str], str | None]
    sure: bool


def _pattern(text: str, names: Mapping[str, str]) -> Callable[[str], str | None]:
    pattern = re.compile(text, re.I)

    def read(name: str) -> str | None:
        match = pattern.match(name)
        return names.get(match[1].lower()) if match else None

    return read


def _word(name: str) -> str | None:
    """Return the only emotion that a name's words mean."""
    emotions = {WORDS[word] for word in words_of(name.rpartition(".")[0]) if word in WORDS}
    return emotions.pop() if len(emotions) == 1 else None


SCHEMES: Final = (
    Scheme("JAFFE", _pattern(r"[A-Z]{2}[.-](AN|DI|FE|HA|NE|SA|SU)\d[.-]\d+\.", _TWO), True),
    Scheme("KDEF", _pattern(r"[AB][FM]\d{2}(AF|AN|DI|HA|NE|SA|SU)(FL|HL|S|HR|FR)\.", {**_TWO, "af": "fear"}), True),
    Scheme("FACES", _pattern(r"\d{1,3}_[ymo]_[mf]_([adfhns])_[ab]\.", _ONE), True),
    Scheme("CREMA-D", _pattern(r"\d{4}_[A-Z]{3}_(ANG|DIS|FEA|HAP|NEU|SAD|SUR)_", _THREE), True),
    Scheme("words", _word, False),
)


class FileNames(Unlisted):
    """Labels in the images' names."""

    name: ClassVar[str] = "filenames"
    title: ClassVar[str] = "Labels in file names"
    roles: ClassVar[tuple[str, ...]] = ("split",)

    def recognise(self, root: Path) -> Likeness:
        """Return 0.6 for names of a known data set, 0.35 for emotions in most names: a list is more reliable."""
        names = [path.rpartition("/")[2] for path in islice(_images(root, Reading(root, "")), SAMPLE)]
        scheme = scheme_of(names)
        if scheme is None:
            return UNLIKE
        example = printable(names[0])
        return Likeness(0.6 if scheme.sure else 0.35, f"names such as {example} contain the label ({scheme.title})")

    def load(self, root: Path, label_file: str) -> Dataset:
        """List the images and read their names.

        Raises:
            DataError: Fewer than two classes are in them.
        """
        selection = Selection.parse(label_file)
        if selection.file:
            raise DataError(f"Labels in file names have no label file; open {root} without {label_file!r}.")
        wanted_split = selection.allow(self.roles).get("split")
        reading = Reading(root, label_file)
        paths = list(_images(root, reading))
        scheme = scheme_of([path.rpartition("/")[2] for path in paths])
        if scheme is None:
            raise DataError(
                f"The folder {root} has no images whose names give an emotion; expected names such as 'KA.AN1.39.tiff'."
            )
        rows = []
        for path, split in zip(paths, _splits(paths), strict=True):
            label = scheme.read(path.rpartition("/")[2])
            if label is None:
                message = "its name does not say one emotion: it is left out"
                reading.problems.add(path, None, "missing-label", message)
            else:
                rows.append(Row(split, label, path))
        classes = tuple(sorted({row.label for row in rows}))
        if len(classes) < 2:
            raise DataError(f"The names of the images in {root} give one class only; expected at least two.")
        has_splits = any(row.split is not None for row in rows)
        where = "the folders and names of the images" if has_splits else NONE
        why = "they show it" if has_splits else "no split was found: every image is a training image"
        rows, split_choice = with_splits(reading, rows, wanted_split, Choice("split", where, why))
        names = Choice("class names", scheme.title, f"names such as {printable(rows[0].path.rpartition('/')[2])}")
        title = (
            f"The labels are in the images' names, written as {scheme.title}: "
            f"{counted(len(classes), 'class', 'classes')}."
        )
        reading.notes.insert(0, title)
        place = {name: at for at, name in enumerate(classes)}
        return dataset_of(reading, self, rows, place=place, codes=classes, names=classes, choices=(names, split_choice))


def _splits(paths: Sequence[str]) -> list[int | None]:
    """The split that each image's folders say, or, where none of them says one, the beginnings of all names."""
    split_codes = [split_of_path(path) for path in paths]
    prefixes = [split_of_prefix(path) for path in paths]
    return prefixes if not any(code is not None for code in split_codes) and None not in prefixes else split_codes


def scheme_of(names: Sequence[str]) -> Scheme | None:
    """Find the scheme by which most of these names give a label, and more than one label in all."""
    for scheme in SCHEMES:
        counts = Counter(label for name in names if (label := scheme.read(name)) is not None)
        if len(counts) >= 2 and sum(counts.values()) >= ENOUGH * len(names):
            return scheme
    return None


def _images(root: Path, reading: Reading) -> Iterator[str]:
    for folder, listing in walk(root, "", reading.problems):
        reading.watched.append(folder)
        yield from (join(folder, name) for name in sorted(listing.files) if is_image(name) and not is_leftover(name))


register(FileNames())
