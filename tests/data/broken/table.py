"""Tables."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports.small import picture, save


def table(root: Path) -> Found:
    """Fields too many, a missing image, a repeated one, an absolute path, a split nobody knows."""
    for index in range(4):
        save(root / f"{index}.png", picture(index))
    rows = ["path,label,split", "0.png,happy,train", "1.png,sad,train", "2.png,sad,train,more", "9.png,happy,train"]
    rows += ["0.png,sad,train", "/etc/passwd,sad,train", "3.png,happy,someday"]
    (root / "labels.csv").write_text("\n".join(rows) + "\n")
    kinds = ("bad-line", "missing-image", "duplicate-name", "outside-root", "bad-split")
    return {("labels.csv", line, kind) for line, kind in enumerate(kinds, 4)}
