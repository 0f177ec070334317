"""Shards of Hugging Face."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.seeds.pictures import COUNT, images


def hfdata(root: Path) -> list[str]:
    """A Parquet shard and an Arrow shard with the images inside."""
    import pyarrow
    from pyarrow import parquet

    info = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["happy", "sad"]}}}}
    kind = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})
    face = images()[3]
    values = pyarrow.array([{"bytes": face, "path": f"{i}.png"} for i in range(COUNT)], kind)
    table = pyarrow.table({"image": values, "label": [i % 2 for i in range(COUNT)]})
    table = table.replace_schema_metadata({"huggingface": json.dumps(info)})
    parquet.write_table(table, root / "train.parquet")
    with pyarrow.OSFile(str(root / "test.arrow"), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return ["train.parquet", "test.arrow"]
