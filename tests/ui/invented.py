"""A small data set in memory with an evidence table, for the screens' figures."""

from pathlib import Path

import numpy as np
import pandas as pd

from auditor.data.dataset import Dataset

CLASSES = ("surprise", "fear", "disgust")


def dataset(labels, *, split=None, names=None):
    """A data set without files: only its columns are looked at."""
    count = len(labels)
    split = np.zeros(count) if split is None else split
    names = names or [f"train_{n:05d}.jpg" for n in range(count)]
    return Dataset(
        root=Path("nowhere"), format="rafdb", label_file="labels.txt", key="0123456789ab", title="invented",
        classes=CLASSES, codes=("1", "2", "3"), names=np.array(names, dtype=object),
        paths=np.array(names, dtype=object), split=np.array(split, np.int8),
        labels=np.array(labels, np.int16), lines=np.arange(1, count + 1, dtype=np.int32),
    )  # fmt: skip


def table(given, **columns):
    """An evidence table over the first rows."""
    count = len(given)
    plain = {
        "row": np.arange(count, dtype=np.int32), "given": given, "suggested": given,
        "p_mislabelled": np.linspace(0, 1, count), "assignment": np.zeros(count, np.int8),
        "votes_noisy": np.zeros(count, np.int8), "votes_total": np.full(count, 2, np.int8),
    }  # fmt: skip
    return pd.DataFrame(plain | columns)
