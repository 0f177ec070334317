"""A Hugging Face image folder."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def huggingface(root: Path) -> list[str]:
    """A metadata.csv for training, a metadata.jsonl for testing."""
    rows, objects = ["file_name,label,other\n"], []
    for i in range(COUNT):
        for split in ("train", "test"):
            plain(root / split / f"{i}.png", i * 9)
        rows.append(f"{i}.png,{i % 3},{i % 2}\n")
        objects.append(f'{{"file_name": "{i}.png", "label": {i % 3}, "other": "{i % 2}", "box": [1, 2]}}\n')
    (root / "train" / "metadata.csv").write_text("".join(rows))
    (root / "test" / "metadata.jsonl").write_text("".join(objects))
    return ["train/metadata.csv", "test/metadata.jsonl"]
