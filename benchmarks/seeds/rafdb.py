"""RAF-DB: every kind of list."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import COUNT, plain


def rafdb(root: Path) -> list[str]:
    """Every kind of file in EmoLabel/."""
    names = [f"train_{i:05d}.jpg" for i in range(COUNT)] + [f"test_{i:04d}.jpg" for i in range(4)]
    for i, name in enumerate(names):
        plain(root / "Image/aligned" / name.replace(".jpg", "_aligned.jpg"), i * 9)
    folder = root / "EmoLabel"
    folder.mkdir()
    lines = [f"{name} {i % 7 + 1}\n" for i, name in enumerate(names)]
    (folder / "train_label.txt").write_text("".join(lines[:COUNT]))
    (folder / "test_label.txt").write_text("".join(lines[COUNT:]))
    (folder / "list_patition_label.txt").write_text("".join(lines))
    (folder / "noise01.txt").write_text("".join(line.replace("\n", " 1\n") for line in lines))
    (folder / "list_label_AffectnetModel.txt").write_text("".join(lines))
    (folder / "list_va_AffectnetModel.txt").write_text("".join(f"{name} 0.25 -0.5\n" for name in names))
    return [f"EmoLabel/{file.name}" for file in sorted(folder.iterdir())]
