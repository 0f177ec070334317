"""Corrected labels in the source's own form: the source's bytes, apart from the labels that changed and the images that
were excluded.

How a file is corrected is its format's own business (`Format.edits` and `Format.corrected`); a format without either
has no file of its own to correct (an image folder's labels are its folders: export a folder tree instead).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.data.dataset import Dataset
from auditor.data.formats.base import format_of, get_format
from auditor.data.formats.correction import CorrectionRequest, Leaving
from auditor.exports import places
from auditor.exports.atomic import check_target, new_folder, write_file

__all__ = [
    "CorrectionRequest",
    "Leaving",
    "beside",
    "corrected",
    "doubled",
    "has_form",
    "leaving_out",
    "write",
    "writes_folder",
]


AGAIN = ("duplicate-name", "in-two-splits")
"""The kinds of problems of lines that name an image again, and are changed with its own line."""


def leaving_out(dataset: Dataset) -> Leaving:
    """Return what becomes of an excluded image in the corrected label file of a data set."""
    return get_format(dataset.format).leaving_out(dataset)


def corrected(request: CorrectionRequest) -> dict[str, bytes]:
    """Return the source's files with the changed labels by path relative to the root, the audited one first.

    Raises:
        ExportError: The format has no file to correct, or the source changed since it was opened.
    """
    return get_format(request.dataset.format).corrected(request)


def doubled(request: CorrectionRequest) -> int:
    """Count the lines that name an image again and are changed or left out with its first.

    Raises:
        ExportError: The source changed since it was opened.
    """
    dataset = request.dataset
    if not request.targets or not any(problem.kind in AGAIN for problem in dataset.problems):
        return 0
    lines_changed = get_format(dataset.format).changed_lines
    own = {(dataset.source_of(row), int(dataset.lines[row])) for row in request.targets}
    changed = [(file, line) for source, file in enumerate(dataset.sources) for line in lines_changed(request, source)]
    return sum(place not in own for place in changed)


def has_form(dataset: Dataset) -> bool:
    """Whether a data set can be exported in its source's form."""
    form = format_of(dataset.format)
    return form is not None and form.writes_back


def writes_folder(dataset: Dataset) -> bool:
    """Whether an export in the source's form is a folder of files, not one file."""
    return has_form(dataset) and get_format(dataset.format).writes_folder(dataset)


def write(request: CorrectionRequest, out: str | Path) -> list[Path]:
    """Write the corrected source.

    Args:
        request: What.
        out: The file for the audited label file; labels that changed in another of the data set's files (a test list)
            go to a file of their own beside it (`beside`). For a source of several equal files (CIFAR-10) a new folder.

    Returns:
        What was written.

    Raises:
        ExportError: See `corrected` and `atomic`.
    """
    files = corrected(request)
    if writes_folder(request.dataset):
        with new_folder(request.dataset, Path(out)) as folder:
            for file, data in files.items():
                write_file(folder / file, data)
        return [Path(out).expanduser().absolute()]
    target = check_target(request.dataset, out)
    others = list(files)[1:]
    known = list(dict.fromkeys([*request.dataset.sources, *others]))  # all, so that a file is called the same each time
    names = dict(zip(known, beside(target.name, known), strict=True))
    paths = [target, *(check_target(request.dataset, target.with_name(names[file])) for file in others)]
    for path, data in zip(paths, files.values(), strict=True):
        places.check(path, data)  # before the first is written: all of them or none
    return [write_file(path, data) for path, data in zip(paths, files.values(), strict=True)]


def beside(name: str, files: Sequence[str]) -> list[str]:
    """Return the name of each further corrected file, which stands beside the first one.

    Args:
        name: The first one's name: 'fixed.csv'.
        files: Paths of the sources relative to the root: several may have one name, in folders of their own.

    Returns:
        'fixed.test.csv' for test.csv; with their folders where names would be the same: 'fixed.test.labels.csv'.
    """
    stem = Path(name).stem
    parts = [Path(file).parts for file in files]
    for depth in range(1, 1 + max(map(len, parts), default=0)):
        names = [f"{stem}.{'.'.join(each[-depth:])}" for each in parts]
        if len({name.casefold(), *map(str.casefold, names)}) == 1 + len(names):
            return names
    return [f"{stem}.{place}.{each[-1]}" for place, each in enumerate(parts, 2)]
