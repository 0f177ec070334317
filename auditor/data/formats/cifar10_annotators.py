"""Annotators' label sets of CIFAR-10: tables beside the batches, joined by the image's number or name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.files.listing import list_folder
from auditor.data.files.sheet import Sheet, is_table, read_head, read_sheet
from auditor.data.formats.classes import label_key
from auditor.data.formats.correction import CorrectionRequest
from auditor.data.formats.edits import Edits, of_lines
from auditor.data.formats.selection import Selection
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, ExportError

KEYS: Final = ("index", "idx", "id", "row", "image_id", "name", "image", "filename", "file_name")

IMAGES: Final = 10_000
"""Images of each published batch."""

MOST_KINDS: Final = 20
"""Different values of a column that can be labels of ten classes, some of them mistaken."""


@dataclass(frozen=True, eq=False)
class Annotator:
    """One annotator's labels of all images, and where they stand.

    Attributes:
        name: The column's name.
        labels: int16 [N], -1 where there is none.
        file: The table.
        lines: int32 [N], line of each image there, 0 for none.
    """

    name: str
    labels: NDArray[np.int16]
    file: str
    lines: NDArray[np.int32]


@dataclass(frozen=True)
class Numbering:
    """Which image each number of a column `index` means: it counts through all training batches, also absent ones.

    Attributes:
        rows: The row of each number whose image is there.
        known: Below this, every number is known to be of a row or of none.
        gap: The absent batch whose size would have to be known for the numbers from `known` on; '' where all are known.
    """

    rows: Mapping[int, int]
    known: int
    gap: str = ""


def numbering(sizes: Sequence[tuple[str, int | None]]) -> Numbering:
    """Number the images of the training batches.

    An absent batch has the 10,000 images of the published ones where all the others have; the size of any other is
    unknown, and with it what the numbers behind it mean.

    Args:
        sizes: Each batch's name and number of images, None for one that is absent or cannot be read.
    """
    published = {size for _, size in sizes if size is not None} == {IMAGES}
    rows: dict[int, int] = {}
    number = 0
    for place, (batch, size) in enumerate(sizes):
        if size is None and not published:
            behind = any(size is not None for _, size in sizes[place:])
            return Numbering(rows, number, batch if behind else "")
        count = IMAGES if size is None else size
        if size is not None:
            rows.update(zip(range(number, number + count), range(len(rows), len(rows) + count), strict=True))
        number += count
    return Numbering(rows, number)


def annotators(
    root: Path, names: list[str], numbers: Numbering, classes: Sequence[str], problems: Problems
) -> list[Annotator]:
    """Label sets of every annotators' table beside the batches.

    Args:
        root: The folder of the batches.
        names: N image names, training images first.
        numbers: Which of them each number of a column `index` means.
        classes: Names of the classes.
        problems: Where to list lines that cannot be used.
    """
    result = []
    for file, key, columns in tables(root):
        sheet = read_sheet(root / file, file, [key, *columns], problems)
        rows = _rows(sheet, key, file, names, numbers, problems)
        usable = np.flatnonzero(rows >= 0)
        lines = np.zeros(len(names), dtype=np.int32)
        lines[rows[usable]] = np.array(sheet.lines, dtype=np.int32)[usable]
        for column in columns:
            labels = np.full(len(names), -1, dtype=np.int16)
            labels[rows[usable]] = _codes(sheet, column, file, classes, problems)[usable]
            result.append(Annotator(column, labels, file, lines))
    return result


def _rows(
    sheet: Sheet, key: str, file: str, names: list[str], numbers: Numbering, problems: Problems
) -> NDArray[np.intp]:
    """The image every line is about, -1 where there is none or another line was about it."""
    index = {str(number): row for number, row in numbers.rows.items()}
    for row, name in enumerate(names):
        index[name] = row
        index.setdefault(name.partition("-")[2] or name, row)
    rows, first_line = np.full(len(sheet.lines), -1, dtype=np.intp), dict[int, int]()
    for at, (cell, line) in enumerate(zip(sheet.cells[key], sheet.lines, strict=True)):
        row = index.get(label_key(cell), index.get(cell, -1))
        if row < 0 and numbers.gap and label_key(cell).isdecimal() and int(label_key(cell)) >= numbers.known:
            message = (
                f"{numbers.gap} is not there or cannot be read, and without the number of its images nobody knows "
            )
            message += f"which image {printable(cell)} is: the line is left out"
            problems.add(file, line, "missing-batch", message)
        elif row < 0:
            problems.add(file, line, "missing-image", f"there is no image {printable(cell)!r}: the line is left out")
        elif first_line.setdefault(row, line) != line:
            message = f"{printable(cell)} was on line {first_line[row]} already: the first is kept"
            problems.add(file, line, "duplicate-name", message)
        else:
            rows[at] = row
    return rows


def _codes(sheet: Sheet, column: str, file: str, classes: Sequence[str], problems: Problems) -> NDArray[np.int16]:
    """Class indices from numbers or names, -1 for none; what is neither is listed."""
    code_of = {str(code): code for code in range(len(classes))} | {name: code for code, name in enumerate(classes)}
    codes = np.array([code_of.get(label_key(cell), -1) for cell in sheet.cells[column]], dtype=np.int16)
    for at in np.flatnonzero(codes < 0):
        cell = sheet.cells[column][at]
        if label_key(cell):
            message = f"the label {printable(cell)!r} of {column} is no class: it is taken as absent"
            problems.add(file, sheet.lines[at], "label-range", message)
    return codes


def tables(root: Path) -> list[tuple[str, str, list[str]]]:
    """Annotators' tables beside the batches: file, key column, label columns."""
    result = []
    for file in sorted(name for name in list_folder(root, "").files if is_table(name)):
        try:
            head = read_head(root / file)
        except DataError:
            continue
        key = next((column for column in head.columns if column.casefold() in KEYS), None)
        labels = [column for column in head.columns if column != key and _few(head.cells.get(column, []))]
        if key is not None and labels and head.has_header:
            result.append((file, key, labels))
    return result


def _few(cells: Sequence[str]) -> bool:
    """Whether a column's values can be ten classes."""
    kinds = {label_key(cell) for cell in cells} - {""}
    return bool(kinds) and len(kinds) <= MOST_KINDS and all(len(kind) <= 32 for kind in kinds)


def edits_of(request: CorrectionRequest) -> Edits:
    """What changes in the audited annotator's table, whose lines name images by number or by name.

    Raises:
        ExportError: The table is not what it was when the data set was opened.
    """
    dataset = request.dataset
    selection = Selection.parse(dataset.label_file, dataset.root)
    file, column = selection.file, selection.get("label") or ""
    wanted = {row: code for row, code in request.targets.items() if dataset.source_of(row) == file}
    if not wanted:
        return Edits(column)
    key = next((key for name, key, _ in tables(dataset.root) if name == file), None)
    if key is None:
        raise ExportError(
            f"The file {file} has no column that says which image a line is about; open the data set again."
        )
    sheet = read_sheet(dataset.root / file, file, [key, column], Problems())
    keys = dict(zip(sheet.lines, sheet.cells[key], strict=True))
    names = {label_key(keys.get(int(dataset.lines[row]), "")): str(dataset.names[row]) for row in wanted}
    lines = zip(sheet.lines, sheet.cells[key], sheet.cells[column], strict=True)
    named = ((line, names.get(label_key(cell), ""), label) for line, cell, label in lines)
    return of_lines(dataset, 0, named, wanted, column)
