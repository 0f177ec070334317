"""Corrected labels in the source's own form: the source's bytes, apart from the labels that changed and the images that
were excluded.

A form is a function in `FORMS`; a format without one has no file of its own to correct (an image folder's labels are
its folders: export a folder tree instead). Not every form can leave an image out: `leaving_out` says what each does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files.sheet import read_sheet
from auditor.data.formats import affectnet
from auditor.data.formats.base import Format, get_format
from auditor.data.formats.cifar10 import TEST
from auditor.data.formats.cifar10_annotators import tables
from auditor.data.formats.classes import label_key
from auditor.data.formats.ferplus import by_place
from auditor.data.formats.roles import Roles
from auditor.data.formats.selection import Selection
from auditor.data.formats.table import COLUMNS, choose
from auditor.data.problems import Problems
from auditor.errors import ExportError
from auditor.exports import archives, edits, lists, mirrors
from auditor.exports.atomic import check_target, new_folder, write_file

Shares = Mapping[int, tuple[float, ...]]
VOTE_MODES = ("replace", "keep")


@dataclass(frozen=True)
class Request:
    """What is to be written.

    Attributes:
        dataset: the source.
        labels: int16 [N], the labels after the corrections.
        soft: shares of the classes by row, for forms that can hold them (votes).
        votes: 'replace' the votes of a corrected image, or 'keep' them and add a column with the label.
        decided: rows whose label was decided, changed or confirmed: every line that names them says so.
        excluded: rows to leave out; empty to keep them.
    """

    dataset: Dataset
    labels: NDArray[np.int16]
    soft: Shares
    votes: str = "replace"
    decided: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()

    @cached_property
    def targets(self) -> dict[int, str | None]:
        """What the lines of each image are to say (see `edits.Targets`)."""
        return edits.targets(self.dataset, self.labels, self.decided, self.excluded)


@dataclass(frozen=True)
class Leaving:
    """What the source's form does with excluded images.

    Attributes:
        how: 'dropped' (their lines go), 'marked' (they stay, marked as not to be used) or 'kept' (they stay as before).
        reason: why they are not dropped, as the end of a sentence; '' where they are.
    """

    how: str
    reason: str = ""


def leaving_out(dataset: Dataset) -> Leaving:
    """What becomes of an excluded image in the corrected label file of a data set."""
    file = Path(dataset.sources[0] if dataset.sources else "").name
    if dataset.format == "affectnet2":
        return Leaving("kept", "this release has one annotation file an image and no list of them")
    if dataset.format == "cifar10" and not dataset.label_file:
        return Leaving("kept", "a batch holds its images and its labels together")
    if dataset.format == "ferplus" and by_place(dataset):
        return Leaving("marked", f"{file} belongs to the pixels line by line; all votes go to NF, not a face")
    if dataset.format == "ferplus" and (dataset.paths == "").any():
        return Leaving("kept", f"the images of {file} are known by their place in it")
    if not has_form(dataset):
        return Leaving("kept", "it has no label file of its own")
    return Leaving("dropped")


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
        own = get_format(request.dataset.format).corrected(request.dataset, request.labels, request.excluded)
        if own is not None:
            return Corrected(own, folder=True)
        raise ExportError(
            f"{request.dataset.title} has no label file of its own; export it as a table or as a folder tree."
        )
    return form(request)


def doubled(request: Request) -> int:
    """How many lines name an image again and are changed or left out with its first.

    Raises:
        ExportError: The source changed since it was opened.
    """
    dataset = request.dataset
    if not request.targets or not any(problem.kind == "duplicate-name" for problem in dataset.problems):
        return 0
    own = {(dataset.source_of(row), int(dataset.lines[row])) for row in request.targets}
    changed: list[tuple[str, int]] = []
    for source, file in enumerate(dataset.sources):
        changed += [(file, line) for line in _touched(request, source)]
    return sum(place not in own for place in changed)


def _touched(request: Request, source: int) -> set[int]:
    """Lines of a source file that change."""
    if request.dataset.format == "ferplus":
        return archives.doubled_lines(_votes(request), source)
    find = EDITS.get(request.dataset.format)
    if find is None or (request.dataset.format == "cifar10" and (source or not request.dataset.label_file)):
        return set()
    _, found = find(request, source)
    return found.cells.keys() | found.dropped


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
    """The audited file, and the other files that change."""
    dataset, files = request.dataset, {}
    for source, file in enumerate(dataset.sources):
        if source and not request.targets:
            continue
        data = read(source)
        if source == 0 or data != (dataset.root / file).read_bytes():
            files[file] = data
    return Corrected(files)


def _list(request: Request) -> Corrected:
    return _per_source(request, lambda source: lists.label_list(request.dataset, source, _rafdb(request, source)[1]))


def _tables(request: Request) -> Corrected:
    find = EDITS[request.dataset.format]
    return _per_source(request, lambda source: lists.table(request.dataset, source, *find(request, source)))


def _rafdb(request: Request, source: int) -> tuple[str, edits.Edits]:
    return "", edits.of_list(request.dataset, source, request.targets)


def _roles(dataset: Dataset, source: int, **fixed: str) -> Roles:
    """Which column is what in one source file, as when it was opened."""
    chosen = {
        role: name for role, name in Selection.parse(dataset.label_file, dataset.root).chosen.items() if role in COLUMNS
    }
    return choose(dataset.root, dataset.sources[source], {**fixed, **chosen})


def _table(request: Request, source: int) -> tuple[str, edits.Edits]:
    roles = _roles(request.dataset, source)
    return roles.label, mirrors.of_table(request.dataset, source, roles, request.targets)


def _huggingface(request: Request, source: int) -> tuple[str, edits.Edits]:
    dataset = request.dataset
    roles = _roles(dataset, source, image="file_name")
    home = Path(dataset.sources[source]).parent.as_posix().removeprefix(".")
    return roles.label, mirrors.of_table(dataset, source, roles, request.targets, f"{home}/" if home else "")


def _affectnet(request: Request, source: int) -> tuple[str, edits.Edits]:
    file = request.dataset.sources[source]
    found = affectnet.columns_of(request.dataset.root / file)
    if found is None:
        raise ExportError(f"{file} is no list of AffectNet's any more; open the data set again.")
    columns = (found[affectnet.IMAGE], found[affectnet.EXPRESSION])
    return columns[1], edits.of_table(request.dataset, source, columns, request.targets)


def _annotators(request: Request, source: int) -> tuple[str, edits.Edits]:
    """A table beside CIFAR-10's batches, whose lines name images by number or by name."""
    dataset = request.dataset
    selection = Selection.parse(dataset.label_file, dataset.root)
    file, column = selection.file, selection.get("label") or ""
    wanted = {row: code for row, code in request.targets.items() if dataset.source_of(row) == file}
    if source or not wanted:
        return column, edits.Edits()
    key = next((key for name, key, _ in tables(dataset.root) if name == file), None)
    if key is None:
        raise ExportError(f"{file} has no column that says which image a line is about; open the data set again.")
    sheet = read_sheet(dataset.root / file, file, [key, column], Problems())
    keys = dict(zip(sheet.lines, sheet.cells[key], strict=True))
    names = {label_key(keys.get(int(dataset.lines[row]), "")): str(dataset.names[row]) for row in wanted}
    lines = zip(sheet.lines, sheet.cells[key], sheet.cells[column], strict=True)
    named = ((line, names.get(label_key(cell), ""), label) for line, cell, label in lines)
    return column, edits.of_lines(dataset, 0, named, wanted)


def _affectnet2(request: Request) -> Corrected:
    return Corrected(archives.annotation_files(request.dataset, request.labels), folder=True)


def _votes(request: Request) -> archives.Votes:
    return archives.Votes(request.dataset, request.labels, request.soft, request.targets, request.votes)


def _ferplus(request: Request) -> Corrected:
    if request.votes not in VOTE_MODES:
        raise ExportError(f"Votes can be {' or '.join(VOTE_MODES)}, not {request.votes!r}; choose one of these.")
    dataset, files = request.dataset, {}
    touched = {dataset.source_of(row) for row in (*request.soft, *request.targets)}
    for source, file in enumerate(dataset.sources):
        if source == 0 or file in touched:
            data = archives.votes_table(_votes(request), source)
            if source == 0 or data != (dataset.root / file).read_bytes():
                files[file] = data
    return Corrected(files)


def _cifar10(request: Request) -> Corrected:
    dataset = request.dataset
    if not dataset.label_file:
        return Corrected(archives.batches(dataset, request.labels), folder=True)
    table = lists.table(dataset, 0, *_annotators(request, 0))
    # Test images keep the batch's own label, so a corrected one is corrected there.
    return Corrected({dataset.sources[0]: table, **archives.batches(dataset, request.labels, (TEST,))})


EDITS: dict[str, Callable[[Request, int], tuple[str, edits.Edits]]] = {
    "rafdb": _rafdb,
    "table": _table,
    "huggingface": _huggingface,
    "affectnet": _affectnet,
    "cifar10": _annotators,
}
"""The label column and what changes in one source file, by format."""

FORMS: dict[str, Callable[[Request], Corrected]] = {
    "rafdb": _list,
    "table": _tables,
    "huggingface": _tables,
    "affectnet": _tables,
    "affectnet2": _affectnet2,
    "ferplus": _ferplus,
    "cifar10": _cifar10,
}
