"""What a format is, and the registry of formats.

A format is one module in this package that ends with `register(MyFormat())`; nothing else names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
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
        confidence: in [0, 1]; 0 where it cannot be opened so.
        reason: what was found, half a sentence; '' where nothing was.
        lacks: what is missing for a data set of this kind, '' where nothing is.
    """

    confidence: float
    reason: str = ""
    lacks: str = ""


UNLIKE = Likeness(0.0)
"""Nothing of this kind was found."""


class Format(ABC):
    """How data sets of one kind lie on disk.

    Attributes:
        name: short, as `--format` takes it.
        title: for the screen.
        folders: names of folders inside its data sets, which mean the data set when they are opened.
        roles: what a person may choose in its label files' names, as 'label' in `labels.csv?label=annotator_2`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    roles: ClassVar[tuple[str, ...]] = ()
    folders: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def recognise(self, root: Path) -> Likeness:
        """How surely a folder is of this kind, and why; looks at names and a few lines, never at every file."""

    @abstractmethod
    def label_files(self, root: Path) -> list[str]:
        """The label files that can be audited, relative to root, the default first; [''] for folders."""

    @abstractmethod
    def load(self, root: Path, label_file: str) -> Dataset:
        """Read a data set.

        Args:
            root: resolved folder.
            label_file: one of `label_files(root)`, or what `resolve_label_file` made of the user's words.

        Raises:
            DataError: where not one row can be used.
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
            DataError: where there is no such file.
        """
        known = self.label_files(root)
        for choice in known:
            if label_file in (choice, Path(choice).name):
                return choice
        selection = Selection.parse(label_file, root)
        if selection.chosen and self.roles:
            if not selection.file and known == [""]:
                return label_file
            return str(Selection(self.resolve_label_file(root, selection.file), selection.chosen))
        given = Path(label_file).expanduser()
        for candidate in (root / given, *(root / Path(choice).parent / given for choice in known), given):
            try:
                if candidate.is_file():
                    path = candidate.resolve()
                    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
            except (OSError, ValueError):
                continue
        shown = ", ".join(known[:8]) or "none"
        raise DataError(f"there is no label file {label_file!r} in {root}: it has {shown}")

    def corrected(self, dataset: Dataset, labels: NDArray[np.int16]) -> dict[str, bytes] | None:
        """The data set's own files with other labels, by path relative to the root.

        Args:
            dataset: as this format loaded it.
            labels: int16 [N], the new labels.

        Returns:
            The files that differ, to be laid over the data set; None where this format cannot write by itself.

        Raises:
            ExportError: A file is not what it was when the data set was opened.
        """
        del dataset, labels
        return None

    def read_image(self, dataset: Dataset, row: int) -> bytes:
        """The encoded image of a row whose `paths` entry is '' (it lives inside an archive file)."""
        raise DataError(f"{dataset.names[row]} has no image file")

    def image_files(self, dataset: Dataset) -> NDArray[np.object_]:
        """The file that holds each row's image (itself or its archive), relative to root: str [N]."""
        files = dataset.paths.copy()
        inside = np.flatnonzero(files == "")
        for row in inside:
            files[row] = dataset.source_of(int(row))
        return files


_FORMATS: dict[str, Format] = {}


def register(format: Format) -> Format:
    """Make a format known; called at the end of its module."""
    _FORMATS[format.name] = format
    return format


@cache
def _discover() -> None:
    import auditor.data.formats as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def formats() -> tuple[Format, ...]:
    """Every known format, in the order of their names."""
    _discover()
    return tuple(_FORMATS[name] for name in sorted(_FORMATS))


def get_format(name: str) -> Format:
    """The format of this name.

    Raises:
        DataError: naming the known ones.
    """
    known = {format.name: format for format in formats()}
    if name not in known:
        raise DataError(f"there is no format {name!r}: choose one of {', '.join(known)}")
    return known[name]
