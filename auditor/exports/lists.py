"""Label lists and tables with some labels replaced, and every other byte as it was."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.data.files import delimited, jsonlines
from auditor.data.files.labellines import label_span, match_line
from auditor.data.files.sheet import read_head
from auditor.data.files.textfile import TextFile, read_bytes
from auditor.data.formats.classes import label_key
from auditor.data.problems import printable
from auditor.errors import ExportError


def changed_rows(dataset: Dataset, labels: NDArray[np.int16], source: int) -> list[int]:
    """Rows of one source file whose label is to be replaced, in file order."""
    rows = np.flatnonzero(labels != dataset.labels)
    if dataset.source is not None:
        rows = rows[dataset.source[rows] == source]
    return [int(row) for row in rows[np.argsort(dataset.lines[rows], kind="stable")]]


def label_list(dataset: Dataset, labels: NDArray[np.int16], source: int) -> bytes:
    """A label list (`name number`, RAF-DB's form) with the changed labels.

    Raises:
        ExportError: The file is not the one the data set was read from any more.
    """
    file = dataset.sources[source]
    data = read_bytes(dataset.root / file)
    rows = changed_rows(dataset, labels, source)
    if not rows:
        return data
    text = TextFile.parse(data)
    lines = list(text.lines)
    for row in rows:
        number, given = int(dataset.lines[row]), dataset.codes[dataset.labels[row]]
        line = lines[number - 1] if number <= len(lines) else ""
        match, span = match_line(line), label_span(line)
        if match is None or span is None or match[1] != dataset.names[row] or label_key(match[2]) != given:
            raise changed_since(file, number, f"{dataset.names[row]} {given}")
        lines[number - 1] = line[: span[0]] + dataset.codes[labels[row]] + line[span[1] :]
    return text.to_bytes(lines)


def delimited_table(
    dataset: Dataset, source: int, column: str, cells: Mapping[int, str], expected: Mapping[int, str]
) -> bytes:
    """A CSV or TSV file with some cells of one column replaced.

    Args:
        dataset: whose file.
        source: which of its files.
        column: the column's name.
        cells: new value by 1-based line number of the record.
        expected: what stands there now, compared as labels are.

    Raises:
        ExportError: The file is not the one the data set was read from any more.
    """
    file = dataset.sources[source]
    data = read_bytes(dataset.root / file)
    if not cells:
        return data
    head = read_head(dataset.root / file)
    if column not in head.columns:
        raise ExportError(f"{file} has no column {printable(column)!r} any more; open the data set again.")
    place, text = head.columns.index(column), TextFile.parse(data)
    lines, left = list(text.lines), dict(cells)
    for number, height, _ in delimited.records(text.lines, head.delimiter):
        if number not in left or not height:
            continue
        record = "\n".join(text.lines[number - 1 : number - 1 + height])
        bare = record.removesuffix("\r")
        spans = delimited.spans(bare, head.delimiter)
        start, end = spans[place] if place < len(spans) else (0, 0)
        if label_key(delimited.unquote(bare[start:end]).strip()) != label_key(expected[number]):
            raise changed_since(file, number, expected[number])
        new = delimited.quote_like(left.pop(number), bare[start:end], head.delimiter)
        lines[number - 1 : number - 1 + height] = (record[:start] + new + record[end:]).split("\n")
    if left:
        raise changed_since(file, min(left), expected[min(left)])
    return text.to_bytes(lines)


def json_table(
    dataset: Dataset, source: int, column: str, cells: Mapping[int, str], expected: Mapping[int, str]
) -> bytes:
    """As `delimited_table`, for one JSON object a line."""
    file = dataset.sources[source]
    data = read_bytes(dataset.root / file)
    text = TextFile.parse(data)
    lines = list(text.lines)
    for number, value in cells.items():
        line = lines[number - 1] if number <= len(lines) else ""
        record = jsonlines.parse(line)
        if record is None or label_key(record.get(column, "")) != label_key(expected[number]):
            raise changed_since(file, number, expected[number])
        start, end = jsonlines.spans(line)[column]
        lines[number - 1] = line[:start] + jsonlines.written_like(value, line[start:end]) + line[end:]
    return text.to_bytes(lines) if cells else data


def parquet_table(
    dataset: Dataset, source: int, column: str, cells: Mapping[int, str], expected: Mapping[int, str]
) -> bytes:
    """As `delimited_table`, for Parquet: the same bytes, or the same table with that column replaced."""
    import pyarrow
    from pyarrow import parquet

    file = dataset.sources[source]
    data = read_bytes(dataset.root / file)
    if not cells:
        return data
    table = parquet.read_table(io.BytesIO(data))
    kind = table.schema.field(column).type
    values = table.column(column).to_pylist()
    for number, value in cells.items():
        if number > len(values) or label_key(str(values[number - 1])) != label_key(expected[number]):
            raise changed_since(file, number, expected[number])
        plain = pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)
        values[number - 1] = type(values[number - 1])(float(value)) if plain else value
    place = table.schema.get_field_index(column)
    replaced = table.set_column(place, table.schema.field(column), pyarrow.array(values, type=kind))
    out = io.BytesIO()
    parquet.write_table(replaced, out)
    return out.getvalue()


def table_labels(dataset: Dataset, labels: NDArray[np.int16], source: int, column: str) -> bytes:
    """A table with the changed labels in one column."""
    rows = changed_rows(dataset, labels, source)
    cells = {int(dataset.lines[row]): dataset.codes[labels[row]] for row in rows}
    expected = {int(dataset.lines[row]): dataset.codes[dataset.labels[row]] for row in rows}
    writers = {".parquet": parquet_table, jsonlines.SUFFIX: json_table}
    write = writers.get(Path(dataset.sources[source]).suffix.lower(), delimited_table)
    return write(dataset, source, column, cells, expected)


def changed_since(file: str, line: int, expected: str) -> ExportError:
    """The error for a source that is not what it was."""
    return ExportError(
        f"{file} has changed since the data set was opened: line {line} does not say {printable(expected)!r} any more; "
        "open the data set again."
    )
