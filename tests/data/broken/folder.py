"""Image folders."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports.small import picture, save


def folder(root: Path) -> Found:
    """A file that is no image, an image beside the classes, a link out of the root."""
    for index, name in enumerate(("happy/a.jpg", "happy/b.jpg", "sad/a.jpg", "stray.jpg")):
        save(root / name, picture(index))
    (root / "sad/notes.txt").write_text("x")
    (root / "sad/out.jpg").symlink_to("/etc/passwd")
    return {
        ("stray.jpg", None, "stray-image"), ("sad/notes.txt", None, "not-an-image"),
        ("sad/out.jpg", None, "outside-root"),
    }  # fmt: skip
