"""auditor/evidence/consensus.py: the posterior and its parts, calculated by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.evidence import (
    consensus,
)


def test_posterior_is_bayes_with_the_first_joint():
    # A fifth is wrong. Of 400 images truly 0 300 were given 0, of 600 truly 1 100; with 200 that err alike:
    # p(given 0 | true 0) = (300 + 160) / 600 and p(given 0 | true 1) = (100 + 40) / 800.
    joint = np.array([[0.3, 0.1], [0.1, 0.5]])
    belief = consensus.posterior(np.zeros(1000, int), np.full((1000, 2), 0.5, np.float32), joint, 1)
    np.testing.assert_allclose(belief[0, 0], 46 / 60 / (46 / 60 + 14 / 80), rtol=1e-5)


def test_labels_of_the_nearest_faces_count_in_small_data_sets_that_are_not_memorised():
    assert [round(consensus.few(size), 3) for size in (0, 1000, consensus.FEW, 6000)] == [1, 0.8, 0.5, 0.1]
    labels, near = np.array([0, 0, 1, 1]), np.array([[1], [0], [3], [2]], np.int32)
    smooth = np.full((4, 2), 0.5, np.float32)
    trusted, halved, doubted = (consensus.around(labels, smooth, near, learnt)[0, 0] for learnt in (0.0, 0.5, 1.0))
    assert trusted == pytest.approx(1, abs=1e-4) and halved == pytest.approx(0.75, abs=1e-4) and doubted == 0.5


@given(st.floats(0.02, 0.98), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_shifted_log_odds_keep_their_order_and_have_the_mean_asked_for(rate, seed):
    odds = np.random.default_rng(seed).normal(size=50)
    p = consensus.shifted(odds, rate)
    assert p.mean() == pytest.approx(rate, abs=1e-3)
    assert (np.diff(p[np.argsort(odds)]) >= 0).all()


def test_given_share_is_set_and_the_rest_keeps_its_proportions():
    probs = consensus.with_given(np.array([[0.5, 0.4, 0.1]], np.float32), np.array([0]), np.array([0.2]))
    np.testing.assert_allclose(probs, [[0.2, 0.64, 0.16]], rtol=1e-5)


def test_entropy_is_0_for_certainty_and_1_for_uniform():
    np.testing.assert_allclose(consensus.entropy(np.array([[1, 0, 0], [1 / 3] * 3])), [0, 1], atol=1e-5)


def test_assignment_calls_as_many_ambiguous_as_half_the_expected_errors():
    p = np.array([0.9, 0.9] + [0.1] * 8, np.float32)  # 2.6 wrong labels of 10 are to be expected: 1.3 ambiguous
    codes = consensus.assign(p, np.linspace(1, 0, 10, dtype=np.float32))
    assert codes.tolist() == [2, 2, *[0] * 8]
    assert consensus.assign(p, np.linspace(0, 1, 10, dtype=np.float32)).tolist() == [2, 2, *[0] * 6, 1, 1]
