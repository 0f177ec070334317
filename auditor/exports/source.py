"""Corrected labels in the source's own form: the source's bytes, apart from the labels that changed.

A form is a function in `FORMS`; a format without one has no file of its own to correct (an image folder's labels are
its folders: export a folder tree instead).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.formats.base import Format, get_format
from auditor.data.formats.selection import Selection
from auditor.data.formats.table import choose
from auditor.errors import ExportError
from auditor.exports import archives, lists
from auditor.exports.atomic import check_target, new_folder, write_file

Shares = Mapping[int, tuple[float, ...]]
VOTES = ("replace", "keep")


@dataclass(frozen=True)
class Request:
    """What is to be written.

    Attributes:
        dataset: the source.
        labels: int16 [N], the labels after the corrections.
        soft: shares of the classes by row, for forms that can hold them (votes).
        votes: 'replace' the votes of a corrected image, or 'keep' them and add a column with the label.
    """

    dataset: Dataset
    labels: NDArray[np.int16]
    soft: Shares
    votes: str = "replace"


@dataclass(frozen=True)
class Corrected:
    """The bytes of a corrected source.

    Attributes:
        files: by path relative to the data set's root, the audited label file first.
        folder: whether the source is several equal files, so that an export of it is a folder.
    """

    files: dict[str, bytes]
    folder: bool = False


def corrected(request: Request) -> Corrected:
    """The source's files with the changed labels; unchanged files but the first are left out of `files`.

    Raises:
        ExportError: The format has no file to correct, or the source changed since it was opened.
    """
    form = FORMS.get(request.dataset.format)
    if form is None:
        own = get_format(request.dataset.format).corrected(request.dataset, request.labels)
        if own is not None:
            return Corrected(own, folder=True)
        raise ExportError(
            f"{request.dataset.title} has no label file of its own; export it as a table or as a folder tree."
        )
    return form(request)


def has_form(dataset: Dataset) -> bool:
    """Whether a data set can be exported in its source's form."""
    own = type(get_format(dataset.format)).corrected is not Format.corrected
    return own or dataset.format in FORMS


def write(request: Request, out: str | Path) -> list[Path]:
    """Write the corrected source.

    Args:
        request: what.
        out: the file for the audited label file; labels that changed in another of the data set's files (a test list)
            go to a second file beside it. For a source of several equal files (CIFAR-10) a new folder.

    Returns:
        What was written.

    Raises:
        ExportError: see `corrected` and `atomic`.
    """
    result = corrected(request)
    if result.folder:
        with new_folder(request.dataset, Path(out)) as folder:
            for file, data in result.files.items():
                write_file(folder / file, data)
        return [Path(out).expanduser().absolute()]
    target = check_target(request.dataset, out)
    written = []
    for place, (file, data) in enumerate(result.files.items()):
        path = target if place == 0 else target.with_name(f"{target.stem}.{Path(file).name}")
        written.append(write_file(check_target(request.dataset, path), data))
    return written


def _per_source(request: Request, read: Callable[[int], bytes]) -> Corrected:
    """The audited file, and the other files that hold changed labels."""
    dataset, files = request.dataset, {}
    for source, file in enumerate(dataset.sources):
        if source == 0 or lists.changed_rows(dataset, request.labels, source):
            files[file] = read(source)
    return Corrected(files)


def _rafdb(request: Request) -> Corrected:
    return _per_source(request, lambda source: lists.label_list(request.dataset, request.labels, source))


def _table(request: Request) -> Corrected:
    dataset = request.dataset
    selection = Selection.parse(dataset.label_file, dataset.root)
    column = choose(dataset.root, selection.file, selection.chosen).label
    return _per_source(request, lambda source: lists.table_labels(dataset, request.labels, source, column))


def _huggingface(request: Request) -> Corrected:
    dataset = request.dataset
    selection = Selection.parse(dataset.label_file, dataset.root)
    column = choose(dataset.root, selection.file, {"image": "file_name", **selection.chosen}).label
    return _per_source(request, lambda source: lists.table_labels(dataset, request.labels, source, column))


def _affectnet(request: Request) -> Corrected:
    return _per_source(
        request, lambda source: lists.table_labels(request.dataset, request.labels, source, "expression")
    )


def _affectnet2(request: Request) -> Corrected:
    return Corrected(archives.annotation_files(request.dataset, request.labels), folder=True)


def _ferplus(request: Request) -> Corrected:
    if request.votes not in VOTES:
        raise ExportError(f"votes can be {' or '.join(VOTES)}, not {request.votes!r}.")

    def read(source: int) -> bytes:
        return archives.votes_table(request.dataset, request.labels, request.soft, source, request.votes)

    touched = {int(request.dataset.source[row]) for row in request.soft if request.dataset.source is not None}
    dataset, files = request.dataset, {}
    for source, file in enumerate(dataset.sources):
        if source == 0 or source in touched or lists.changed_rows(dataset, request.labels, source):
            files[file] = read(source)
    return Corrected(files)


def _cifar10(request: Request) -> Corrected:
    dataset = request.dataset
    if dataset.label_file:
        selection = Selection.parse(dataset.label_file, dataset.root)
        column = selection.get("label") or ""
        return Corrected({selection.file: lists.table_labels(dataset, request.labels, 0, column)})
    return Corrected(archives.batches(dataset, request.labels), folder=True)


FORMS: dict[str, Callable[[Request], Corrected]] = {
    "rafdb": _rafdb,
    "table": _table,
    "huggingface": _huggingface,
    "affectnet": _affectnet,
    "affectnet2": _affectnet2,
    "ferplus": _ferplus,
    "cifar10": _cifar10,
}
