"""Emotions in the names of files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def filenames(root: Path) -> list[str]:
    """Names as in JAFFE; the pictures are damaged, for nothing else is read."""
    files = [f"KA.{('AN', 'HA', 'SA')[i % 3]}{1 + i // 3}.{i}.tiff" for i in range(COUNT)]
    for i, file in enumerate(files):
        plain(root / file, i * 9)
    return files
