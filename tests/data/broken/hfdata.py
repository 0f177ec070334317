"""Shards of Hugging Face."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports.small import picture, save


def hfdata(root: Path) -> Found:
    """A row without a label, and a number that is far from all others."""
    import pyarrow
    from pyarrow import parquet

    image = save(root.parent / "face.png", picture(1)).read_bytes()
    labels = [0, 1, None, *[0, 1] * 20, 90]
    root.mkdir(exist_ok=True)
    parquet.write_table(pyarrow.table({"image": [image] * len(labels), "label": labels}), root / "train.parquet")
    return {("train.parquet", 3, "missing-label"), ("train.parquet", 44, "label-range")}
