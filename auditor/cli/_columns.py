"""Read the named columns of a file that a person filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Problem = tuple[int, str]
"""A line's number, and what is wrong with it."""


@dataclass(frozen=True)
class Columns:
    """The cells of some columns.

    Attributes:
        cells: For each column in the order asked for, one text per line.
        lines: The line's number in the file.
        problems: Lines that could not be read.
    """

    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each line's number and its cells."""
        return zip(self.lines, zip(*self.cells, strict=True), strict=True)


def read_columns(path: Path, names: tuple[str, ...]) -> Columns:
    """Read columns by name; the case of the names does not matter, and other columns are ignored.

    Raises:
        DataError: The file cannot be read or lacks one of the columns.
    """
    from auditor.data.files.sheet import read_head, read_sheet
    from auditor.data.problems import Problems
    from auditor.errors import DataError

    columns = {column.strip().casefold(): column for column in read_head(path).columns}
    missing = [name for name in names if name not in columns]
    if missing:
        raise DataError(
            f"The file {path} has no column {', '.join(missing)}; expected a first line '{','.join(names)}'."
        )
    listed = Problems()
    sheet = read_sheet(path, path.name, [columns[name] for name in names], listed)
    problems = tuple((problem.line or 1, problem.message) for problem in listed.freeze())
    cells = tuple(tuple(map(str, sheet.cells[columns[name]])) for name in names)
    return Columns(cells, tuple(map(int, sheet.lines)), problems)
