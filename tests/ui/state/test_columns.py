"""Evidence spread over the rows of a data set."""

import numpy as np

from auditor.ui.state.columns import build, differing, rows_where, sort_of
from tests.ui.invented import table


def test_build_has_one_value_a_row_and_nothing_where_nothing_is_known(dataset, evidence_table):
    columns = build(dataset, evidence_table.iloc[1:])
    assert columns.rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert columns.suggested.tolist() == [-1, 1, 1, 6, 2, 6, -1]
    assert columns.assignment.tolist() == [-1, 2, 1, 2, 0, 1, -1]
    assert np.isnan(columns.suspicion[[0, 6]]).all()
    assert columns.has_evidence
    assert columns.sorts == ("suspicion", "learned", "votes", "duplicates", "man", "file")


def test_rows_that_the_label_file_lost_are_left_out(dataset, evidence_table):
    evidence_table.loc[5, "row"] = 400
    assert build(dataset, evidence_table).suggested.tolist() == [0, 1, 1, 6, 2, -1, -1]


def test_sort_of_a_method_is_its_own_suspicion():
    assert sort_of("rul")[:2] == ("rul_suspicion", "RUL's suspicion")


def test_methods_differ_only_where_both_have_scored():
    evidence = table([0, 0, 1, 2], man_assignment=[0, 1, 2, -1], rul_assignment=[0, 2, -1, 1])
    assert differing(evidence, "man", "rul").tolist() == [False, True, False, False]


def test_rows_open_in_the_order_of_suspicion():
    evidence = table([0, 0, 1, 2], p_mislabelled=[0.1, 0.9, 0.5, 0.7])
    assert rows_where(evidence, np.array([True, True, False, True])).tolist() == [1, 3, 0]
