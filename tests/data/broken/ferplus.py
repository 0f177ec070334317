"""FER2013 and FER+."""

from __future__ import annotations

from pathlib import Path

from tests.data import layouts
from tests.data.broken import Found
from tests.data.layouts import votes


def ferplus(root: Path) -> Found:
    """Votes that are no numbers, and a row without its pixels."""
    layouts.ferplus(root, [(i % 7, "Training", votes(happiness=7, neutral=3), f"fer{i:07d}.png") for i in range(6)])
    lines = (root / "fer2013new.csv").read_text().splitlines()
    lines[2] = lines[2].replace(",7,", ",many,")
    (root / "fer2013new.csv").write_text("\n".join(lines) + "\n")
    pixels = (root / "fer2013.csv").read_text().splitlines()
    pixels[4] = "1,12 13 14,Training"
    (root / "fer2013.csv").write_text("\n".join(pixels) + "\n")
    return {("fer2013new.csv", 3, "bad-line"), ("fer2013.csv", 5, "bad-line")}


def prepared(root: Path) -> Found:
    """FER+'s prepared form: a missing image and a line without its votes."""
    rows = [(f"fer{i:07d}.png", votes(happiness=7, neutral=3)) for i in range(4)]
    layouts.prepared(root, "FER2013Train", rows)
    (root / "FER2013Train/fer0000001.png").unlink()
    with (root / "FER2013Train/label.csv").open("ab") as file:
        file.write(b'fer0000009.png,"(0, 0, 48, 48)",1,2\r\n')
    file_name = "FER2013Train/label.csv"
    return {(file_name, 2, "missing-image"), (file_name, 5, "bad-line")}
