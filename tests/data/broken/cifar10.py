"""CIFAR-10."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

from tests.data import layouts
from tests.data.broken import Found


def cifar10(root: Path) -> Found:
    """A label out of range, and batches that are missing or would run code."""
    layouts.cifar10(root, {"data_batch_1": [0, 1, 12, 3], "data_batch_2": [4, 5], "test_batch": [6, 7]})

    class Hostile:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {root}/ran",)

    (root / "data_batch_3").write_bytes(pickle.dumps(Hostile()))
    return {
        ("data_batch_1", 3, "label-range"), ("data_batch_3", None, "bad-batch"),
        ("data_batch_4", None, "missing-batch"), ("data_batch_5", None, "missing-batch"),
    }  # fmt: skip
