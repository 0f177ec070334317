"""CK+."""

from __future__ import annotations

from pathlib import Path

from tests.data.broken import Found
from tests.exports.small import picture, save


def ckplus(root: Path) -> Found:
    """An emotion that is no number, and a sequence whose frames are missing."""
    for index in range(1, 6):
        folder = root / f"Emotion/S{index:03d}/001"
        folder.mkdir(parents=True)
        text = "   x\n" if index == 4 else f"   {index}.0000000e+00\n"
        (folder / f"S{index:03d}_001_00000011_emotion.txt").write_text(text)
        if index != 5:
            save(root / f"cohn-kanade-images/S{index:03d}/001/S{index:03d}_001_00000011.png", picture(index))
    return {
        ("Emotion/S004/001/S004_001_00000011_emotion.txt", 1, "bad-label"),
        ("Emotion/S005/001/S005_001_00000011_emotion.txt", None, "missing-image"),
    }
