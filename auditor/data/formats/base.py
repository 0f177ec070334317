"""The interface of a data set format, and the registry of formats.

A format is one module in this package that ends with `register(MyFormat())`; no other file names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.formats.selection import Selection
from auditor.errors import DataError


@dataclass(frozen=True)
class Likeness:
    """How much a folder looks like a data set of one kind.

    Attributes:
        confidence: In [0, 1]; 0 where it cannot be opened so.
        reason: What was found, half a sentence; '' where nothing was.
        lacks: What is missing for a data set of this kind, '' where nothing is.
    """

    confidence: float
    reason: str = ""
    lacks: str = ""


UNLIKE = Likeness(0.0)
"""Nothing of this kind was found."""


class Format(ABC):
    """The layout of one kind of data set on disk.

    Attributes:
        name: Short, as `--format` takes it.
        title: The name on the screen.
        folders: Names of folders inside its data sets, which mean the data set when they are opened.
        roles: What a person may choose in its label files' names, as 'label' in `labels.csv?label=annotator_2`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    roles: ClassVar[tuple[str, ...]] = ()
    folders: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def recognise(self, root: Path) -> Likeness:
        """Return how likely a folder is of this format, and why; reads names and a few lines, never every file."""

    @abstractmethod
    def label_files(self, root: Path) -> list[str]:
        """The label files that can be audited, relative to root, the default first; [''] for folders."""

    @abstractmethod
    def load(self, root: Path, label_file: str) -> Dataset:
        """Read a data set.

        Args:
            root: Resolved folder.
            label_file: One of `label_files(root)`, or what `resolve_label_file` made of the user's words.

        Raises:
            DataError: Not one row can be used.
        """

    def locate(self, file: Path) -> Path | None:
        """The root a label file belongs to, or None where it is not one of this kind's."""
        for root in file.parents[:3]:
            if file.relative_to(root).as_posix() in self.label_files(root):
                return root
        return None

    def resolve_label_file(self, root: Path, label_file: str) -> str:
        """The label file a user means: relative to the root, else to a folder of label files, else to where they are.

        Raises:
            DataError: There is no such file.
        """
        label_files = self.label_files(root)
        for choice in label_files:
            if label_file in (choice, Path(choice).name):
                return choice
        selection = Selection.parse(label_file, root)
        if selection.chosen and self.roles:
            if not selection.file and label_files == [""]:
                return label_file
            return str(Selection(self.resolve_label_file(root, selection.file), selection.chosen))
        given = Path(label_file).expanduser()
        for candidate in (root / given, *(root / Path(choice).parent / given for choice in label_files), given):
            try:
                if candidate.is_file():
                    path = candidate.resolve()
                    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
            except (OSError, ValueError):
                continue
        shown = ", ".join(label_files[:8]) or "none"
        raise DataError(f"There is no label file {label_file!r} in {root}; choose one of {shown}.")

    def corrected(
        self, dataset: Dataset, labels: NDArray[np.int16], excluded: Sequence[int] = ()
    ) -> dict[str, bytes] | None:
        """The data set's own files with other labels, by path relative to the root.

        Args:
            dataset: As this format loaded it.
            labels: int16 [N], the new labels.
            excluded: Rows that are left out.

        Returns:
            The files that differ, to be copied over the data set; None where this format cannot write.

        Raises:
            ExportError: A file is not what it was when the data set was opened.
        """
        del dataset, labels, excluded
        return None

    def read_image(self, dataset: Dataset, row: int) -> bytes:
        """The encoded image of a row whose `paths` entry is '' (it lives inside an archive file)."""
        raise DataError(f"The row {dataset.names[row]} has no image file; leave it out of the labels.")

    def image_files(self, dataset: Dataset) -> NDArray[np.object_]:
        """The file that holds each row's image (itself or its archive), relative to root: str [N]."""
        files = dataset.paths.copy()
        inside = np.flatnonzero(files == "")
        for row in inside:
            files[row] = dataset.source_of(int(row))
        return files


_FORMATS: dict[str, Format] = {}


def register(format: Format) -> Format:
    """Register a format; called at the end of its module."""
    _FORMATS[format.name] = format
    return format


@cache
def _discover() -> None:
    import auditor.data.formats as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def formats() -> tuple[Format, ...]:
    """Return every registered format, ordered by name."""
    _discover()
    return tuple(_FORMATS[name] for name in sorted(_FORMATS))


def get_format(name: str) -> Format:
    """Return the format of this name.

    Raises:
        DataError: There is none; the message names those there are.
    """
    registered = {format.name: format for format in formats()}
    if name not in registered:
        raise DataError(f"There is no format {name!r}; choose one of {', '.join(registered)}.")
    return registered[name]
