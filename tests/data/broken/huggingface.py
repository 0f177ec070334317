"""Hugging Face image folders."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports.small import picture, save


def huggingface(root: Path) -> Found:
    """One damaged line of JSON and a missing image; Latin-1 in the other split's table."""
    for split in ("train", "test"):
        for index in range(3):
            save(root / split / f"{index}.png", picture(index))
    lines = [f'{{"file_name": "{i}.png", "label": "{("happy", "sad")[i % 2]}"}}' for i in range(3)]
    (root / "train/metadata.jsonl").write_text("\n".join([*lines, "{oops", lines[0].replace("0.png", "9.png")]))
    (root / "test/metadata.csv").write_bytes(
        "file_name,label\n0.png,happy\n1.png,sad\n2.png,gl\xfccklich\n".encode("latin-1")
    )
    return {
        ("train/metadata.jsonl", 4, "bad-line"), ("train/metadata.jsonl", 5, "missing-image"),
        ("test/metadata.csv", 4, "encoding"),
    }  # fmt: skip
