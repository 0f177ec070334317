"""What formats without a label file share: the images of a tree are the rows, and their paths say the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from auditor.data.dataset import SPLITS, Choice, Dataset, dataset_key
from auditor.data.files.listing import encodable
from auditor.data.formats import split_lists
from auditor.data.formats.base import Format
from auditor.data.formats.reading import Reading
from auditor.data.formats.selection import NONE
from auditor.data.formats.splits import TRAIN, split_of_root
from auditor.plural import counted


@dataclass(frozen=True, slots=True)
class Row:
    """An image: its split (None: its path does not say it), the label that its path says, and the path."""

    split: int | None
    label: str
    path: str


class Unlisted(Format):
    """A format whose data sets have no label file."""

    def label_files(self, root: Path) -> list[str]:
        """Return no file: the paths are the labels."""
        del root
        return [""]

    def locate(self, file: Path) -> Path | None:
        """Return None: no file is a label file of this format."""
        del file
        return None


def with_splits(reading: Reading, rows: Sequence[Row], wanted: str | None, source: Choice) -> tuple[list[Row], Choice]:
    """The rows with the split of each, and where it comes from.

    What a path says counts; a list of a split's images beside the folders holds out what it names; and a folder called
    after a split that lies beside one of another split is that split.

    Args:
        reading: The state of the reading.
        rows: As the paths say.
        wanted: 'none' where a person said that all images are training images.
        source: What the paths say about the splits, for people.
    """
    if wanted == NONE:
        choice = Choice("split", "none", "it was chosen: every image is a training image", role="split")
        return [replace(row, split=TRAIN) for row in rows], choice
    lists = split_lists.beside(reading.root, [row.path for row in rows], reading.problems)
    if lists is not None:
        reading.watched += lists.files
        rows = [replace(row, split=max(row.split or TRAIN, lists.splits.get(row.path, TRAIN))) for row in rows]
        named = sum(row.path in lists.splits for row in rows)
        reading.notes.append(f"{', '.join(lists.files)}: {named:,} of {counted(len(rows), 'image')} are named there.")
        source = Choice("split", f"the lists {', '.join(lists.files)}", lists.why, (NONE,), lists.close, "split")
    elif all(row.split is None for row in rows):
        own = split_of_root(reading.root)
        if own is not None:
            why = f"the folder is called {reading.root.name} and lies beside that of another split"
            chosen_split = f"every image is a {SPLITS[own]} image"
            return [replace(row, split=own) for row in rows], Choice(
                "split", chosen_split, why, (NONE,), own != TRAIN, "split"
            )
    rows = [row if row.split is not None else replace(row, split=TRAIN) for row in rows]
    if lists is not None and lists.close:
        return rows, source
    lone = bool(rows) and all(row.split != TRAIN for row in rows)
    return rows, replace(source, close=lone, alternatives=(NONE,) if source.chosen != NONE else (), role="split")


def dataset_of(
    reading: Reading,
    format: Format,
    rows: Sequence[Row],
    *,
    place: dict[str, int],
    codes: tuple[str, ...],
    names: tuple[str, ...],
    choices: Sequence[Choice],
) -> Dataset:
    """The data set of some images.

    Args:
        reading: The state of the reading.
        format: Which format reads it.
        rows: One an image, each with its split.
        place: The class of each label.
        codes: How each class is written.
        names: The classes' names.
        choices: What was guessed.
    """
    rows = sorted(rows, key=lambda row: row.split or TRAIN)
    paths = np.array([row.path for row in rows], dtype=object)
    return Dataset(
        root=reading.root,
        format=format.name,
        label_file=reading.label_file,
        key=dataset_key(reading.root, format.name, reading.label_file),
        title=reading.root.name,
        classes=names,
        codes=codes,
        names=np.array([encodable(path) for path in paths], dtype=object),
        paths=paths,
        split=np.array([row.split or TRAIN for row in rows], dtype=np.int8),
        labels=np.array([place[row.label] for row in rows], dtype=np.int16),
        lines=np.zeros(len(rows), dtype=np.int32),
        problems=reading.problems.freeze(),
        notes=tuple(reading.notes),
        watched=tuple(dict.fromkeys(reading.watched)),
        choices=tuple(choices),
    )
