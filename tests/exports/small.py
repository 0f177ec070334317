"""Small real data sets in each layout, made of drawn faces."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from auditor.data.demo.faces import render
from auditor.data.demo.parameters import CLASSES, draw_face


@lru_cache(256)
def picture(seed: int, size: int = 48) -> np.ndarray:
    """A drawn face: uint8 [size, size, 3]."""
    rng = np.random.default_rng(seed)
    name = CLASSES[seed % len(CLASSES)]
    return render(draw_face(name, name, 1.0, rng), size)


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write an image, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def rafdb(root: Path, train: bytes, images: int, test: bytes = b"") -> Path:
    """RAF-DB's layout with these label files and so many training images."""
    for index in range(1, images + 1):
        path = root / f"Image/aligned/train_{index:05d}_aligned.jpg"
        if not path.exists():
            save(path, picture(index % 20))
    for index in range(1, test.count(b"test_") + 1):
        save(root / f"Image/aligned/test_{index:04d}_aligned.jpg", picture(100 + index))
    (root / "EmoLabel").mkdir(exist_ok=True)
    (root / "EmoLabel/train_label.txt").write_bytes(train)
    if test:
        (root / "EmoLabel/test_label.txt").write_bytes(test)
    return root
