"""Image folders."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def folder(root: Path) -> list[str]:
    """A folder a class; the pictures are damaged, for nothing else is read."""
    files = [f"{('happy', 'sad')[i % 2]}/{i}.png" for i in range(COUNT)]
    for i, file in enumerate(files):
        plain(root / file, i * 9)
    return files
