"""FER2013 and FER+."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from benchmarks.seeds.pictures import COUNT


def ferplus(root: Path) -> list[str]:
    """The pair of CSV files that are joined by row."""
    faces = np.random.default_rng(1).integers(0, 255, (COUNT, 2304))
    usages = ["Training"] * 8 + ["PublicTest"] * 2 + ["PrivateTest"] * 2
    pixels = ["emotion,pixels,Usage\n"]
    pixels += [f"{i % 7},{' '.join(map(str, face))},{usages[i]}\n" for i, face in enumerate(faces)]
    (root / "fer2013.csv").write_text("".join(pixels))
    head = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
    votes = [f"{usages[i]},fer{i:07d}.png,{i % 5},{5 - i % 5},1,1,1,1,1,0,0,0\n" for i in range(COUNT)]
    (root / "fer2013new.csv").write_text(head + "".join(votes))
    return ["fer2013.csv", "fer2013new.csv"]


def packed(root: Path) -> list[str]:
    """The table of pixels and the votes, compressed without gain: damage reaches what is inside."""
    names = ferplus(root)
    for name in names:
        (root / f"{name}.gz").write_bytes(gzip.compress((root / name).read_bytes(), 0, mtime=0))
        (root / name).unlink()
    return [f"{name}.gz" for name in names]
