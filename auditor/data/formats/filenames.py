"""Labels in the images' own names, as JAFFE's 'KA.AN1.39.tiff', KDEF's 'AF01ANS.JPG' or 'happy_0012.png'."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from auditor.data.dataset import Choice, Dataset, dataset_key
from auditor.data.files.listing import encodable, is_image, is_leftover, join, walk
from auditor.data.formats.base import UNLIKE, Format, Likeness, register
from auditor.data.formats.emotions import WORDS
from auditor.data.formats.reading import Reading
from auditor.data.formats.splits import TRAIN, split_of_path, words_of
from auditor.data.problems import printable
from auditor.errors import DataError

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


class FileNames(Format):
    """Labels in the images' names."""

    name: ClassVar[str] = "filenames"
    title: ClassVar[str] = "Labels in file names"

    def recognise(self, root: Path) -> Likeness:
        """Return 0.6 for names of a known data set, 0.35 for emotions in most names: a list is more reliable."""
        names = [path.rpartition("/")[2] for path in islice(_images(root, Reading(root, "")), SAMPLE)]
        scheme = scheme_of(names)
        if scheme is None:
            return UNLIKE
        shown = printable(names[0])
        return Likeness(0.6 if scheme.sure else 0.35, f"names such as {shown} contain the label ({scheme.title})")

    def label_files(self, root: Path) -> list[str]:
        """Return no file: the names are the labels."""
        del root
        return [""]

    def locate(self, file: Path) -> Path | None:
        """Return None: no file is a label file of this format."""
        del file
        return None

    def load(self, root: Path, label_file: str) -> Dataset:
        """List the images and read their names.

        Raises:
            DataError: Fewer than two classes are in them.
        """
        if label_file:
            raise DataError(f"Labels in file names have no label file; open {root} without {label_file!r}.")
        reading = Reading(root, label_file)
        paths = list(_images(root, reading))
        scheme = scheme_of([path.rpartition("/")[2] for path in paths])
        if scheme is None:
            raise DataError(
                f"The folder {root} has no images whose names give an emotion; expected names such as 'KA.AN1.39.tiff'."
            )
        labels = [scheme.read(path.rpartition("/")[2]) for path in paths]
        for path, label in zip(paths, labels, strict=True):
            if label is None:
                message = "its name does not say one emotion: it is left out"
                reading.problems.add(path, None, "missing-label", message)
        return _dataset(reading, scheme, [(path, label) for path, label in zip(paths, labels, strict=True) if label])


def _dataset(reading: Reading, scheme: Scheme, rows: list[tuple[str, str]]) -> Dataset:
    classes = tuple(sorted({label for _, label in rows}))
    if len(classes) < 2:
        raise DataError(f"The names of the images in {reading.root} give one class only; expected at least two.")
    split = [code if (code := split_of_path(path)) is not None else TRAIN for path, _ in rows]
    order = np.argsort(split, kind="stable")
    paths = np.array([path for path, _ in rows], dtype=object)[order]
    why = f"names such as {printable(paths[0].rpartition('/')[2])}"
    return Dataset(
        root=reading.root,
        format=FileNames.name,
        label_file="",
        key=dataset_key(reading.root, FileNames.name, ""),
        title=reading.root.name,
        classes=classes,
        codes=classes,
        names=np.array([encodable(path) for path in paths], dtype=object),
        paths=paths,
        split=np.array(split, dtype=np.int8)[order],
        labels=np.array([classes.index(label) for _, label in rows], dtype=np.int16)[order],
        lines=np.zeros(len(rows), dtype=np.int32),
        problems=reading.problems.freeze(),
        notes=(f"The labels are in the images' names, written as {scheme.title}: {len(classes)} classes.",),
        watched=tuple(dict.fromkeys(reading.watched)),
        choices=(Choice("class names", scheme.title, why),),
    )


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
