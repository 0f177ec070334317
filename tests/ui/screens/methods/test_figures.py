"""auditor/ui/screens/methods/figures.py: the Methods page's figures, from the methods' records."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from auditor.config import Workspace
from auditor.training import identity
from auditor.training.dynamics import Column, DynamicsWriter
from auditor.ui.screens.methods import figures
from tests.ui.invented import dataset, table


def test_a_flow_counts_who_went_where():
    before, after = np.array([0, 0, 1, 2, -1], np.int8), np.array([0, 2, 0, 2, 1], np.int8)
    assert figures.flow(before, after).tolist() == [[1, 0, 1], [1, 0, 0], [0, 0, 1]]
    division = np.array([[0, 1, -1], [0, 2, -1], [0, 1, -1]], np.int8)
    assert figures.changes(division).tolist() == [0, 2, 0]
    assert figures.shares(division)[1].tolist() == [0.5, 0.0, 0.5]


@pytest.mark.parametrize(("epochs", "wanted"), [(1, [0]), (3, [0, 1, 2]), (25, [0, 5, 10, 14, 19, 24])])
def test_stages_hold_the_first_and_the_last_epoch(epochs, wanted):
    assert figures.stages(epochs) == wanted


def test_bins_are_equal_in_size_and_leave_out_what_is_not_known():
    values = np.array([5.0, np.nan, 1.0, 3.0, 9.0, 7.0])
    places = figures.quantile_bins(values, np.array([1, 1, 1, 1, 1, 0], bool), bins=2)
    assert places.tolist() == [1, -1, 0, 0, 1, -1]
    assert figures.examples(places, values, bins=2, each=3).tolist() == [[2, 0], [3, 4], [-1, -1]]


def test_posteriors_come_one_group_a_label_set():
    names = ["name", "noisyfer_posterior_2", "noisyfer_posterior_0", "noisyfer_posterior_1", "noisyfer_posterior_10"]
    assert figures.posterior_columns(names, 2, "noisyfer") == [
        ["noisyfer_posterior_0", "noisyfer_posterior_1"],
        ["noisyfer_posterior_2", "noisyfer_posterior_10"],
    ]
    means = figures.mean_by_class(table([0, 0, 2], a=[0.2, 0.4, 1.0]), ["a"], 3)
    assert means[:, 0] == pytest.approx([0.3, np.nan, 1.0], nan_ok=True)


def test_decoded_faces_are_shown_only_where_they_fit_their_rows(tmp_path):
    workspace, evidence = Workspace(tmp_path), SimpleNamespace(summary={"runs": ["r"]})
    run, faces = workspace.run("r"), dataset([0] * 6)
    (run / "noisyfer").mkdir(parents=True)
    identity.write(run, faces)
    assert figures.decoded_faces(workspace, evidence, faces, "noisyfer") is None
    np.save(run / "noisyfer" / "faces.npy", np.zeros((2, 4, 8, 8, 3), np.uint8))
    np.save(run / "noisyfer" / "faces_rows.npy", np.array([3]))
    assert figures.decoded_faces(workspace, evidence, faces, "noisyfer") is None
    np.save(run / "noisyfer" / "faces_rows.npy", np.array([3, 5]))
    assert figures.decoded_faces(workspace, evidence, faces, "noisyfer").rows.tolist() == [3, 5]
    moved = faces.select(np.array([5, 0, 1]))
    assert figures.decoded_faces(workspace, evidence, moved, "noisyfer").rows.tolist() == [0]


def test_a_torn_log_line_is_skipped(tmp_path):
    whole = '{"method": "man", "fold": null, "epoch": 0, "held_out_accuracy": 0.5}\n'
    (tmp_path / "metrics.jsonl").write_text(whole + '{"method": "man", "ep')
    assert figures.accuracy(tmp_path) == {"man": [(1, 0.5)]}
    assert figures.accuracy(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("asked", "trained", "tab"),
    [(None, ["nla", "rul"], "rul"), (None, ["nla"], "nla"), ("<b>", ["nla"], "nla"), ("man", ["nla"], "man"),
     ("compare", ["man"], "compare"), (None, [], "man")],
)  # fmt: skip
def test_methods_opens_on_one_that_was_trained(asked, trained, tab):
    assert figures.tab_of(asked, trained) == tab


def test_a_run_on_other_classes_leaves_a_sentence_in_place_of_its_strands(tmp_path):
    workspace, faces = Workspace(tmp_path), dataset([0, 1, 2])
    evidence = SimpleNamespace(summary={"runs": ["r", "deleted"]}, rows=np.arange(3, dtype=np.int32))
    writer = DynamicsWriter(
        workspace.run("r") / "man" / "dynamics", method="man", fold=None, epochs=1, classes=3, rows=np.arange(3),
        role=np.zeros(3), labels=np.arange(3), columns={"assignment": Column("int8")},
    )  # fmt: skip
    writer.append(0, np.eye(3), {"assignment": np.array([2, 1, 0])}, np.eye(3))
    identity.write(workspace.run("r"), faces)
    found = figures.left(workspace, evidence, faces)
    assert figures.divisions(found.strands["man"]).tolist() == [[2, 1, 0]] and found.misfits == ()
    moved = faces.select(np.array([2, 0, 1]))
    assert figures.divisions(figures.left(workspace, evidence, moved).strands["man"]).tolist() == [[0, 2, 1]]
    found = figures.left(workspace, evidence, replace(faces, classes=("surprise", "fear", "shame")))
    assert not found.strands and "(gone: disgust; new: shame); train again" in found.misfits[0]
