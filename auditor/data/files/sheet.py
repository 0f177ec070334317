"""Tables of images and labels: CSV, TSV, text lists, JSON and Parquet read into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.data.files import delimited, jsonlines, jsonrecords, parquet
from auditor.data.files.listing import is_image
from auditor.data.files.packed import inner_suffix, is_packed, unpack
from auditor.data.files.parquet import MOST_COLUMNS, MOST_ROWS, check_column
from auditor.data.files.remembered import until_changed
from auditor.data.files.textfile import TextFile, read_text
from auditor.data.problems import Problems, printable
from auditor.errors import DataError
from auditor.plural import counted

TEXT_SUFFIXES = (".csv", ".tsv")
LIST_SUFFIXES = (".txt", ".lst", ".list")
SUFFIXES = (*TEXT_SUFFIXES, *jsonlines.SUFFIXES, *jsonrecords.SUFFIXES, parquet.SUFFIX)

MOST_CLASSES = 1000
MOST_LABELS = 64
HEAD = 2**18
"""The number of bytes read to guess a table's layout."""

HEAD_ROWS = 200
"""The number of first rows to guess from, and of rows from the rest."""

PLACES, PIECE, LINES_A_PLACE = 32, 2**13, 8
"""How many places behind the beginning of a large text are looked at, their bytes, and the lines taken from each."""

LARGEST_PACKED = 2**24
"""Bytes of the largest compressed text that is unpacked whole to guess from it."""

LARGEST_GUESSED = 2**28
"""Bytes of the largest JSON document that is read to guess what it is: it has no beginning that stands alone."""


@dataclass
class Sheet:
    """The columns of a table that are wanted.

    Attributes:
        columns: The names of all columns, in file order.
        cells: Values by column name, each a list of N strings ('' for nothing).
        lines: N 1-based line numbers (in Parquet and JSON: records).
        delimiter: What the text is cut at, '' for Parquet and JSON.
        has_header: Whether the first line names the columns.
    """

    columns: list[str]
    cells: dict[str, list[str]]
    lines: list[int] = field(default_factory=list)
    delimiter: str = ""
    has_header: bool = True


def is_table(name: str) -> bool:
    """Whether a file of this name can be a table."""
    suffix = inner_suffix(name)
    return suffix in SUFFIXES and not (suffix == parquet.SUFFIX and is_packed(name))


def is_list(name: str) -> bool:
    """Whether a file of this name can be a text list of images and labels."""
    return inner_suffix(name) in LIST_SUFFIXES


def read_head(path: Path, rows: int | None = None) -> Sheet:
    """Rows to guess from, with every column: the first 200, and as many from all over the rest of the file.

    Tables are often sorted by class or by split: the first rows alone would show one of them.

    Args:
        path: The table.
        rows: The maximum number of rows, from the beginning; None for all that were read.

    Raises:
        DataError: The file is not a table.
    """
    head = _head(path)
    return head if rows is None else _with_rows(head, range(min(rows, len(head.lines))))


@until_changed(32)
def _head(path: Path) -> Sheet:
    suffix = inner_suffix(path.name)
    if suffix == parquet.SUFFIX:
        return _from_parquet(path, None, MOST_ROWS, spread=True)
    if suffix in jsonrecords.SUFFIXES:
        whole = TextFile.parse(unpack(_limited(path, LARGEST_GUESSED), path.name, LARGEST_GUESSED))
        sheet = _from_document(whole, path.name, None)
        return _with_rows(sheet, spread_over(len(sheet.lines)))
    text, rest = _beginning(path)
    sheet = _from_text(text, path.name, None, Problems())
    return _with_rest(_with_rows(sheet, range(min(HEAD_ROWS, len(sheet.lines)))), rest)


def spread_over(count: int) -> list[int]:
    """Choose rows to guess from: the first, and some at equal distances."""
    rest = range(HEAD_ROWS, count)
    return [*range(min(HEAD_ROWS, count)), *rest[:: max(1, -(-len(rest) // HEAD_ROWS))], *rest[-1:]]


def _beginning(path: Path) -> tuple[TextFile, list[str]]:
    """The first lines of a text, and whole lines from all over the rest of it."""
    packed = is_packed(path.name)
    small = packed and path.stat().st_size <= LARGEST_PACKED
    data = unpack(
        _limited(path, LARGEST_PACKED if small else None), path.name, LARGEST_GUESSED if small else HEAD, part=True
    )
    text = TextFile.parse(data)
    whole = small or len(data) < HEAD
    lines = text.lines if whole or len(text.lines) < 2 else text.lines[:-1]
    first, rest = lines[: HEAD_ROWS + 40], lines[HEAD_ROWS + 40 :]
    if not (whole or packed):
        rest = [*rest[:HEAD_ROWS], *_lines_from_all_over(path, text)]
    step = max(1, -(-len(rest) // HEAD_ROWS))
    return replace(text, lines=first), [*rest[::step], *[line for line in rest[-2:] if line]]


def _lines_from_all_over(path: Path, text: TextFile) -> list[str]:
    """Whole lines behind the beginning of a large text."""
    lines: list[str] = []
    with path.open("rb") as file:
        size = path.stat().st_size
        for place in range(1, PLACES + 1):
            at = HEAD + (max(0, size - HEAD - PIECE) * place // PLACES)
            file.seek(at - (at - len(text.mark)) % 2)
            piece = file.read(PIECE).decode(text.encoding, "replace").split(text.newline)
            lines += piece[1:-1][-LINES_A_PLACE:]
    return lines


def _with_rest(sheet: Sheet, rest: Sequence[str]) -> Sheet:
    """A sheet and the rows of further lines, where these are whole; their numbers are not known (0)."""
    for line in rest:
        cells = _cells_of(sheet, line.removesuffix("\r"))
        if cells is not None:
            sheet.lines.append(0)
            for name in sheet.columns:
                sheet.cells[name].append(cells[name])
    return sheet


def _cells_of(sheet: Sheet, line: str) -> dict[str, str] | None:
    """The cells of one line, or None where it is not a whole record."""
    if not sheet.delimiter:
        record = jsonlines.parse(line) if line else None
        return None if record is None else {name: record.get(name, "") for name in sheet.columns}
    fields = (
        delimited.split(line, sheet.delimiter) if len(line) <= delimited.LONGEST_RECORD and "\0" not in line else []
    )
    if len(fields) != len(sheet.columns) or line.startswith("#"):
        return None
    return dict(zip(sheet.columns, (field.strip() for field in fields), strict=True))


def _limited(path: Path, largest: int | None) -> bytes:
    """The beginning of a file, or all of one that is not too large."""
    try:
        if largest is not None and path.stat().st_size > largest:
            raise DataError(f"The file {path} is larger than {largest:,} bytes; split it.")
        with path.open("rb") as file:
            return file.read(HEAD if largest is None else largest)
    except OSError as error:
        raise DataError(f"The file {path} cannot be read ({error.strerror}); check that it is there.") from error


def _with_rows(sheet: Sheet, rows: Sequence[int]) -> Sheet:
    """Some rows of a sheet."""
    cells = {name: [values[row] for row in rows] for name, values in sheet.cells.items()}
    return replace(sheet, cells=cells, lines=[sheet.lines[row] for row in rows])


def read_sheet(
    path: Path, file: str, wanted: Sequence[str], problems: Problems, needed: Sequence[str] | None = None
) -> Sheet:
    """The wanted columns of a whole table; every line that is no record of it is listed.

    Args:
        path: The table.
        file: Its name in problems.
        wanted: The columns to read.
        problems: Where to list what is wrong.
        needed: The columns that a line must reach (the image and the label): a line with fewer or more fields is used
            where these are whole; None for all of them.

    Raises:
        DataError: It cannot be read or lacks a column.
    """
    suffix = inner_suffix(path.name)
    if suffix == parquet.SUFFIX:
        return _from_parquet(path, wanted, MOST_ROWS)
    text = read_text(path, file, problems)
    if suffix in jsonrecords.SUFFIXES:
        return _from_document(text, file, wanted)
    return _from_text(text, file, wanted, problems, needed)


@dataclass
class _Columns:
    """Which field of a record goes into which column, and what makes a record usable.

    Attributes:
        count: Fields of a whole record.
        reach: Fields that a shorter record must have, `count` where it must have all.
        image: Where the image's name stands: of a longer record it must still look like one; -1 where none may be.
    """

    count: int
    reach: int
    image: int

    def accepts(self, cells: Sequence[str]) -> bool:
        """Whether a record can be used."""
        if len(cells) == self.count or (len(cells) > self.count and not any(c.strip() for c in cells[self.count :])):
            return True
        if len(cells) < self.count:
            return len(cells) >= self.reach
        return 0 <= self.image < len(cells) and is_image(cells[self.image].strip())


def _from_text(
    text: TextFile,
    file: str,
    wanted: Sequence[str] | None,
    problems: Problems,
    needed: Sequence[str] | None = None,
) -> Sheet:
    if inner_suffix(file) in jsonlines.SUFFIXES:
        return _from_json(text, file, wanted, problems)
    dialect, first, head, has_header = _first_record(text, file)
    columns = _unique(head if has_header else [f"column_{i}" for i in range(1, len(head) + 1)])
    names = columns if wanted is None else list(wanted)
    places = [check_column(columns, name, file) for name in names]
    sheet = Sheet(columns, {name: [] for name in names}, [], dialect.delimiter, has_header)
    into = [(sheet.cells[name].append, place) for name, place in zip(names, places, strict=True)]
    rule, width = _rule(columns, places, needed), len(columns)
    for number, height, record in dialect.records(text.lines):
        if has_header and number == first:
            continue
        cells = delimited.split(record, dialect.delimiter) if height else []
        if len(cells) == width and not (has_header and cells[0].strip() == head[0]):
            sheet.lines.append(number)
            for append, place in into:
                append(cells[place].strip())
            continue
        whole = height and (wanted is None or rule.accepts(cells))
        if len(cells) != width and not whole:
            problems.add(file, number, "bad-line", _what_is_bad(record, height, len(cells), width))
            continue
        oddity = _oddity(cells, head if has_header else None, width, ragged=needed is not None)
        if oddity is not None:
            problems.add(file, number, *oddity)
            if oddity[0] == "repeated-header":
                continue
        sheet.lines.append(number)
        for append, place in into:
            append(cells[place].strip() if place < len(cells) else "")
    return sheet


def _first_record(text: TextFile, file: str) -> tuple[delimited.Dialect, int, list[str], bool]:
    """How a text is laid out, its first record's line and fields, and whether these name the columns."""
    dialect = delimited.dialect(text.lines, file)
    records = ((number, record) for number, height, record in dialect.records(text.lines) if height)
    first = next(records, None)
    if first is None:
        raise DataError(f"The file {file} holds no table; expected a line of column names and one line an image.")
    head = [cell.strip() for cell in delimited.split(first[1], dialect.delimiter)]
    if len(head) > MOST_COLUMNS:
        raise DataError(
            f"The file {file} has {counted(len(head), 'column')}, more than the {MOST_COLUMNS:,} that are read; "
            "choose a table of labels."
        )
    has_header = not any(is_image(cell) or _is_number(cell) for cell in head)
    if not has_header and not any(map(is_image, head)):
        has_header = _names_numbers(head, text, dialect, first[0])
    elif has_header and 1 < len(head) <= 3:
        has_header = not _comes_again(head, text, dialect, first[0])
    return dialect, first[0], head, has_header


def _names_numbers(head: Sequence[str], text: TextFile, dialect: delimited.Dialect, line: int) -> bool:
    """Whether the first record names columns that are called 0, 1, 2: below a word in it are images."""
    numbers = [cell for cell in head if _is_number(cell)]
    counted = [str(place) for place in range(len(numbers))], [str(place + 1) for place in range(len(numbers))]
    if len(numbers) < 2 or numbers not in counted or len(set(head)) < len(head):
        return False
    rows = [
        delimited.split(record, dialect.delimiter)
        for number, height, record in dialect.records(text.lines[: line + HEAD_ROWS])
        if number != line and height
    ]
    words = [place for place, cell in enumerate(head) if cell and not _is_number(cell)]
    return any(
        2 * sum(len(row) == len(head) and is_image(row[place].strip()) for row in rows) > len(rows) for place in words
    )


def _comes_again(head: Sequence[str], text: TextFile, dialect: delimited.Dialect, line: int) -> bool:
    """Whether the first record is one like the others: one of its values comes again in its column, and not all do."""
    again = [0] * len(head)
    for number, height, record in dialect.records(text.lines[: line + HEAD_ROWS]):
        cells = [cell.strip() for cell in delimited.split(record, dialect.delimiter)] if height else []
        if number != line and len(cells) == len(head) and cells != list(head):
            for place, (cell, own) in enumerate(zip(cells, head, strict=True)):
                again[place] += bool(own) and cell == own
    return max(again) >= 2


def _oddity(cells: Sequence[str], head: Sequence[str] | None, width: int, *, ragged: bool) -> tuple[str, str] | None:
    """The kind and message of what is odd about a record that can be used, or that repeats the names of columns."""
    if head and cells[0].strip() == head[0] and [cell.strip() for cell in cells] == head:
        return "repeated-header", "the line of column names comes again: it is left out"
    if ragged and len(cells) != width and any(cell.strip() for cell in cells[width:] or "?"):
        return (
            "ragged-line",
            f"expected {width} fields, found {len(cells)}: its first fields are used as they stand, so check its label",
        )
    return None


def _rule(columns: Sequence[str], places: Sequence[int], needed: Sequence[str] | None) -> _Columns:
    if not needed:
        return _Columns(len(columns), len(columns), -1)
    image, last = columns.index(needed[0]), max(places, default=0)
    reach = max(columns.index(name) for name in needed) + 1
    # A comma too many or too few in a column that nobody reads must not move another one's word under the label; before
    # the image it would move that too, which then is none.
    if not {*range(image + 1, reach)} <= {*places}:
        return _Columns(len(columns), len(columns), -1)
    free_end = last < len(columns) - 1 and {*range(image + 1, last)} <= {*places}
    return _Columns(len(columns), reach, image if free_end else -1)


def _from_json(text: TextFile, file: str, wanted: Sequence[str] | None, problems: Problems) -> Sheet:
    """Read one object a line; a missing name is an empty cell."""
    records: list[tuple[int, dict[str, str]]] = []
    for number, line in jsonlines.records(text.lines):
        record = jsonlines.parse(line)
        if record is None:
            message = f"expected one JSON object of texts and numbers, found {printable(line)!r}: the line is left out"
            problems.add(file, number, "bad-line", message)
        else:
            records.append((number, record))
    columns = list(dict.fromkeys(name for _, record in records[:200] for name in record))[:MOST_COLUMNS]
    if not columns:
        raise DataError(f"The file {file} holds no table; expected one JSON object a line, one line an image.")
    names = columns if wanted is None else list(wanted)
    for name in names:
        check_column(columns, name, file)
    cells = {name: [record.get(name, "") for _, record in records] for name in names}
    return Sheet(columns, cells, [number for number, _ in records])


def _from_document(text: TextFile, file: str, wanted: Sequence[str] | None) -> Sheet:
    """Read the records of a JSON document; a missing name is an empty cell."""
    records = jsonrecords.parse(text.newline.join(text.lines), file).records
    columns = jsonrecords.columns_of(records)[:MOST_COLUMNS]
    names = columns if wanted is None else list(wanted)
    for name in names:
        check_column(columns, name, file)
    nothing = jsonrecords.NOTHING
    cells = {name: [record.get(name, nothing).text for record in records] for name in names}
    return Sheet(columns, cells, list(range(1, len(records) + 1)))


def _from_parquet(path: Path, wanted: Sequence[str] | None, rows: int, *, spread: bool = False) -> Sheet:
    columns, cells, read = parquet.read(path, wanted, rows, spread_over if spread else None)
    return Sheet(columns, cells, list(range(1, read + 1)))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _unique(names: Sequence[str]) -> list[str]:
    """Column names made different: '' becomes column_3, a second 'label' label_2."""
    names_so_far: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        base = printable(name, 100) or f"column_{place}"
        choice, turn = base, 2
        while choice in names_so_far:
            choice, turn = f"{base}_{turn}", turn + 1
        names_so_far[choice] = None
    return list(names_so_far)


def _what_is_bad(record: str, height: int, actual: int, expected: int) -> str:
    if not height:
        return f"a line that is too long, holds NUL characters or opens a quote that is not closed: {printable(record)}"
    return f"expected {expected} fields, found {actual}: {printable(record)!r} is left out"
