"""auditor/evidence/features.py: the features over the epochs, calculated by hand."""

import numpy as np
import pytest

from auditor.evidence import features
from auditor.evidence.gather import join
from tests.evidence.records import record


def test_features_over_two_epochs(tmp_path):
    probs = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])
    strand = join("man", "r", [record(tmp_path, probs, np.array([0]))], np.array([0]))
    described = features.describe(strand)
    assert described.confidence[0] == pytest.approx(0.6, abs=1e-3)
    assert described.variability[0] == pytest.approx(0.2, abs=1e-3)
    assert described.correctness[0] == 0.5 and described.forgetting[0] == 1 and described.dissent[0] == 1
    assert described.margin[0] == pytest.approx((np.log(4) + np.log(2 / 3)) / 2, abs=2e-3)
    geometric = np.sqrt([0.8 * 0.4, 0.2 * 0.6])
    np.testing.assert_allclose(described.probs[0], geometric / geometric.sum(), atol=1e-3)


def course(accuracies, images=400, seed=0):
    """Predictions of held-out labels whose accuracy over the epochs is the given one, each image as hard as before."""
    hard = np.random.default_rng(seed).permutation(images) / images
    return np.stack([hard < accuracy for accuracy in accuracies])


def test_epochs_after_the_network_has_memorised_are_not_read():
    rising, falling = np.linspace(0.3, 0.7, 20), np.linspace(0.7, 0.5, 20)
    assert features.last_read(course(rising)) == 19
    last = features.last_read(course([*rising, *falling]))
    assert 19 <= last <= 23
    assert features.last_read(course([*rising, *falling]), worse=1e9) == 39


def test_what_only_seems_worse_is_read_to_the_end():
    rng = np.random.default_rng(1)
    right = rng.random((30, 100)) < 0.6  # no epoch is truly better than another
    assert features.last_read(right) >= 24
    assert features.last_read(course([0.2])) == 0
    assert features.last_read(np.ones((7, 60), bool)) == 6


def test_a_memorised_end_has_no_weight(tmp_path):
    images = 120
    labels = np.arange(images) % 2
    right = course([*np.linspace(0.6, 0.9, 10), *np.linspace(0.9, 0.55, 10)], images, seed=3)
    sure = np.where(right, 0.9, 0.1)  # p(label)
    probs = np.stack([np.where(labels == each, sure, 1 - sure) for each in (0, 1)], axis=-1)
    strand = join("man", "r", [record(tmp_path, probs, labels, role=np.ones(images))], np.arange(images))
    weights = features.epoch_weights(strand)
    assert weights.sum() == pytest.approx(1) and (weights[14:] == 0).all() and weights[8] > weights[2] > 0
