"""Test auditor/training/portraits.py: which faces are drawn, and how they are saved."""

import numpy as np
import torch

from auditor.training import portraits
from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.dynamics import DynamicsWriter
from models.inputs import Inputs

LABELS = np.array([0, 1, 0, 1, 0, -1])
ROLE = np.array([0, 0, 0, 0, 0, 2], np.int8)
PROBS = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.4, 0.6], [0.5, 0.5], [0.5, 0.5]])


def data():
    images = np.arange(8 * 4 * 4 * 3, dtype=np.uint8).reshape(8, 4, 4, 3)
    return TrainingData(images, np.array([7, 1, 2, 3, 4, 5]), ROLE, LABELS, LABELS, 2, np.ones(6, bool))


class Drawer:
    """Draws the image itself for class 0 and black for class 1."""

    def faces_for_labels(self, images):
        return torch.stack([images, -torch.ones_like(images)], dim=1)


def test_of_every_class_the_least_believed_are_drawn():
    assert portraits.doubtful(data(), PROBS, per_class=2).tolist() == [2, 4, 1, 3]
    assert portraits.doubtful(data(), PROBS, per_class=9).tolist() == [2, 4, 0, 1, 3]


def test_faces_are_kept_beside_the_image_itself(tmp_path):
    writer = DynamicsWriter(
        tmp_path / "dynamics", method="noisyfer", fold=None, epochs=1, classes=2, rows=data().rows, role=ROLE,
        labels=LABELS, columns={},
    )  # fmt: skip
    writer.append(0, PROBS, {}, np.zeros((6, 1)))
    augmenter = Augmenter(Inputs((0.5,) * 3, (0.5,) * 3), "cpu", 4)
    assert portraits.draw(Drawer(), data(), augmenter, tmp_path, torch.device("cpu"))
    faces, rows = np.load(tmp_path / "faces.npy"), np.load(tmp_path / "faces_rows.npy")
    assert (faces.shape, rows.tolist()) == ((5, 3, 4, 4, 3), [2, 4, 7, 1, 3])
    assert (faces[:, 0] == data().images[rows]).all() and (faces[:, 1] == faces[:, 0]).all()
    assert not faces[:, 2].any()
    assert not portraits.draw(object(), data(), augmenter, tmp_path, torch.device("cpu"))
