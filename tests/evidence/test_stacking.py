"""auditor/evidence/stacking.py: weights by held-out images."""

import numpy as np

from auditor.evidence import (
    features,
    stacking,
)
from auditor.evidence.gather import join
from tests.evidence.records import record


def test_stacking_weights_methods_that_predict_and_not_those_that_only_repeat():
    # A mixture of a member that is right in 3 of 4 images and one that is right in the fourth: maximum likelihood is
    # 3/4 and 1/4, drawn to the prior of 1/2 each by 8 images of 4,008.
    likelihoods = np.tile([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], (1000, 1))
    weights = stacking.stacked(likelihoods, np.array([1.0, 1.0]))
    np.testing.assert_allclose(weights, [3004 / 4008, 1004 / 4008], rtol=1e-4)
    weaker = np.stack([np.full(300, 0.6), np.full(300, 0.4)], axis=1)
    assert stacking.stacked(weaker, np.array([1.0, 1.0]))[1] < 0.05
    assert stacking.stacked(weaker[:3], np.array([1.0, 1.0]))[1] > 0.2  # three images prove little
    assert stacking.stacked(weaker[:, ::-1], np.array([1.0, 0.0])).tolist() == [1.0, 0.0]  # the unlearnt stays out


def test_stacked_weights_go_by_images_that_all_methods_held_out_and_stay_where_these_are_few(tmp_path):
    rng, labels = np.random.default_rng(0), np.arange(1000) % 2
    sure = np.where(np.eye(2, dtype=bool)[labels], 0.7, 0.3)[None].repeat(2, 0)
    vague = np.where(np.eye(2, dtype=bool)[labels], 0.55, 0.45)[None].repeat(2, 0)
    for held, expected in ((400, 0.05), (40, 1.0)):
        role = np.zeros(1000)
        role[rng.permutation(1000)[:held]] = 1
        members = []
        for name, probs in (("man", sure), ("nla", vague)):
            strand = join(name, "r", [record(tmp_path / f"{name}{held}", probs, labels, role)], np.arange(1000))
            members.append(((strand,), (features.describe(strand),)))
        weights = stacking.weights(members, np.array([1.0, 1.0]))
        assert weights[0] == 1.0 and weights[1] <= expected and (held > 50 or weights[1] == 1.0)
