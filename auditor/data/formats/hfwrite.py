"""Write Hugging Face shards with other labels, or without some rows: the images' bytes are untouched."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from pathlib import Path

from auditor.data.files.shards import PARQUET, arrow_batches
from auditor.data.formats.classes import label_key
from auditor.errors import ExportError


def rewritten(
    path: Path, shown: str, column: str, values: Mapping[int, tuple[str, str]], dropped: Collection[int] = ()
) -> bytes:
    """Return a shard with some labels replaced and some rows left out.

    Args:
        path: The shard.
        shown: Its name in messages.
        column: The column of labels.
        values: The label that stands there and the new one, by row from 0.
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
            raise ExportError(f"The file {shown} has changed since the data set was opened; open the data set again.")
        cells[row] = int(new) if pyarrow.types.is_integer(kind) else new
    place = table.schema.get_field_index(column)
    table = table.set_column(place, table.schema.field(column), pyarrow.array(cells, type=kind))
    if dropped:
        kept = [row for row in range(len(cells)) if row not in dropped]
        table = table.take(pyarrow.array(kept, pyarrow.int64()))
    out = io.BytesIO()
    if is_parquet:
        parquet.write_table(table, out)
    else:
        with pyarrow.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()
