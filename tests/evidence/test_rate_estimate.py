"""auditor/evidence/rate_estimate.py: the signs by hand, and an estimate that follows them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence import rate_estimate
from auditor.evidence.opinions import Memorisation

LABELS = np.array([0, 0, 1, 1])
PROBS = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]], np.float32)  # one of four names another class
JOINT = np.array([[0.4, 0.1], [0.0, 0.5]])  # a tenth off the diagonal
MATRIX = np.array([[0.8, 0.2], [0.4, 0.6]])


def test_the_signs_are_shares():
    # (0.2 + 0.2 + 0.4 + 0.4) / 4 are mixed; the commonest class has a half, so 0.65 right are 0.3 of what is possible.
    signs = rate_estimate.signs(LABELS, PROBS, JOINT, MATRIX, Memorisation(0.35, 0.25))
    np.testing.assert_allclose(signs, [0.1, 0.3, 0.25, 0.3, 0.35])
    np.testing.assert_allclose(rate_estimate.signs(LABELS, PROBS, JOINT, None, None), [0.1, 0.1, 0, 0.5, 1])


shares = st.floats(0, 1)


@given(shares, shares, shares, shares, shares, shares)
def test_the_more_labels_are_doubted_the_more_are_wrong(first, second, mixed, memorised, learnt, dissent):
    signs = np.array([[each, mixed, memorised, learnt, dissent] for each in sorted((first, second))])
    one, other = map(rate_estimate.estimated, signs)
    assert 0 < one <= other < 1 and other <= max(dissent, rate_estimate.LEAST)


def test_what_is_hard_for_every_sign_is_not_taken_to_be_wrong():
    """Networks that have learnt little name another class for most images; so many are hardly ever wrong."""
    assert rate_estimate.estimated(np.array([0.6, 0.6, 0, 0.2, 0.6])) < 0.4


def test_labels_that_nothing_doubts_are_right():
    assert rate_estimate.estimated(np.array([0.0, 0.0, 0.0, 1.0, 0.0])) < 0.02


def test_a_model_that_is_nearly_always_right_dissents_from_the_wrong_labels_alone():
    assert rate_estimate.estimated(np.array([0.15, 0.15, 0, 0.81, 0.15])) == 0.15
