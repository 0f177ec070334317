"""Arrow and Parquet files that hold images: their columns batch by batch, and the bytes of one image."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from auditor.data.problems import printable
from auditor.errors import DataError

PARQUET: Final = ".parquet"
ARROW: Final = ".arrow"

LEFT_OUT: Final = b"left_out"
"""The note in a shard's schema of the rows that were left out when it was written: their numbers and file names."""


def read_schema(path: Path) -> Any:
    """A shard's Arrow schema, or None where it is none."""
    from pyarrow import parquet

    try:
        if path.suffix.lower() == PARQUET:
            return parquet.read_schema(path)
        with _stream(path) as reader:
            return reader.schema
    except _errors():
        return None


def _errors() -> tuple[type[BaseException], ...]:
    import pyarrow

    return (pyarrow.ArrowException, OSError, ValueError, KeyError, MemoryError, NotImplementedError, TypeError)


def _stream(path: Path) -> Any:
    """A reader of the batches of an Arrow file: a stream, as `save_to_disk` writes it, or Arrow's file form.

    The file is read, not mapped: truncating a mapped file would end the process.
    """
    import pyarrow

    try:
        return pyarrow.ipc.open_stream(pyarrow.OSFile(str(path)))
    except pyarrow.ArrowInvalid:
        file = pyarrow.ipc.open_file(pyarrow.OSFile(str(path)))
        batches = (file.get_batch(place) for place in range(file.num_record_batches))
        return pyarrow.RecordBatchReader.from_batches(file.schema, batches)


def arrow_batches(path: Path) -> Iterator[Any]:
    """The batches of an Arrow file, each checked: Arrow trusts the places that a file gives."""
    with _stream(path) as reader:
        for batch in reader:
            batch.validate(full=True)
            yield batch


def left_out(schema: Any) -> dict[int, str]:
    """The rows that a shard had and has no more, by their number from 1, with the file names beside their images."""
    try:
        names = json.loads((schema.metadata or {}).get(LEFT_OUT, b"{}"))
        rows = {int(number): str(name) for number, name in names.items()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}
    return {number: name for number, name in rows.items() if number > 0}


def numbers(count: int, gone: Mapping[int, str]) -> list[int]:
    """The numbers of a shard's rows, those counted that were left out: a row keeps its number when others go."""
    if not gone:
        return list(range(1, count + 1))
    return list(islice((number for number in itertools.count(1) if number not in gone), count))


def image_paths(batch: Any, image: str) -> list[str]:
    """The file names beside the bytes of the images, '' for none."""
    import pyarrow
    from pyarrow import compute

    if image not in batch.schema.names or not pyarrow.types.is_struct(batch.schema.field(image).type):
        return [""] * int(batch.num_rows)
    column = batch.column(image)
    if column.type.get_field_index("path") < 0:
        return [""] * int(batch.num_rows)
    values = compute.struct_field(column, "path").to_pylist()
    return [value if isinstance(value, str) and is_text(value) else "" for value in values]


def is_text(cell: str) -> bool:
    """Whether a text can be a name."""
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in cell


def is_image(kind: Any) -> bool:
    """Whether an Arrow type holds the bytes of images: binary, or a structure with a field `bytes`."""
    import pyarrow

    binary = (pyarrow.types.is_binary, pyarrow.types.is_large_binary)
    if pyarrow.types.is_struct(kind):
        place = kind.get_field_index("bytes")
        return place >= 0 and any(check(kind.field(place).type) for check in binary)
    return any(check(kind) for check in binary)


def batches(path: Path, columns: Sequence[str] | None, *, pixels: bool, rows: int | None = None) -> Iterator[Any]:
    """The batches of a shard, with the bytes of the images or without.

    Raises:
        DataError: It cannot be read.
    """
    from pyarrow import parquet

    schema = read_schema(path)
    if schema is None:
        return
    wanted = [name for name in schema.names if columns is None or name in columns]
    paths = [f"{f.name}.path" if is_image(f.type) and f.name in wanted else f.name for f in schema if f.name in wanted]
    plain = [
        name for name, f in zip(paths, (schema.field(w) for w in wanted), strict=True) if pixels or not _bare(f.type)
    ]
    try:
        if path.suffix.lower() == PARQUET:
            with parquet.ParquetFile(path) as file:
                yield from file.iter_batches(columns=wanted if pixels else plain, batch_size=rows or 65536)
        else:
            for batch in arrow_batches(path):
                yield batch.select(wanted) if rows is None else batch.select(wanted).slice(0, rows)
    except _errors() as error:
        why = printable(str(error), 120)
        raise DataError(f"The file {path} is not a readable shard ({why}); write it anew.") from error


def _bare(kind: Any) -> bool:
    """Whether a column holds nothing but bytes, and no path beside them."""
    import pyarrow

    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))


def image_at(path: Path, column: str, row: int) -> Any:
    """The bytes of one image of a shard."""
    from pyarrow import parquet

    try:
        status = path.stat()
        if path.suffix.lower() == PARQUET:
            with parquet.ParquetFile(path) as file:
                group, first = 0, 0
                while row >= first + file.metadata.row_group(group).num_rows:
                    first += file.metadata.row_group(group).num_rows
                    group += 1
            table, row = _group(path, status.st_mtime_ns, group, column), row - first
        else:
            table, first = _open_shard(path, status.st_mtime_ns, status.st_size).batch_of(row)
            row -= first
        value = table.column(column)[row].as_py()
    except _errors() as error:
        why = printable(str(error), 120)
        raise DataError(f"The file {path.name} cannot be read ({why}); write it anew.") from error
    return value.get("bytes") if isinstance(value, dict) else value


@lru_cache(2)
def _group(path: Path, changed: int, group: int, column: str) -> Any:
    """A row group's images: neighbours are looked at together."""
    from pyarrow import parquet

    del changed
    with parquet.ParquetFile(path) as file:
        return file.read_row_group(group, columns=[column])


class _Shard:
    """An Arrow file that is read from its beginning on, once: images are looked at in the order of their rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._batches: Iterator[Any] = iter(())
        self._batch: Any = None
        self._first = 0

    def batch_of(self, row: int) -> tuple[Any, int]:
        """The batch that holds a row, and the row it begins with; IndexError where there is no such row."""
        with self._lock:
            if self._batch is None or row < self._first:
                self._batches, self._batch, self._first = arrow_batches(self._path), None, 0
                self._batch = next(self._batches, None)
            while self._batch is not None and row >= self._first + self._batch.num_rows:
                self._first += self._batch.num_rows
                self._batch = next(self._batches, None)
            if self._batch is None:
                raise IndexError(f"there is no row {row}")
            return self._batch, self._first


@lru_cache(4)
def _open_shard(path: Path, changed: int, size: int) -> _Shard:
    del changed, size
    return _Shard(path)
