"""CIFAR-10."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np


def cifar10(root: Path) -> list[str]:
    """The pickles of the Python version."""
    draw = np.random.default_rng(2)
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        batch = {
            b"data": draw.integers(0, 255, (4, 3072), dtype=np.uint8),
            b"labels": draw.integers(0, 10, 4).tolist(),
            b"filenames": [f"{name}_{i}.png".encode() for i in range(4)],
            b"batch_label": name.encode(),
        }
        (root / name).write_bytes(pickle.dumps(batch, protocol=2))
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    (root / "batches.meta").write_bytes(pickle.dumps({b"label_names": [n.encode() for n in names]}, protocol=2))
    return [file.name for file in sorted(root.iterdir())]
