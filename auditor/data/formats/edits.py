"""The edits that a correction makes to a source file: the lines that get another label, and the lines removed.

A file may name an image on several lines (the reader keeps the first and lists the others). A decision is about the
image, so all of its lines get the label or are removed: a file that still had the old label further down would undo
the correction in the next program that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files import long_list
from auditor.data.files.labellines import match_line
from auditor.data.files.long_list import ByteList, TextList
from auditor.data.files.sheet import read_sheet
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats.classes import label_key
from auditor.data.problems import Problems, printable
from auditor.errors import ExportError

Targets = Mapping[int, str | None]
"""The new label of every line of an image, by row, as the source spells it; None removes the lines."""

Named = tuple[int, str, str]
"""One line of a source: its 1-based number, the image's name, the label as it is spelled there."""


@dataclass
class Edits:
    """The changes of one source file, by 1-based line.

    Attributes:
        column: The label column; None in a list, which has no columns.
        cells: The new label.
        expected: The current label.
        dropped: The lines to remove.
        also: New values of other columns of a line that repeat the label in other words or as a one-hot code.
        read: The list that they were found in, read once: what is written is what was checked. None of a table.
    """

    column: str | None = None
    cells: dict[int, str] = field(default_factory=dict)
    expected: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    also: dict[int, dict[str, str]] = field(default_factory=dict)
    read: ByteList | TextList | None = None

    def __bool__(self) -> bool:
        return bool(self.cells or self.dropped)


def targets(
    dataset: Dataset, labels: NDArray[np.int16], decided: Iterable[int] = (), dropped: Iterable[int] = ()
) -> dict[int, str | None]:
    """Return the new label of each image's lines.

    Args:
        dataset: The source.
        labels: int16 [N], the labels after the corrections.
        decided: Rows whose label was decided, changed or not: their other lines may have another label.
        dropped: Rows to remove.
    """
    wanted: dict[int, str | None] = {
        int(row): dataset.codes[labels[row]] for row in (*np.flatnonzero(labels != dataset.labels), *decided)
    }
    return wanted | dict.fromkeys(map(int, dropped))


def of_lines(
    dataset: Dataset, source: int, lines: Iterable[Named], wanted: Targets, column: str | None = None
) -> Edits:
    """Return the edits of one source file.

    Args:
        dataset: The data set.
        source: The number of its file.
        lines: Every line that names an image, or at least every one that may name an image of `wanted`.
        wanted: See `Targets`.
        column: The label column.

    Raises:
        ExportError: The file has changed since the data set was read from it.
    """
    edits, seen = Edits(column), set[int]()
    named = list(lines)
    rows = np.arange(len(dataset)) if dataset.source is None else np.flatnonzero(dataset.source == source)
    rows = rows[np.isin(dataset.lines[rows], [number for number, _, _ in named])]
    own = dict(zip(dataset.lines[rows].tolist(), rows.tolist(), strict=True))
    alias = _rows_by_name(dataset, own, named)
    for number, name, label in named:
        row = own.get(number, alias.get(name, -1))
        if row not in wanted:
            continue
        if is_own(dataset, row, source, number):
            seen.add(row)
            if label_key(label) != label_key(dataset.codes[dataset.labels[row]]):
                raise changed_since(dataset, row)
        code = wanted[row]
        if code is None:
            edits.dropped.add(number)
        elif label_key(label) != label_key(code):
            edits.cells[number], edits.expected[number] = code, label
    missing = [row for row in wanted if row not in seen and _source(dataset, row) == source]
    if missing:
        raise changed_since(dataset, min(missing))
    return edits


def _rows_by_name(dataset: Dataset, own: Mapping[int, int], named: Iterable[Named]) -> dict[str, int]:
    """Return each name's row in a file; where two splits share a name, further lines with it belong to neither."""
    row_of_name: dict[str, int] = {}
    for number, name, _ in named:
        row = own.get(number, -1)
        if row < 0:
            row_of_name.setdefault(name, row_of(dataset, name))
        elif row_of_name.setdefault(name, row) not in (-1, row):
            row_of_name[name] = -2
        elif row_of_name[name] == -1:
            row_of_name[name] = row
    return row_of_name


def of_list(dataset: Dataset, source: int, wanted: Targets) -> Edits:
    """Return the edits of a label list (`name number`)."""
    if not wanted:
        return Edits()
    read = long_list.of(read_bytes(dataset.root / dataset.sources[source]))
    matches = ((number, match_line(read.line(number))) for number in _candidates(dataset, source, read, wanted))
    edits = of_lines(dataset, source, ((number, m[1], m[2]) for number, m in matches if m is not None), wanted)
    edits.read = read
    return edits


def _candidates(dataset: Dataset, source: int, read: ByteList | TextList, wanted: Targets) -> list[int]:
    """The 1-based lines of a list that may name an image of `wanted`: of a million lines, few have to be parsed.

    These are the images' own lines, where every line of the list is some image's own. Else a line is one if it begins
    as such an image's name does, in the data set or on the image's own line, or if it is not ASCII, because a name may
    be written in two Unicode forms.
    """
    if _all_own(dataset, source, read):
        own = dataset.lines[[row for row in wanted if _source(dataset, row) == source]]
        return sorted(own.tolist())
    begun: set[str] = set()
    for row in wanted:
        begun.update(str(dataset.names[row]).split(None, 1)[:1])
        number = int(dataset.lines[row])
        if _source(dataset, row) == source and 1 <= number <= len(read):
            match = match_line(read.line(number))
            begun.update(match[1].split(None, 1)[:1] if match else ())
    numbered = ((number, read.line(number)) for number in read.near(begun))
    beginnings = ((number, line, line.split(None, 1)[:1]) for number, line in numbered)
    return [number for number, line, first in beginnings if (first and first[0] in begun) or not line.isascii()]


def _all_own(dataset: Dataset, source: int, read: ByteList | TextList) -> bool:
    """Whether every line of a list is the one that an image was read from, so that none names an image again."""
    rows = slice(None) if dataset.source is None else dataset.source == source
    lines = dataset.lines[rows]
    count = len(read) - (not read.line(len(read)))
    if len(lines) != count or not count or lines.min() < 1 or lines.max() > count:
        return False
    return bool(np.bincount(lines).max() == 1)


def of_table(dataset: Dataset, source: int, columns: tuple[str, str], wanted: Targets, prefix: str = "") -> Edits:
    """Return the edits of a table.

    Args:
        dataset: The data set.
        source: The number of its file.
        columns: The column of the images and that of the labels.
        wanted: See `Targets`.
        prefix: The prefix that the data set adds to the names in the table.
    """
    image, label = columns
    if not wanted:
        return Edits(label)
    file = dataset.sources[source]
    sheet = read_sheet(dataset.root / file, file, columns, Problems())
    cells = zip(sheet.lines, sheet.cells[image], sheet.cells[label], strict=True)
    lines = ((number, prefix + name, value) for number, name, value in cells)
    return of_lines(dataset, source, lines, wanted, label)


def rebuilt(text: TextFile, replaced: Mapping[int, tuple[int, list[str]]]) -> bytes:
    """Return a text file with some of its lines replaced.

    Args:
        text: The file.
        replaced: By 1-based line, how many lines to remove and what to put in their place (nothing: only remove).
    """
    lines: list[str] = []
    at = 1
    for number in sorted(replaced):
        if at <= number <= len(text.lines):
            height, new = replaced[number]
            lines += text.lines[at - 1 : number - 1]
            lines += new
            at = number + height
    return text.joined(lines + text.lines[at - 1 :])


def is_own(dataset: Dataset, row: int, source: int, line: int) -> bool:
    """Return whether a line is the one that the row was read from."""
    return int(dataset.lines[row]) == line and _source(dataset, row) == source


def row_of(dataset: Dataset, name: str) -> int:
    """Return the row of an image, or -1 where no image has that name."""
    try:
        return int(dataset.index_of(name))
    except KeyError:
        return -1


def changed_since(dataset: Dataset, row: int) -> ExportError:
    """Return the error for a source in which the row's line has changed."""
    expected = f"{dataset.names[row]} {dataset.codes[dataset.labels[row]]}"
    return file_changed(dataset.source_of(row), int(dataset.lines[row]), expected)


def file_changed(file: str, line: int, expected: str) -> ExportError:
    """Return the error for a source that has changed."""
    return ExportError(
        f"The file {file} has changed since the data set was opened: line {line} is no longer {printable(expected)!r}; "
        "open the data set again."
    )


def _source(dataset: Dataset, row: int) -> int:
    return 0 if dataset.source is None else int(dataset.source[row])
