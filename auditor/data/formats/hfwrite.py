"""Write Hugging Face shards with other labels, or without some rows: the images' bytes are untouched."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from auditor.data.files.shards import LEFT_OUT, PARQUET, arrow_batches, image_paths, left_out, numbers
from auditor.data.formats.classes import label_key
from auditor.errors import ExportError


def rewritten(
    path: Path, file: str, column: str, values: Mapping[int, tuple[str, str]], image: str, dropped: Collection[int]
) -> bytes:
    """Return a shard with some labels replaced and some rows left out.

    Args:
        path: The shard.
        file: Its name in messages.
        column: The column of labels.
        values: The label that stands there and the new one, by row from 0.
        image: The column of images.
        dropped: Rows from 0 that are left out.

    Raises:
        ExportError: A label is not what it was when the data set was opened.
    """
    import pyarrow
    from pyarrow import parquet

    is_parquet = path.suffix.lower() == PARQUET
    table = parquet.read_table(path) if is_parquet else pyarrow.Table.from_batches(list(arrow_batches(path)))
    kind = table.schema.field(column).type
    cells = table.column(column).to_pylist()
    for row, (old, new) in values.items():
        if row >= len(cells) or label_key(str(cells[row])) != label_key(old):
            raise ExportError(f"The file {file} has changed since the data set was opened; open the data set again.")
        cells[row] = int(new) if pyarrow.types.is_integer(kind) else new
    place = table.schema.get_field_index(column)
    table = table.set_column(place, table.schema.field(column), pyarrow.array(cells, type=kind))
    if dropped:
        table = _without(table, image, dropped)
    out = io.BytesIO()
    if is_parquet:
        parquet.write_table(table, out)
    else:
        with pyarrow.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()


def _without(table: Any, image: str, dropped: Collection[int]) -> Any:
    """A table without some rows, with a note of them: the images that have no file name are called by their row."""
    import pyarrow

    gone, paths = left_out(table.schema), image_paths(table, image)
    rows = numbers(table.num_rows, gone)
    gone |= {rows[row]: paths[row] for row in dropped}
    note = json.dumps({str(number): name for number, name in sorted(gone.items())})
    staying = [row for row in range(table.num_rows) if row not in dropped]
    table = table.take(pyarrow.array(staying, pyarrow.int64()))
    return table.replace_schema_metadata({**(table.schema.metadata or {}), LEFT_OUT: note})
