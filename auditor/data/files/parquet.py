"""Parquet files as columns of text, and the images that some of them hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from auditor.data.problems import printable
from auditor.errors import DataError
from auditor.plural import counted

MOST_ROWS = 50_000_000
MOST_COLUMNS = 1000
MOST_SPREAD = 5_000_000
"""Rows of the largest file of which some rows are taken from all over it."""

SUFFIX = ".parquet"


def read(
    path: Path, wanted: Sequence[str] | None, rows: int, spread: Callable[[int], Sequence[int]] | None = None
) -> tuple[list[str], dict[str, list[str]], int]:
    """Read the plain columns of a file.

    Args:
        path: The file.
        wanted: The columns to read, or None for all that hold a text or a number in every cell.
        rows: The maximum number of rows.
        spread: Chooses among so many rows those that are read; None for the first ones.

    Returns:
        The names of all plain columns, the wanted columns' cells by name, and how many rows were read.

    Raises:
        DataError: It is not a Parquet file, is too large, or lacks a column.
    """
    import pyarrow
    from pyarrow import parquet

    if not path.is_file():
        raise DataError(f"The path {path} is not a file; choose a table.")
    try:
        with parquet.ParquetFile(path, memory_map=False) as file:
            if file.metadata.num_rows > MOST_ROWS:
                rows = file.metadata.num_rows
                raise DataError(f"The file {path} has {counted(rows, 'row')}, more than {MOST_ROWS:,}; split it.")
            fields = list(file.schema_arrow)[:MOST_COLUMNS]
            columns = [column.name for column in fields if is_plain(column.type)]
            names = columns if wanted is None else list(wanted)
            for name in names:
                check_column(columns, name, path.name)
            cells: dict[str, list[str]] = {name: [] for name in names}
            read = 0
            if spread is not None and file.metadata.num_rows <= MOST_SPREAD:
                places = list(spread(file.metadata.num_rows))
                table = file.read(columns=names).take(places)
                return (
                    columns,
                    {name: [as_text(v) for v in table.column(name).to_pylist()] for name in names},
                    len(places),
                )
            rows = min(rows, 400) if spread is not None else rows
            for batch in file.iter_batches(columns=names, batch_size=min(rows, 65536)):
                for name in names:
                    cells[name] += [as_text(value) for value in batch.column(name).to_pylist()]
                read += batch.num_rows
                if read >= rows:
                    break
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, MemoryError, NotImplementedError) as error:
        raise DataError(
            f"The file {path} is not a readable Parquet file ({printable(str(error), 120)}); write it anew."
        ) from error
    return columns, cells, read


def check_column(columns: Sequence[str], name: str, file: str) -> int:
    """Return the index of a column.

    Raises:
        DataError: It is not there; the message names those that are.
    """
    try:
        return columns.index(name)
    except ValueError:
        choices = ", ".join(columns[:20])
        raise DataError(f"The file {file} has no column {printable(name)!r}; choose one of {choices}.") from None


def is_plain(kind: Any) -> bool:
    """Whether an Arrow type holds a text or a number in every cell."""
    import pyarrow

    types = pyarrow.types
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return types.is_dictionary(kind) or any(check(kind) for check in plain)


def as_text(value: object) -> str:
    """A cell as text, '' for nothing."""
    text = "" if value is None else str(value).strip()
    return "" if text == "nan" else text
