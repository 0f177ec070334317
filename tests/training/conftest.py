"""Fixtures for tiny trainings: random images, networks of a few channels."""

import numpy as np
import pytest


@pytest.fixture
def tiny():
    """Return a function that builds tiny trainings, always the same: tiny(folder, 'man', epochs=2) -> Training."""
    from accelerate import Accelerator

    from auditor.training.augment import Augmenter
    from auditor.training.data import TrainingData
    from auditor.training.listener import Listener
    from auditor.training.loop import Training
    from models import registry
    from models.base import Setup

    def make(folder, method="man", *, epochs=3, images=22, size=32, classes=3, listener=None, **options):
        draw = np.random.default_rng(0)
        labels = draw.integers(0, classes, images)
        pixels = (labels[:, None, None, None] * 80 + draw.integers(0, 80, (images, size, size, 3))).astype(np.uint8)
        role = np.array([0] * (images - 4) + [1, 1, 2, 2], np.int8)
        data = TrainingData(
            images=pixels, rows=np.arange(images), role=role, labels=np.where(role == 2, -1, labels),
            truth=labels, classes=classes, counted=np.ones(images, bool),
            label_sets=draw.integers(0, classes, (images, 1)),
        )  # fmt: skip
        method_options = registry.make_options(method, "demo", {"epochs": epochs, "batch_size": 8, **options})
        setup = Setup(
            num_classes=classes, image_size=size, width=1 / 16, stem="small", num_rows=images,
            steps_per_epoch=3, label_set_classes=(classes,),
        )  # fmt: skip
        accelerator = Accelerator(cpu=True)
        network = registry.build(method, setup, method_options)
        network.prepare(accelerator)
        folder.mkdir(exist_ok=True)
        augmenter = Augmenter(network.inputs, "cpu", size)
        return Training(
            network, data, accelerator, augmenter, folder, folder / "metrics.jsonl", seed=5,
            listener=listener or Listener(),
        )  # fmt: skip

    return make
