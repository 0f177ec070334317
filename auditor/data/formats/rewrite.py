"""Label lists and tables with some labels replaced and some lines taken out, and every other byte as it was."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from auditor.data.dataset import Dataset
from auditor.data.files import choices, delimited, jsonedit, jsonlines, jsonrecords, long_list
from auditor.data.files.labellines import match_line
from auditor.data.files.long_list import ByteList, TextList
from auditor.data.files.packed import inner_suffix, pack, unpack
from auditor.data.files.sheet import read_head
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats.classes import label_key
from auditor.data.formats.edits import Edits, file_changed, rebuilt
from auditor.data.formats.roles import ONE_HOT
from auditor.data.problems import printable
from auditor.errors import ExportError


def rewritten(dataset: Dataset, source: int, edits: Edits) -> bytes:
    """A label file with its edits: a table by its name's ending (CSV, TSV, JSON, JSON lines, Parquet), or a list.

    Args:
        dataset: Whose file.
        source: Which of its files.
        edits: What changes, and in which column; without a column it is a list (`name number`). The same bytes where
            nothing changes.

    Raises:
        ExportError: The file is not the one the data set was read from any more.
    """
    file = dataset.sources[source]
    if edits and edits.read is not None:
        return _label_list(dataset, source, edits.read, edits)
    data = read_bytes(dataset.root / file)
    if not edits:
        return data
    if edits.column is None:
        return _label_list(dataset, source, long_list.of(data), edits)
    writers = {
        ".parquet": _parquet,
        **dict.fromkeys(jsonlines.SUFFIXES, _json),
        **dict.fromkeys(jsonrecords.SUFFIXES, _document),
    }
    write = writers.get(inner_suffix(file), _delimited)
    return pack(write(dataset, source, unpack(data, file), edits.column, edits), file)


def _label_list(dataset: Dataset, source: int, read: ByteList | TextList, edits: Edits) -> bytes:
    replaced: dict[int, str | None] = dict.fromkeys(edits.dropped)
    for number, code in edits.cells.items():
        line = read.line(number)
        match = match_line(line)
        if match is None:
            raise file_changed(dataset.sources[source], number, edits.expected[number])
        replaced[number] = line[: match.start(2)] + code + line[match.end(2) :]
    return read.rebuilt(replaced)


def _delimited(dataset: Dataset, source: int, data: bytes, column: str, edits: Edits) -> bytes:
    file = dataset.sources[source]
    head = read_head(dataset.root / file)
    if column not in (*head.columns, ONE_HOT):
        raise ExportError(f"The file {file} has no column {printable(column)!r} any more; open the data set again.")
    text = TextFile.parse(data)
    replaced: dict[int, tuple[int, list[str]]] = {}
    for number, height, _ in delimited.dialect(text.lines, file).records(text.lines):
        if number in edits.dropped and height:
            replaced[number] = (height, [])
        elif number in edits.cells and height:
            record = "\n".join(text.lines[number - 1 : number - 1 + height])
            cells = {head.columns.index(name): cell for name, cell in edits.also.get(number, {}).items()}
            if column != ONE_HOT:
                _check_cell(file, number, record, head.columns.index(column), head.delimiter, edits)
                cells[head.columns.index(column)] = edits.cells[number]
            replaced[number] = (height, _with_cells(record, cells, head.delimiter).split("\n"))
    _all_found(file, edits, replaced)
    return rebuilt(text, replaced)


def _check_cell(file: str, number: int, record: str, place: int, delimiter: str, edits: Edits) -> None:
    bare = record.removesuffix("\r")
    spans = delimited.spans(bare, delimiter)
    start, end = spans[place] if place < len(spans) else (0, 0)
    if label_key(delimited.unquote(bare[start:end]).strip()) != label_key(edits.expected[number]):
        raise file_changed(file, number, edits.expected[number])


def _with_cells(record: str, cells: Mapping[int, str], delimiter: str) -> str:
    """A record with some fields replaced, each written as the old one was."""
    spans = delimited.spans(record.removesuffix("\r"), delimiter)
    for place in sorted(cells, reverse=True):
        if place < len(spans):
            start, end = spans[place]
            label = choices.written_like(cells[place], delimited.unquote(record[start:end]).strip())
            new = delimited.quote_like(label, record[start:end], delimiter)
            record = record[:start] + new + record[end:]
    return record


def _document(dataset: Dataset, source: int, data: bytes, column: str, edits: Edits) -> bytes:
    """A JSON document with some values replaced and the records of some images taken out."""
    file, text = dataset.sources[source], TextFile.parse(data)
    whole = text.newline.join(text.lines)
    document = jsonrecords.parse(whole, file)
    values: dict[jsonrecords.Path, str] = {}
    for number, new in edits.cells.items():
        record = document.records[number - 1] if number <= len(document.records) else {}
        value = record.get(column, jsonrecords.NOTHING)
        if label_key(value.text) != label_key(edits.expected[number]):
            raise file_changed(file, number, edits.expected[number])
        if not value.path:
            raise ExportError(
                f"The labels of {file} are the names of its lists and cannot be replaced; export them as a table."
            )
        values[value.path] = new
        for name, cell in edits.also.get(number, {}).items():
            if name in record and record[name].path:
                values[record[name].path] = cell
    if edits.dropped and max(edits.dropped) > len(document.homes):
        raise file_changed(file, max(edits.dropped), "an image to leave out")
    removed = [path for number in sorted(edits.dropped) for path in document.homes[number - 1]]
    return text.to_bytes(jsonedit.edited(whole, values, document.codes, removed).split(text.newline))


def _json(dataset: Dataset, source: int, data: bytes, column: str, edits: Edits) -> bytes:
    file, text = dataset.sources[source], TextFile.parse(data)
    replaced: dict[int, tuple[int, list[str]]] = {number: (1, []) for number in edits.dropped}
    for number, value in edits.cells.items():
        line = text.lines[number - 1] if number <= len(text.lines) else ""
        record = jsonlines.parse(line)
        if record is None or label_key(record.get(column, "")) != label_key(edits.expected[number]):
            raise file_changed(file, number, edits.expected[number])
        if column not in record:
            raise ExportError(
                f"The file {file} has no {column!r} on line {number}, which names an image twice; add it first."
            )
        cells = {name: cell for name, cell in edits.also.get(number, {}).items() if name in record}
        spans = jsonlines.spans(line)
        for name, cell in sorted({**cells, column: value}.items(), key=lambda pair: spans[pair[0]], reverse=True):
            start, end = spans[name]
            line = line[:start] + jsonlines.written_like(cell, line[start:end]) + line[end:]
        replaced[number] = (1, [line])
    return rebuilt(text, replaced)


def _parquet(dataset: Dataset, source: int, data: bytes, column: str, edits: Edits) -> bytes:
    import pyarrow
    from pyarrow import parquet

    file = dataset.sources[source]
    read = parquet.read_table(io.BytesIO(data))
    rows = read.num_rows
    if column != ONE_HOT:
        values = read.column(column).to_pylist()
        for number in edits.cells:
            if number > rows or label_key(_cell(values[number - 1])) != label_key(edits.expected[number]):
                raise file_changed(file, number, edits.expected[number])
    changed: dict[str, dict[int, str]] = {column: edits.cells} if column != ONE_HOT else {}
    for number, cells in edits.also.items():
        for name, cell in cells.items():
            changed.setdefault(name, {})[number] = cell
    for name, cells_by_row in changed.items():
        kind = read.schema.field(name).type
        values = read.column(name).to_pylist()
        for number, value in cells_by_row.items():
            values[number - 1] = _typed(value, kind)
        place = read.schema.get_field_index(name)
        read = read.set_column(place, read.schema.field(name), pyarrow.array(values, type=kind))
    if edits.dropped:
        staying = [row for row in range(rows) if row + 1 not in edits.dropped]
        read = read.take(pyarrow.array(staying, pyarrow.int64()))
    out = io.BytesIO()
    parquet.write_table(read, out)
    return out.getvalue()


def _typed(value: str, kind: Any) -> object:
    """A cell's text as a value of an Arrow type."""
    import pyarrow

    if pyarrow.types.is_boolean(kind):
        return value.casefold() in ("true", "1")
    if pyarrow.types.is_integer(kind):
        return int(float(value))
    return float(value) if pyarrow.types.is_floating(kind) else value


def _cell(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text == "nan" else text


def _all_found(file: str, edits: Edits, replaced: dict[int, tuple[int, list[str]]]) -> None:
    missing = (edits.cells.keys() | edits.dropped) - replaced.keys()
    if missing:
        raise file_changed(file, min(missing), edits.expected.get(min(missing), "an image to leave out"))
