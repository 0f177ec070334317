"""A small data set, its store, and evidence worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.store.store import Store
from auditor.ui.state import library

LABELS = [1, 1, 2, 3, 3, 7]


@pytest.fixture
def workspace():
    return Workspace.default()


@pytest.fixture
def dataset(tmp_path):
    """Six training images labelled surprise, surprise, fear, disgust, disgust, neutral, and one test image."""
    root = tmp_path / "raf"
    (root / "EmoLabel").mkdir(parents=True)
    aligned = root / "Image" / "aligned"
    aligned.mkdir(parents=True)
    names = [f"train_{k:05d}.jpg" for k in range(1, 7)] + ["test_0001.jpg"]
    for k, name in enumerate(names):
        Image.fromarray(np.full((20, 20, 3), 30 * k, np.uint8)).save(aligned / name.replace(".jpg", "_aligned.jpg"))
    lines = [f"{name} {label}\n" for name, label in zip(names, [*LABELS, 4], strict=True)]
    (root / "EmoLabel" / "train_label.txt").write_text("".join(lines[:6]))
    (root / "EmoLabel" / "test_label.txt").write_text(lines[6])
    return open_dataset(root)


@pytest.fixture
def store(workspace, dataset):
    opened = Store.open(workspace)
    opened.datasets.register(dataset)
    yield opened
    opened.close()
    library.forget_all()


@pytest.fixture
def evidence_table(dataset):
    """Suspicions 0.1 0.9 0.5 0.7 0.2 0.5; the second is suggested fear, the fourth neutral."""
    return pd.DataFrame(
        {
            "row": np.arange(6, dtype=np.int32),
            "given": dataset.labels[:6],
            "suggested": np.array([0, 1, 1, 6, 2, 6], np.int16),
            "p_mislabelled": np.array([0.1, 0.9, 0.5, 0.7, 0.2, 0.5], np.float32),
            "assignment": np.array([0, 2, 1, 2, 0, 1], np.int8),
            "votes_total": np.full(6, 3, np.int8),
            "votes_noisy": np.array([0, 2, 1, 1, 0, 0], np.int8),
            "duplicate_group": np.array([-1, 0, 0, 1, 1, -1], np.int32),
            "man_suspicion": np.array([0.0, 1.0, 0.4, 0.8, 0.2, 0.6], np.float32),
        }
    )
