"""The data set that all other modules use: columns of equal length, one row for each image with a usable label.

The row number is an image's identity in every array; its NAME is its identity in the database, because rows shift when
a user edits the label file.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.config import DatasetRef
from auditor.data.name_index import NameIndex
from auditor.data.problems import Problem, count_problems

__all__ = ["SPLITS", "Choice", "Content", "Dataset", "IntArray", "LabelSet", "Problem", "count_problems", "dataset_key"]

IntArray = NDArray[np.intp]

SPLITS = ("train", "valid", "test")
"""The splits by their code in `Dataset.split`."""


@dataclass(frozen=True, eq=False)
class LabelSet:
    """Labels of the same images from another source: an annotator, a model, a vote.

    Attributes:
        name: Short, for the screen.
        labels: int16 [N], 0-based indices into the data set's classes, -1 where this source has no label.
        probs: float32 [N, C] distribution over the classes (rows sum to 1, or 0 where absent), or None.
    """

    name: str
    labels: NDArray[np.int16]
    probs: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that was guessed when a data set was opened, so that a person can see and change it.

    Attributes:
        what: 'format', 'label column', 'image column', 'split', 'numbering', 'classes', 'class names' or 'paths'.
        chosen: The choice that was made.
        why: The reason, as half a sentence.
        alternatives: The other possibilities, the most likely first.
        close: Whether the first alternative is about as likely: a person should decide.
        role: The role that chooses otherwise in a selection (see `formats.selection.OPTIONS`), '' where none does.
    """

    what: str
    chosen: str
    why: str
    alternatives: tuple[str, ...] = ()
    close: bool = False
    role: str = ""


@dataclass(frozen=True)
class Content:
    """The index of a data set's content, which is the same wherever its folder is (see content.py).

    Attributes:
        names: Digest of the images' names, 32 hex digits.
        labels: Digest of their audited labels, 32 hex digits.
        sample: Of 16 images or fewer: digest of the name and of the content, '' where it could not be read.
    """

    names: str
    labels: str
    sample: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Dataset:
    """One opened data set (numpy only, columnar: 450,000 rows are cheap).

    Attributes:
        root: Resolved folder of the data set; nothing is read outside it but a label file the user names.
        format: Name of the registered format that read it.
        label_file: Label file relative to `root` ('' for folders; absolute where the user named one elsewhere). A
            format may add its choice of columns after a question mark: 'labels.csv?label=annotator_2'.
        key: 12 hexadecimal digits that identify the data set; it names workspace folders. It comes from the content
            (see content.py), unless the workspace knows the data set by an earlier key (`Datasets.recognise`).
        title: Short text for the screen.
        classes: C lower-case class names in the data set's own order.
        codes: C spellings of the classes in the source ('1' ... '7', or folder names).
        names: str [N], image names as in the source, unique.
        paths: str [N], image files relative to `root`, '' for an image inside an archive file.
        split: int8 [N], codes of `SPLITS`; train rows come first, in file order, then the others.
        labels: int16 [N], the given labels, 0-based indices into `classes`.
        lines: int32 [N], 1-based line in `sources[source[row]]`, 0 for none.
        label_sets: Labels of the same images by others.
        valence_arousal: float32 [N, 2] in [-1, 1], NaN where absent; None where there is none at all.
        problems: Everything that was wrong; rows that cannot be used are listed here and are not rows.
        notes: What was recognised, in sentences.
        sources: The files the rows were read from, relative to `root` like `label_file`.
        source: int8 or int16 [N], index into `sources`.
        watched: Files and folders (relative to `root`) whose change makes this reading stale.
        choices: What was guessed, and what else it could be.
        content: The index of the content; None where it was not made.
    """

    root: Path
    format: str
    label_file: str
    key: str
    title: str
    classes: tuple[str, ...]
    codes: tuple[str, ...]
    names: NDArray[np.object_]
    paths: NDArray[np.object_]
    split: NDArray[np.int8]
    labels: NDArray[np.int16]
    lines: NDArray[np.int32]
    label_sets: tuple[LabelSet, ...] = ()
    valence_arousal: NDArray[np.float32] | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    source: NDArray[np.int8] | NDArray[np.int16] | None = None
    watched: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    content: Content | None = None

    @property
    def reference(self) -> DatasetRef:
        """How a run's configuration names this data set."""
        return DatasetRef(str(self.root), self.format, self.label_file, self.key)

    def __post_init__(self) -> None:
        size = len(self.names)
        columns = [self.paths, self.split, self.labels, self.lines, *(s.labels for s in self.label_sets)]
        columns += [column for column in (self.valence_arousal, self.source) if column is not None]
        if any(len(column) != size for column in columns) or len(self.classes) != len(self.codes):
            raise ValueError(f"the columns of data set {self.title!r} differ in length")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def num_classes(self) -> int:
        """C, the number of classes."""
        return len(self.classes)

    def rows(self, split: str = "train") -> IntArray:
        """Return the row numbers of one split ('train', 'valid' or 'test'), ascending."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def index_of(self, name: str) -> int:
        """Return the row of the image of this name, in any Unicode form; KeyError where there is none."""
        row = self._index.get(name)
        if row is None and not name.isascii():
            row = self._composed.get(unicodedata.normalize("NFC", name))
        if row is None:
            raise KeyError(name)
        return row

    def rows_of(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Rows of images by name, int64 [K], -1 where there is none; two spellings of one name are never one row twice.

        Args:
            names: K names; of an accent's two ways of writing, the one that the data set uses goes first.
        """
        wanted = list(names)
        self._index.look_up(wanted)
        exact = map(self._index.get, wanted)
        rows = np.fromiter((-1 if row is None else row for row in exact), np.int64, len(wanted))
        assigned = set(rows.tolist())
        for place in np.flatnonzero(rows < 0):
            if not wanted[place].isascii():
                row = self._composed.get(unicodedata.normalize("NFC", wanted[place]), -1)
                if row not in assigned:
                    rows[place] = row
                    assigned.add(row)
        return rows

    def has_twin(self, row: int) -> bool:
        """Return whether the name of another image differs from this one's in its Unicode form only."""
        name = self.names[row]
        return not name.isascii() and unicodedata.normalize("NFC", name) not in self._composed

    @cached_property
    def _composed(self) -> dict[str, int]:
        """Rows by name with composed accents, but for names that two images would have."""
        row_of: dict[str, int] = {}
        twice = set()
        for row, name in enumerate(self.names):
            if not name.isascii():
                key = unicodedata.normalize("NFC", name)
                if row_of.setdefault(key, row) != row:
                    twice.add(key)
        return {key: row for key, row in row_of.items() if key not in twice}

    def look_up(self, names: Collection[str]) -> None:
        """Find some images in one pass; in a large data set `index_of` then need not list all of its names."""
        self._index.look_up(names)

    def list_names(self) -> None:
        """List the names of all images, for `index_of` to be instant: half a second for a million."""
        self._index.list_all()

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self.names)

    def counts(self, split: str | None = None) -> NDArray[np.int64]:
        """Count the rows of each class, in one split or in all: int64 [C]."""
        labels = self.labels if split is None else self.labels[self.rows(split)]
        return np.bincount(labels, minlength=self.num_classes).astype(np.int64)

    def select(self, rows: IntArray) -> Dataset:
        """Return the data set with these rows only, in this order."""
        sets = tuple(
            replace(s, labels=s.labels[rows], probs=None if s.probs is None else s.probs[rows]) for s in self.label_sets
        )
        return replace(
            self,
            names=self.names[rows],
            paths=self.paths[rows],
            split=self.split[rows],
            labels=self.labels[rows],
            lines=self.lines[rows],
            label_sets=sets,
            valence_arousal=None if self.valence_arousal is None else self.valence_arousal[rows],
            source=None if self.source is None else self.source[rows],
        )

    def choice(self, what: str) -> Choice | None:
        """Return the choice made about one thing, such as 'split'; None where nothing had to be guessed."""
        return next((choice for choice in self.choices if choice.what == what), None)

    def source_of(self, row: int) -> str:
        """Return the label file that lists this row, relative to `root` ('' for folders)."""
        if not self.sources:
            return ""
        return self.sources[0 if self.source is None else int(self.source[row])]


def dataset_key(root: Path, format: str, label_file: str) -> str:
    """Return 12 hexadecimal digits for a place: a folder, the format it is read by and the audited labels.

    It names the index of what was read there, and was the data set's key before that came from the content.
    """
    identity = "\0".join((str(root.resolve()), format, label_file))
    return hashlib.blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
