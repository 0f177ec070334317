"""Evidence spread over the rows of a data set."""

import json

import numpy as np

from auditor.data.opening import open_dataset
from auditor.evidence import versions
from auditor.evidence.alignment import changes
from auditor.ui.state import library
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


def test_suggestions_stay_with_their_faces_when_the_label_file_is_edited(dataset, store, workspace, evidence_table):
    library.add(workspace, dataset)
    with versions.new_version(workspace, dataset.key) as (folder, _):
        evidence_table.assign(name=dataset.names[:6]).to_parquet(folder / "table.parquet")
        summary = {
            "classes": dataset.classes,
            "codes": dataset.codes,
            "methods": ["man"],
            "noise": {"by_class": [0] * 7},
        }
        (folder / "summary.json").write_text(json.dumps(summary))
    before = library.columns(dataset, library.evidence(workspace, dataset))
    file = dataset.root / "EmoLabel" / "train_label.txt"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*reversed(lines[1:])]))  # one face is gone and the others have other rows
    now = library.find(workspace, dataset.key)
    version = library.evidence(workspace, now)
    after = library.columns(now, version)
    assert [int(row) for row in version.rows] == [0, 1, 2, 3, 4]
    for row, name in enumerate(now.names[:5]):
        was = dataset.index_of(name)
        assert now.classes[after.suggested[row]] == dataset.classes[before.suggested[was]]
        assert after.suspicion[row] == before.suspicion[was] and after.assignment[row] == before.assignment[was]
    assert changes(version, now).gone == 1 and "1 of its images is gone" in changes(version, now).sentence
    opened = library.add(workspace, open_dataset(dataset.root)).dataset
    assert library.evidence(workspace, opened).name == version.name
