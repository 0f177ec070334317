"""A small data set in RAF-DB's layout and a configuration that trains on it within seconds."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from auditor.config import RunConfig, Workspace
from auditor.data.opening import open_dataset
from auditor.store.store import Store


@pytest.fixture
def faces(tmp_path):
    """24 pictures to learn and 6 to test, of three classes; their folder."""
    root = tmp_path / "faces"
    (root / "EmoLabel").mkdir(parents=True)
    (root / "Image" / "aligned").mkdir(parents=True)
    draw = np.random.default_rng(0)
    lines = []
    for number in range(30):
        split = "train" if number < 24 else "test"
        label = int(draw.integers(1, 4))
        pixels = (label * 60 + draw.integers(0, 60, (40, 40, 3))).astype(np.uint8)
        Image.fromarray(pixels).save(root / "Image" / "aligned" / f"{split}_{number:05}_aligned.jpg")
        lines.append(f"{split}_{number:05}.jpg {label}\n")
    (root / "EmoLabel" / "list_patition_label.txt").write_text("".join(lines))
    return root


@pytest.fixture
def prepared(faces, tmp_path):
    """(workspace, store, configuration): MAN at 32 pixels, a quarter of the width."""
    workspace = Workspace(tmp_path / "work").make()
    store = Store.open(workspace)
    dataset = open_dataset(faces)
    store.datasets.register(dataset)
    ref = dataset.reference
    config = RunConfig(
        dataset=ref, methods=("man",), epochs=2, batch_size=8, image_size=32, width=0.25, held_out=0.1,
        options={"man": {"warm_up": 1}},
    )  # fmt: skip
    yield workspace, store, config
    store.close()


@pytest.fixture
def longer():
    """The same configuration with more epochs."""
    return lambda config, epochs: dataclasses.replace(config, epochs=epochs)
