"""Emotions in the names of files."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports.small import picture, save


def filenames(root: Path) -> Found:
    """A name that says no emotion."""
    names = [f"KA.{code}{1 + i // 3}.{i}.tiff" for i, code in enumerate(("AN", "HA", "SA") * 4)]
    for index, name in enumerate([*names, "portrait.tiff"]):
        save(root / name, picture(index))
    return {("portrait.tiff", None, "missing-label")}
