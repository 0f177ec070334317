"""How often each class errs by its neighbours' labels: auditor/evidence/class_rates.py."""

import numpy as np
import pytest

from auditor.evidence import class_rates

GIVEN = np.array([[0.9, 0.05, 0.05], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]])  # rows true, columns given
SHARE = np.array([0.5, 0.2, 0.3])


def drawn(size, given=GIVEN, share=SHARE, seed=0):
    """Labels of `size` images, and two neighbours each, of the same true class."""
    rng = np.random.default_rng(seed)
    true = rng.choice(len(share), size, p=share)
    labels = (rng.random(size)[:, None] > given.cumsum(axis=1)[true]).sum(axis=1)
    near = np.empty((size, 2), np.int32)
    for label in range(len(share)):
        mine = np.flatnonzero(true == label)
        near[mine] = rng.choice(mine, (len(mine), 2))
    return true, labels, near


def test_triples_are_sorted_and_counted():
    labels, near = np.array([1, 0, 0]), np.array([[1, 2], [0, 2], [1, 0]])
    seen, counts = class_rates.triples(labels, near, 2)
    assert seen.tolist() == [[0, 0, 1]] and counts.tolist() == [3]


def test_the_matrix_is_the_one_that_the_labels_were_drawn_with():
    _, labels, near = drawn(20_000)
    joint = SHARE[:, None] * GIVEN
    np.testing.assert_allclose(class_rates.true_given(labels, near, 3), (joint / joint.sum(axis=0)).T, atol=0.03)


def test_a_class_that_errs_more_often_adds_to_the_odds_by_its_number_of_images():
    joint = SHARE[:, None] * GIVEN
    worst = int(np.argmin(np.diag(joint) / joint.sum(axis=0)))
    matrix = (joint / joint.sum(axis=0)).T
    few, many = (class_rates.log_odds(drawn(size)[1], matrix) for size in (500, 20_000))
    assert many.argmax() == worst and 0 < few[worst] < many[worst] and many.min() < 0


def test_where_every_class_errs_alike_nothing_is_added():
    alike = np.full((4, 4), 0.1) + 0.6 * np.eye(4)
    _, labels, near = drawn(12_000, alike, np.full(4, 0.25))
    assert np.abs(class_rates.log_odds(labels, class_rates.true_given(labels, near, 4))).max() < 0.2


def test_beliefs_come_nearer_to_the_matrix_class_by_class():
    _, labels, near = drawn(6_000)
    belief = np.random.default_rng(1).dirichlet(np.ones(3), len(labels)).astype(np.float32)
    matrix = class_rates.true_given(labels, near, 3)
    tilted = class_rates.tilted(belief, labels, matrix)
    np.testing.assert_allclose(tilted.sum(axis=1), 1, atol=1e-5)
    for label in range(3):
        before, after = (abs(each[labels == label].mean(axis=0) - matrix[label]).max() for each in (belief, tilted))
        assert after < 0.75 * before


@pytest.mark.parametrize("near", [np.zeros((4, 0), np.int32), np.array([[1], [0], [3], [2]], np.int32)])
def test_without_two_neighbours_there_is_no_estimate(near):
    assert class_rates.true_given(np.array([0, 1, 0, 1]), near, 3) is None


def test_a_class_that_nobody_was_given_is_no_trouble_and_many_images_are_sampled(monkeypatch):
    _, labels, near = drawn(3_000)
    matrix = class_rates.true_given(labels, near, 5)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    added = class_rates.log_odds(labels, matrix)
    assert np.isfinite(added).all() and added[3] == added[4] == 0
    assert np.isfinite(class_rates.tilted(np.full((3_000, 5), 0.2, np.float32), labels, matrix)).all()
    monkeypatch.setattr(class_rates, "MOST", 5 * 500)
    assert class_rates.triples(labels, near, 5)[1].sum() == 500
