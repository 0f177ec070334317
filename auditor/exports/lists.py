"""Label lists and tables with some labels replaced and some lines taken out, and every other byte as it was."""

from __future__ import annotations

import io
from pathlib import Path

from auditor.data.dataset import Dataset
from auditor.data.files import delimited, jsonlines
from auditor.data.files.labellines import match_line
from auditor.data.files.sheet import read_head
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats.classes import label_key
from auditor.data.problems import printable
from auditor.errors import ExportError
from auditor.exports.edits import Edits, file_changed, rebuilt


def label_list(dataset: Dataset, source: int, found: Edits) -> bytes:
    """A label list (`name number`, RAF-DB's form) with the changed labels.

    Raises:
        ExportError: The file is not the one the data set was read from any more.
    """
    data = read_bytes(dataset.root / dataset.sources[source])
    if not found:
        return data
    text = TextFile.parse(data)
    replaced: dict[int, tuple[int, list[str]]] = {number: (1, []) for number in found.dropped}
    for number, code in found.cells.items():
        line = text.lines[number - 1]
        match = match_line(line)
        if match is None:
            raise file_changed(dataset.sources[source], number, found.expected[number])
        replaced[number] = (1, [line[: match.start(2)] + code + line[match.end(2) :]])
    return rebuilt(text, replaced)


def table(dataset: Dataset, source: int, column: str, found: Edits) -> bytes:
    """A table with the changed labels in one column: CSV, TSV, JSON lines or Parquet by its name.

    Args:
        dataset: whose file.
        source: which of its files.
        column: the column's name.
        found: what changes; the same bytes where nothing does.

    Raises:
        ExportError: The file is not the one the data set was read from any more.
    """
    data = read_bytes(dataset.root / dataset.sources[source])
    if not found:
        return data
    writers = {".parquet": _parquet, jsonlines.SUFFIX: _json}
    write = writers.get(Path(dataset.sources[source]).suffix.lower(), _delimited)
    return write(dataset, source, data, column, found)


def _delimited(dataset: Dataset, source: int, data: bytes, column: str, found: Edits) -> bytes:
    file = dataset.sources[source]
    head = read_head(dataset.root / file)
    if column not in head.columns:
        raise ExportError(f"{file} has no column {printable(column)!r} any more; open the data set again.")
    place, text = head.columns.index(column), TextFile.parse(data)
    replaced: dict[int, tuple[int, list[str]]] = {}
    for number, height, _ in delimited.records(text.lines, head.delimiter):
        if number in found.dropped and height:
            replaced[number] = (height, [])
        elif number in found.cells and height:
            record = "\n".join(text.lines[number - 1 : number - 1 + height])
            bare = record.removesuffix("\r")
            spans = delimited.spans(bare, head.delimiter)
            start, end = spans[place] if place < len(spans) else (0, 0)
            if label_key(delimited.unquote(bare[start:end]).strip()) != label_key(found.expected[number]):
                raise file_changed(file, number, found.expected[number])
            new = delimited.quote_like(found.cells[number], bare[start:end], head.delimiter)
            replaced[number] = (height, (record[:start] + new + record[end:]).split("\n"))
    _all_found(file, found, replaced)
    return rebuilt(text, replaced)


def _json(dataset: Dataset, source: int, data: bytes, column: str, found: Edits) -> bytes:
    file, text = dataset.sources[source], TextFile.parse(data)
    replaced: dict[int, tuple[int, list[str]]] = {number: (1, []) for number in found.dropped}
    for number, value in found.cells.items():
        line = text.lines[number - 1] if number <= len(text.lines) else ""
        record = jsonlines.parse(line)
        if record is None or label_key(record.get(column, "")) != label_key(found.expected[number]):
            raise file_changed(file, number, found.expected[number])
        if column not in record:
            raise ExportError(f"{file} has no {column!r} on line {number}, which names an image twice; add it first.")
        start, end = jsonlines.spans(line)[column]
        replaced[number] = (1, [line[:start] + jsonlines.written_like(value, line[start:end]) + line[end:]])
    return rebuilt(text, replaced)


def _parquet(dataset: Dataset, source: int, data: bytes, column: str, found: Edits) -> bytes:
    import pyarrow
    from pyarrow import parquet

    file = dataset.sources[source]
    read = parquet.read_table(io.BytesIO(data))
    kind = read.schema.field(column).type
    values = read.column(column).to_pylist()
    plain = pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)
    whole = int if pyarrow.types.is_integer(kind) else float
    for number, value in found.cells.items():
        if number > len(values) or label_key(_cell(values[number - 1])) != label_key(found.expected[number]):
            raise file_changed(file, number, found.expected[number])
        values[number - 1] = whole(float(value)) if plain else value
    place = read.schema.get_field_index(column)
    replaced = read.set_column(place, read.schema.field(column), pyarrow.array(values, type=kind))
    if found.dropped:
        replaced = replaced.take([row for row in range(len(values)) if row + 1 not in found.dropped])
    out = io.BytesIO()
    parquet.write_table(replaced, out)
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text == "nan" else text


def _all_found(file: str, found: Edits, replaced: dict[int, tuple[int, list[str]]]) -> None:
    missing = (found.cells.keys() | found.dropped) - replaced.keys()
    if missing:
        raise file_changed(file, min(missing), found.expected.get(min(missing), "an image to leave out"))
