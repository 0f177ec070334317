"""auditor/evidence/opinions.py: one opinion for each method: memorised labels, and the scale of held-out images."""

import numpy as np
import pytest

from auditor.evidence import (
    features,
    opinions,
)
from auditor.evidence.gather import join
from tests.evidence.records import record


def test_memory_is_how_much_better_training_images_are_predicted(tmp_path):
    labels = np.arange(400) % 2
    probs = np.full((2, 400, 2), 0.5)
    answer = np.where(np.arange(400) % 5 == 0, 1 - labels, labels)  # a fifth of the training images otherwise
    answer[:100] = np.where(np.arange(100) % 5 < 2, 1 - labels[:100], labels[:100])  # two fifths of those held out
    probs[:, np.arange(400), answer] = 0.9
    strand = join("man", "r", [record(tmp_path, probs, labels, role=np.arange(400) < 100)], np.arange(400))
    memory = opinions.memory([strand], [features.describe(strand)])
    assert memory.dissent == pytest.approx(0.4) and memory.share == pytest.approx(0.5)


def test_held_out_scores_take_the_in_sample_quantiles(tmp_path):
    size = 200
    role = (np.arange(size) % 2).astype(int)
    p = np.where(role == 1, np.linspace(0.1, 0.5, size), np.linspace(0.5, 0.9, size))
    probs = np.stack([p, 1 - p], axis=1)[None]
    strand = join("man", "r", [record(tmp_path, probs, np.zeros(size), role)], np.arange(size))
    levelled = opinions.level_held_out(probs[0], strand)
    np.testing.assert_allclose(np.median(levelled[role == 1, 0]), np.median(p[role == 0]), atol=0.02)
    np.testing.assert_allclose(levelled.sum(1), 1, atol=1e-6)
    assert (np.diff(levelled[role == 1, 0]) >= 0).all()
