"""auditor/evidence/gather.py: trainings and folds in the order of the table."""

import numpy as np

from auditor.evidence.gather import join, places, same_labels
from tests.evidence.records import record


def test_folds_are_joined_by_the_network_that_did_not_see_the_label(tmp_path):
    first = record(tmp_path / "a", np.full((1, 2, 2), 0.1), np.array([0, 1]), np.array([1, 0]), 0)
    second = record(tmp_path / "b", np.full((1, 2, 2), 0.7), np.array([0, 1]), np.array([0, 1]), 1)
    strand = join("man", "r", [first, second], np.array([0, 1, 7]))
    assert strand.kind == "out-of-fold" and strand.which.tolist() == [0, 1, -1]
    np.testing.assert_allclose(strand.probs(0), [[0.1, 0.1], [0.7, 0.7], [np.nan, np.nan]], atol=1e-3)
    assert strand.embedding().shape == (3, 8)


def test_runs_on_other_labels_are_left_out_and_named(tmp_path):
    rows = np.arange(2)
    one = join("man", "one", [record(tmp_path / "a", np.full((1, 2, 2), 0.5), np.array([0, 1]))], rows)
    two = join("man", "two", [record(tmp_path / "b", np.full((1, 2, 2), 0.5), np.array([0, 0]))], rows)
    kept, warnings = same_labels([one, two])
    assert kept == [one] and "two" in warnings[0]


def test_rows_are_found_where_they_are():
    assert places(np.array([5, 2, 9], np.int32), np.array([9, 3, 5])).tolist() == [2, -1, 0]
