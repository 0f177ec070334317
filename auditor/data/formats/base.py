"""The interface of a data set format, and the registry of formats.

A format is one module in this package that ends with `register(MyFormat())`; no other file names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.formats.correction import CorrectionRequest, Leaving, per_source
from auditor.data.formats.edits import Edits
from auditor.data.formats.eyes import FaceToAlign
from auditor.data.formats.rewrite import rewritten
from auditor.data.formats.selection import Selection
from auditor.data.problems import Problems
from auditor.errors import DataError, ExportError


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
    """The layout of one kind of data set on disk: how it is read, corrected and aligned.

    `recognise`, `label_files` and `load` make a format. `edits` (label lines) or `corrected` (any other files) let it
    write corrected labels back; `why_not_aligned` and `faces` let its faces be aligned.

    Attributes:
        name: Short, as `--format` takes it.
        title: The name on the screen.
        folders: Names of folders inside its data sets, which mean the data set when they are opened.
        roles: What a person may choose in its label files' names, as 'label' in `labels.csv?label=annotator_2`.
        benchmark: The published data set that it is the layout of, as papers name it, such as 'AffectNet'; methods may
            choose their published settings by it. '' for a layout of any data.
        holds_votes: Whether its label files hold votes, into which shares of the classes can be written back.
        class_folders: Whether its labels are the names of folders, so that '03' and '3' are two classes.
        label_lists: Whether it opens any list of lines `name number` beside its own, such as that of a noise study.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    roles: ClassVar[tuple[str, ...]] = ()
    folders: ClassVar[tuple[str, ...]] = ()
    benchmark: ClassVar[str] = ""
    holds_votes: ClassVar[bool] = False
    class_folders: ClassVar[bool] = False
    label_lists: ClassVar[bool] = False

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
        wanted = Path(label_file).expanduser()
        for candidate in (root / wanted, *(root / Path(choice).parent / wanted for choice in label_files), wanted):
            try:
                if candidate.is_file():
                    path = candidate.resolve()
                    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
            except (OSError, ValueError):
                continue
        choices = ", ".join(label_files[:8]) or "none"
        raise DataError(f"There is no label file {label_file!r} in {root}; choose one of {choices}.")

    def edits(self, request: CorrectionRequest, source: int) -> Edits:
        """Return what changes in one source file, for formats whose labels are lines of text or rows of a table.

        Args:
            request: What is to be written.
            source: The file's index in `Dataset.sources`.

        Raises:
            ExportError: The file is not what it was when the data set was opened.
        """
        del request, source
        return Edits()

    def corrected(self, request: CorrectionRequest) -> dict[str, bytes]:
        """Return the data set's own files after the corrections, by path relative to the root.

        The audited label file comes first. Here: the source files with their `edits`, every other byte as it was.

        Raises:
            ExportError: The format has no label file to correct, or a file is not what it was when it was opened.
        """
        dataset = request.dataset
        if not self.writes_back:
            raise ExportError(
                f"The data set {dataset.title} has no label file of its own; export it as a table or as a folder tree."
            )
        return per_source(request, lambda source: rewritten(dataset, source, self.edits(request, source)))

    @property
    def writes_back(self) -> bool:
        """Whether corrected labels can be written in the format's own form."""
        kind = type(self)
        return kind.edits is not Format.edits or kind.corrected is not Format.corrected

    def writes_folder(self, dataset: Dataset) -> bool:
        """Whether the corrected source is several equal files, so that an export of it is a folder."""
        del dataset
        return False

    def changed_lines(self, request: CorrectionRequest, source: int) -> set[int]:
        """Return the lines of a source file that change or go.

        Raises:
            ExportError: The file is not what it was when the data set was opened.
        """
        edits = self.edits(request, source)
        return edits.cells.keys() | edits.dropped

    def leaving_out(self, dataset: Dataset) -> Leaving:
        """Return what becomes of an excluded image in the corrected source."""
        del dataset
        if not self.writes_back:
            return Leaving("kept", "it has no label file of its own")
        if type(self).edits is Format.edits:
            return Leaving("kept", "its lines cannot be left out")
        return Leaving("dropped")

    def why_not_aligned(self, dataset: Dataset) -> str:
        """Return why the faces cannot be aligned, in one sentence; '' where they can. Reads a few files only."""
        del dataset
        return "This data set has no eye positions for an alignment; its faces are used as they are."

    def faces(self, dataset: Dataset, problems: Problems) -> Iterator[FaceToAlign]:
        """Yield every face that can be aligned; list the others as problems.

        Raises:
            DataError: There are no eyes or no originals.
        """
        del problems
        raise DataError(f"The faces of {dataset.title} cannot be aligned; {self.title} has no eye positions.")

    def aligned_label_files(self, dataset: Dataset) -> list[str]:
        """List the label files that are copied with the aligned faces, relative to both roots."""
        return [file for file in dataset.sources if not Path(file).is_absolute()]

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


def format_of(dataset_format: str) -> Format | None:
    """Return the format of this name, or None where there is none (any more)."""
    return _registered().get(dataset_format)


@cache
def _registered() -> dict[str, Format]:
    return {format.name: format for format in formats()}
