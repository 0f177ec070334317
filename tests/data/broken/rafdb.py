"""RAF-DB."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports import small


def rafdb(root: Path) -> Found:
    """A label out of range, a bad line, a repeated name, a missing image, a path and a link that leave the root."""
    lines = [f"train_{i:05d}.jpg {i % 7 + 1}" for i in range(1, 6)]
    lines += ["train_00006.jpg 8", "nonsense", "train_00001.jpg 2", "train_00099.jpg 3", "../../etc/passwd 1"]
    small.rafdb(root, "\n".join([*lines, "train_00007.jpg 4", ""]).encode(), 6)
    (root / "Image/aligned/train_00007_aligned.jpg").symlink_to("/etc/passwd")
    file = "EmoLabel/train_label.txt"
    return {
        (file, 6, "label-range"), (file, 7, "bad-line"), (file, 8, "duplicate-name"), (file, 9, "missing-image"),
        (file, 10, "outside-root"), (file, 11, "outside-root"),
    }  # fmt: skip
