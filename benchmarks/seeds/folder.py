"""Image folders, and lists beside them."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def folder(root: Path) -> list[str]:
    """A folder a class; the pictures are damaged, for nothing else is read."""
    files = [f"{('happy', 'sad')[i % 2]}/{i}.png" for i in range(COUNT)]
    for i, file in enumerate(files):
        plain(root / file, i * 9)
    return files


def lists(root: Path) -> list[str]:
    """Numbered class folders with lists of splits and of the classes' names beside them."""
    names = [f"{i % 3}/{i}.jpg" for i in range(COUNT)]
    for i, name in enumerate(names):
        plain(root / name, i * 9)
    (root / "train.txt").write_text("\n".join(names[:8]))
    (root / "test.csv").write_text("path\n" + "\n".join(names[8:]))
    (root / "folds.csv").write_text("path,split\n" + "".join(f"{name},train\n" for name in names[:4]))
    (root / "classes.txt").write_text("happy\nsad\nangry\n")
    (root / "id2label.json").write_text('{"0": "happy", "1": "sad", "2": "angry"}')
    return ["train.txt", "test.csv", "folds.csv", "classes.txt", "id2label.json"]
