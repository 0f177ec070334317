"""Tables of images and labels: CSV, TSV, JSON lines and Parquet read into columns; the guess which column is what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditor.data.files import delimited, jsonlines
from auditor.data.files.listing import is_image
from auditor.data.files.textfile import TextFile, read_text
from auditor.data.problems import Problems, printable
from auditor.errors import DataError

TEXT_SUFFIXES = (".csv", ".tsv")
SUFFIXES = (*TEXT_SUFFIXES, jsonlines.SUFFIX, ".parquet")

MOST_ROWS = 50_000_000
MOST_CLASSES = 1000
MOST_COLUMNS = 1000
MOST_LABELS = 64
MOST_FRACTIONS = 0.1
"""Share of fractions in a column of labels that are taken for slips; more are measurements."""

_IMAGE = re.compile(r"(image|img|file|photo|face)?[ _]?(path|file|name|id|image|img)s?|filename|filepath|image", re.I)
_LABEL = re.compile(
    r"(label|class|emotion|expression|category|target|annotat|rater|given)s?([ _-]?\w+)?"
    r"|\w+[ _-](label|emotion|expression|class)",
    re.I,
)
_SPLIT = re.compile(r"(split|usage|subset|partition|set|fold)", re.I)
_VALENCE, _AROUSAL = re.compile(r"val(ence)?", re.I), re.compile(r"aro(usal)?", re.I)
_REAL = re.compile(r"-?[0-9]*\.[0-9]*[1-9][0-9]*(e-?[0-9]+)?", re.I)


@dataclass(frozen=True)
class Choice:
    """Which column of a table is what; None for what the table has not got.

    Attributes:
        image: the column with the image's path.
        label: the audited column.
        labels: every label column, the audited one included.
    """

    image: str
    label: str
    labels: tuple[str, ...]
    split: str | None = None
    valence: str | None = None
    arousal: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        wanted = (self.image, self.label, *self.labels, self.split, self.valence, self.arousal)
        return tuple(dict.fromkeys(column for column in wanted if column is not None))


@dataclass
class Sheet:
    """The columns of a table that are wanted.

    Attributes:
        columns: the names of all columns, in file order.
        cells: values by column name, each a list of N strings ('' for nothing).
        lines: N 1-based line numbers (in Parquet: rows).
        delimiter: what the text is cut at, '' for Parquet and JSON lines.
        has_header: whether the first line names the columns.
    """

    columns: list[str]
    cells: dict[str, list[str]]
    lines: list[int] = field(default_factory=list)
    delimiter: str = ""
    has_header: bool = True


def is_table(name: str) -> bool:
    """Whether a file of this name can be a table."""
    return Path(name).suffix.lower() in SUFFIXES


def read_head(path: Path, rows: int = 200) -> Sheet:
    """Every column of the first rows, to guess from.

    Raises:
        DataError: where the file is not a table.
    """
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, None, rows)
    try:
        with path.open("rb") as file:
            data = file.read(2**18)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it is there") from error
    text = TextFile.parse(data)
    lines = text.lines[:-1] if len(data) == 2**18 and len(text.lines) > 1 else text.lines
    return _from_text(replace(text, lines=lines[: rows + 1]), path.name, None, Problems())


def read_sheet(path: Path, shown: str, wanted: Sequence[str], problems: Problems) -> Sheet:
    """The wanted columns of a whole table; every line that is no record of it is listed.

    Raises:
        DataError: where it cannot be read or lacks a column.
    """
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, wanted, MOST_ROWS)
    return _from_text(read_text(path, shown, problems), shown, wanted, problems)


def _from_text(text: TextFile, shown: str, wanted: Sequence[str] | None, problems: Problems) -> Sheet:
    if shown.lower().endswith(jsonlines.SUFFIX):
        return _from_json(text, shown, wanted, problems)
    delimiter = "\t" if shown.lower().endswith(".tsv") else delimited.guess_delimiter(text.lines)
    records = delimited.records(text.lines, delimiter)
    first = next(((number, record) for number, height, record in records if height), None)
    if first is None:
        raise DataError(f"{shown} holds no table: expected a line of column names and one line an image")
    cells = [cell.strip() for cell in delimited.split(first[1], delimiter)]
    if len(cells) > MOST_COLUMNS:
        raise DataError(f"{shown} has {len(cells):,} columns and at most {MOST_COLUMNS:,} are read: is it a table?")
    has_header = not any(is_image(cell) or _is_number(cell) for cell in cells)
    columns = _unique(cells if has_header else [f"column_{i}" for i in range(1, len(cells) + 1)])
    chosen = columns if wanted is None else list(wanted)
    places = [_place(columns, name, shown) for name in chosen]
    sheet = Sheet(columns, {name: [] for name in chosen}, [], delimiter, has_header)
    into = [(sheet.cells[name].append, place) for name, place in zip(chosen, places, strict=True)]
    for number, height, record in delimited.records(text.lines, delimiter):
        if has_header and number == first[0]:
            continue
        cells = delimited.split(record, delimiter) if height else []
        if len(cells) != len(columns) and any(cell.strip() for cell in cells[len(columns) :] or ["?"]):
            problems.add(shown, number, "bad-line", _what_is_bad(record, height, len(cells), len(columns)))
            continue
        sheet.lines.append(number)
        for append, place in into:
            append(cells[place].strip())
    return sheet


def _from_json(text: TextFile, shown: str, wanted: Sequence[str] | None, problems: Problems) -> Sheet:
    """One object a line; a name that a line has not got is an empty cell."""
    found: list[tuple[int, dict[str, str]]] = []
    for number, line in jsonlines.records(text.lines):
        record = jsonlines.parse(line)
        if record is None:
            message = f"expected one JSON object of texts and numbers, found {printable(line)!r}: the line is left out"
            problems.add(shown, number, "bad-line", message)
        else:
            found.append((number, record))
    columns = list(dict.fromkeys(name for _, record in found[:200] for name in record))[:MOST_COLUMNS]
    if not columns:
        raise DataError(f"{shown} holds no table: expected one JSON object a line, one line an image")
    chosen = columns if wanted is None else list(wanted)
    for name in chosen:
        _place(columns, name, shown)
    cells = {name: [record.get(name, "") for _, record in found] for name in chosen}
    return Sheet(columns, cells, [number for number, _ in found])


def _read_parquet(path: Path, wanted: Sequence[str] | None, rows: int) -> Sheet:
    import pyarrow
    from pyarrow import parquet

    if not path.is_file():
        raise DataError(f"{path} is not a file: choose a table")
    try:
        with parquet.ParquetFile(path, memory_map=False) as file:
            if file.metadata.num_rows > MOST_ROWS:
                raise DataError(f"{path} has {file.metadata.num_rows:,} rows, more than {MOST_ROWS:,}: split it")
            fields = list(file.schema_arrow)[:MOST_COLUMNS]
            columns = [column.name for column in fields if _is_plain(column.type)]
            chosen = columns if wanted is None else list(wanted)
            for name in chosen:
                _place(columns, name, path.name)
            cells: dict[str, list[str]] = {name: [] for name in chosen}
            read = 0
            for batch in file.iter_batches(columns=chosen, batch_size=min(rows, 65536)):
                for name in chosen:
                    cells[name] += [_as_text(value) for value in batch.column(name).to_pylist()]
                read += batch.num_rows
                if read >= rows:
                    break
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, MemoryError, NotImplementedError) as error:
        raise DataError(
            f"{path} is not a readable Parquet file ({printable(str(error), 120)}): write it anew"
        ) from error
    return Sheet(columns, cells, list(range(1, read + 1)))


def _is_plain(kind: Any) -> bool:
    """Whether an Arrow type holds a text or a number in every cell."""
    import pyarrow

    types = pyarrow.types
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return types.is_dictionary(kind) or any(check(kind) for check in plain)


def _as_text(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text == "nan" else text


def guess_columns(head: Sheet, chosen: Mapping[str, str] | None = None) -> Choice | None:
    """Which column is what, by its name and by what is in it.

    Args:
        head: the first rows of a table.
        chosen: columns the user chose: 'image', 'label', 'split', 'valence', 'arousal' -> column name.

    Returns:
        The choice, or None where no column holds images or none labels.
    """
    chosen = dict(chosen or {})
    image = chosen.get("image") or _guess_image(head)
    if image is None:
        return None
    split = chosen.get("split") or _named(head, _SPLIT, {image})
    valence = chosen.get("valence") or _named(head, _VALENCE, {image})
    arousal = chosen.get("arousal") or _named(head, _AROUSAL, {image})
    taken = {column for column in (image, split, valence, arousal) if column is not None}
    free = [column for column in head.columns if column not in taken and column in head.cells]
    labels = [column for column in free if _LABEL.fullmatch(column) and _is_label(head.cells[column])]
    if not labels:
        labels = [column for column in free if _is_label(head.cells[column], strict=True)]
        labels = labels if head.has_header else labels[:1]
    label = chosen.get("label") or next(iter(labels), None)
    if label is None:
        return None
    return Choice(image, label, tuple(dict.fromkeys((label, *labels)))[:MOST_LABELS], split, valence, arousal)


def _guess_image(head: Sheet) -> str | None:
    """The column of file names: most of its cells end like images; among several the one that is named so."""
    share = {name: sum(map(is_image, cells)) / max(len(cells), 1) for name, cells in head.cells.items()}
    likely = [name for name in head.columns if share.get(name, 0) > 0.5]
    if likely:
        return next((name for name in likely if _IMAGE.fullmatch(name)), likely[0])
    named = [name for name in head.columns if _IMAGE.fullmatch(name) and len(set(head.cells.get(name, ()))) > 1]
    return next(iter(named), None)


def _named(head: Sheet, pattern: re.Pattern[str], taken: set[str]) -> str | None:
    return next((name for name in head.columns if pattern.fullmatch(name) and name not in taken), None)


def _is_label(cells: Sequence[str], strict: bool = False) -> bool:
    """Whether these can be classes: not too many, hardly a fraction; `strict` asks that most come again."""
    filled = [cell for cell in cells if cell]
    kinds = set(filled)
    fractions = sum(_REAL.fullmatch(cell) is not None for cell in filled)
    if not kinds or fractions > MOST_FRACTIONS * len(filled) or max(map(len, kinds)) > 64:
        return not filled and not strict
    return not strict or len(kinds) <= max(2, len(filled) // 2)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _unique(names: Sequence[str]) -> list[str]:
    """Column names made different: '' becomes column_3, a second 'label' label_2."""
    found: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        base = printable(name, 100) or f"column_{place}"
        choice, turn = base, 2
        while choice in found:
            choice, turn = f"{base}_{turn}", turn + 1
        found[choice] = None
    return list(found)


def _place(columns: Sequence[str], name: str, shown: str) -> int:
    try:
        return columns.index(name)
    except ValueError:
        known = ", ".join(columns[:20])
        raise DataError(f"{shown} has no column {printable(name)!r}: choose one of {known}") from None


def _what_is_bad(record: str, height: int, found: int, expected: int) -> str:
    if not height:
        return f"a line that is too long, holds NUL characters or opens a quote that is not closed: {printable(record)}"
    return f"expected {expected} fields, found {found}: {printable(record)!r} is left out"
