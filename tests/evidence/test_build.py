"""One version of the evidence from end to end: auditor/evidence/build.py, frame.py, report.py; cli/evidence.py."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from auditor.cli import main
from auditor.config import Workspace
from auditor.errors import EvidenceError
from auditor.evidence import versions
from auditor.evidence.build import build, on_scored, runs_of
from auditor.evidence.gather import gather
from auditor.jobs.aftermath import Aftermath
from auditor.training import identity
from auditor.training.scoring import Stopped
from tests.evidence.conftest import CLASSES, EPOCHS, IMAGES, write_method


def test_one_row_an_image_in_label_file_order(world, version):
    frame = version.table
    assert len(frame) == IMAGES
    assert frame["name"].tolist() == [f"train_{i + 1:05d}.jpg" for i in range(IMAGES)]
    np.testing.assert_array_equal(frame["given"], world.given)
    for name in ("p_mislabelled", "ambiguity", "stability", "suspicion", "man_suspicion", "cl_suspicion"):
        assert frame[name].between(0, 1).all(), name
    assert set(frame["assignment"]) <= {0, 1, 2}
    np.testing.assert_allclose(version.probs.astype(np.float32).sum(1), 1, atol=2e-2)
    assert {"man_p_given", "man_pred", "man_sigma", "man_pair_0", "man_pair_1", "rul_assignment"} <= set(frame)


def test_planted_errors_come_first_and_get_their_true_label_back(world, version):
    wrong = world.given != world.true[:IMAGES]
    frame = version.table
    assert roc_auc_score(wrong, frame["p_mislabelled"]) > 0.97
    noisy = frame["assignment"].to_numpy() == versions.NOISY
    assert wrong[noisy].mean() > 0.9 and noisy.sum() >= 3  # of 300 images; few, where the networks are little sure
    most = frame["p_mislabelled"].to_numpy().argsort()[::-1][: wrong.sum()]
    assert wrong[most].mean() > 0.8
    np.testing.assert_array_equal(frame["suggested"][noisy & wrong], world.true[:IMAGES][noisy & wrong])


def test_a_method_that_learnt_nothing_has_weight_zero(version):
    summary = version.summary
    assert summary["weights"]["nla"] == 0 and summary["weights"]["man"] == 1
    assert any("NLA has not learnt" in warning for warning in summary["warnings"])
    assert version.table["votes_total"].max() == 2


def test_direction_of_an_undirected_score_is_established_in_the_run(version):
    # The world's sigma is the negative loss: high values are the harmless ones.
    assert version.summary["directions"]["man_sigma"]["points"] == "lower"


def test_the_interval_is_wide_where_too_few_images_were_held_out_to_tell_skill_from_memory(world, version, tmp_path):
    noise = version.summary["noise"]  # 30 of 300 were
    assert max(version.summary["skills"].values()) > 0.5 and noise["skill"] == 0
    run = tmp_path / "runs" / "known"
    held = np.arange(IMAGES) % 3 == 0
    write_method(run / "man" / "dynamics", "man", np.random.default_rng(3), world.true, world.given, held=held)
    identity.write(run, world.dataset)
    (run / "config.json").write_text((world.run / "config.json").read_text())
    known = build(Workspace(tmp_path), world.dataset, [run]).summary
    assert known["noise"]["skill"] == known["skills"]["man"] > 0.5
    assert known["noise"]["high"] - known["noise"]["low"] < noise["high"] - noise["low"]


def test_noise_rate_and_matrix_are_near_the_planted(world, version):
    noise = version.summary["noise"]
    assert noise["low"] <= 36 / IMAGES <= noise["high"]
    matrix = np.array(version.summary["transition"])
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-3)
    assert noise["images"] == np.bincount(world.given, minlength=CLASSES).tolist()


def test_neighbours_are_rows_and_never_the_image_itself(version):
    assert version.neighbours.shape == (IMAGES, 30)
    assert not (version.neighbours == version.rows[:, None]).any()
    assert (np.diff(version.neighbour_distance, axis=1) > -1e-5).all()


def test_courses_maps_and_duplicates_are_written(version):
    assert version.p_given().shape == version.p_given("man").shape == (IMAGES, EPOCHS)
    assert set(version.embeddings) == {"joint", "man", "rul", "nla"}
    pair = version.duplicates.iloc[0]
    assert (pair["row"], pair["other"], pair["kind"]) == (0, 1, "mirrored")
    assert version.table["duplicate_group"][0] == version.table["duplicate_group"][1] >= 0


def test_held_out_images_are_marked_and_ranked_like_the_others(version):
    frame = version.table
    fresh = (frame["scored"] == "out-of-fold").to_numpy()
    assert fresh.sum() == IMAGES // 10
    assert abs(frame["suspicion"][fresh].mean() - 0.5) < 0.15
    assert any("Held-out" in warning for warning in version.summary["warnings"])


def test_images_that_no_method_has_scored_have_no_evidence(world):
    wanted = np.arange(IMAGES + 3)  # the last three were never trained on
    rows, strands, sentence = on_scored(gather([world.run], world.dataset, wanted), wanted)
    assert rows.tolist() == list(range(IMAGES)) and "3 training images were scored by no method" in sentence
    assert all(len(strand) == IMAGES and strand.scored.all() for strand in strands)
    assert on_scored(strands, rows)[2] == ""


def test_drawing_the_map_can_be_cancelled(version):
    after = Aftermath()
    after._version = version
    with pytest.raises(Stopped):
        after.run_done(SimpleNamespace(listener=SimpleNamespace(stopping=lambda: True)))
    assert not [name for name in version.map if "umap" in name]


def test_command_writes_the_contract(world, version, tmp_path, capsys):
    out = tmp_path / "e.csv"
    assert main(["evidence", str(world.dataset.root), "--workspace", str(world.workspace.path), "--out", str(out)]) == 0
    lines = out.read_text().splitlines()
    assert lines[0].startswith("name,given,suggested,p_mislabelled,ambiguity,assignment,")
    assert "man_assignment,man_p_given," in lines[0]
    first = lines[1].split(",")
    assert first[0] == "train_00001.jpg" and first[1] == world.dataset.codes[world.given[0]]
    assert first[5] in versions.ASSIGNMENTS and len(lines) == IMAGES + 1
    assert version.name in capsys.readouterr().out


def test_runs_of_one_method_may_have_learnt_from_different_numbers_of_label_sets(world, tmp_path):
    workspace, rng = Workspace(tmp_path), np.random.default_rng(1)
    for run, width in (("run-a", 2), ("run-b", 3)):
        write_method(workspace.run(run) / "man" / "dynamics", "man", rng, world.true, world.given, width=width)
        for name in ("config.json", identity.FILE):
            (workspace.run(run) / name).write_bytes((world.run / name).read_bytes())
    table = build(workspace, world.dataset, ["run-a", "run-b"]).table
    alone = [build(workspace, world.dataset, [run]).table for run in ("run-a", "run-b")]
    means = (alone[0]["man_pair_1"] + alone[1]["man_pair_1"]) / 2
    assert np.allclose(table["man_pair_1"], means, atol=1e-3, equal_nan=True)
    assert np.allclose(table["man_pair_2"], alone[1]["man_pair_2"], equal_nan=True)


def test_no_finished_epoch_is_an_error_with_advice(world, tmp_path):
    with pytest.raises(EvidenceError, match="train at least one method"):
        build(Workspace(tmp_path), world.dataset)


def test_runs_with_a_damaged_config_are_left_out(world, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.run("broken").mkdir(parents=True)
    (workspace.run("broken") / "config.json").write_text(json.dumps({"dataset": 1}))
    assert runs_of(workspace, world.dataset.key) == []
