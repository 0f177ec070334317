"""CK+."""

from __future__ import annotations

from pathlib import Path

from benchmarks.seeds.pictures import plain


def ckplus(root: Path) -> list[str]:
    """Emotion files of CK+."""
    files = []
    for i in range(1, 8):
        stem = f"S{i:03d}/001/S{i:03d}_001_00000011"
        plain(root / f"cohn-kanade-images/{stem}.png", i * 9)
        path = root / f"Emotion/{stem}_emotion.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"   {i}.0000000e+00\n")
        files.append(f"Emotion/{stem}_emotion.txt")
    return files
