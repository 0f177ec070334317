"""Reading and using a version: auditor/evidence/versions.py, why.py, rerank.py, sampling.py, projection.py."""

import threading

import numpy as np
import pandas as pd
import pytest

from auditor.config import Workspace
from auditor.errors import EvidenceError, ExportError
from auditor.evidence import projection, rerank, sampling, versions, why
from auditor.exports import evidence_csv
from tests.evidence.conftest import IMAGES


def test_versions_are_numbered_and_a_failed_one_leaves_nothing(tmp_path):
    workspace = Workspace(tmp_path)
    assert versions.latest(workspace, "k") is None
    with versions.new_version(workspace, "k") as (folder, made):
        (folder / "summary.json").write_text("{}")
    with pytest.raises(RuntimeError), versions.new_version(workspace, "k") as (folder, _):
        (folder / "half").write_text("x")
        raise RuntimeError
    with versions.new_version(workspace, "k") as (_, again):
        pass
    assert (made[0].name, again[0].name) == ("v0001", "v0002")
    assert sorted(entry.name for entry in (workspace.evidence / "k").iterdir()) == ["v0001", "v0002"]


def test_two_builders_at_once_get_two_versions(tmp_path):
    workspace, barrier = Workspace(tmp_path), threading.Barrier(4)

    def work():
        with versions.new_version(workspace, "k") as (folder, _):
            (folder / "summary.json").write_text("{}")
            barrier.wait()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version.name for version in versions.versions(workspace, "k")] == [f"v{n:04d}" for n in range(1, 5)]


def test_damaged_evidence_says_what_to_do(tmp_path):
    version = versions.EvidenceVersion(tmp_path)
    (tmp_path / "table.parquet").write_bytes(b"PAR1 not really")
    for read in (lambda: version.summary, lambda: version.table, lambda: version.probs):
        with pytest.raises(EvidenceError, match="build it again"):
            read()


def test_row_and_place_are_inverse(version):
    assert [version.place(int(row)) for row in version.rows[:5]] == [0, 1, 2, 3, 4]
    assert version.place(10**6) == -1


def test_sentence_says_only_what_is_true_of_the_image(version):
    frame, classes = version.table, version.summary["classes"]
    noisy = int(np.flatnonzero(frame["assignment"] == versions.NOISY)[0])
    explanation = why.explain(version, int(version.rows[noisy]))
    line = frame.iloc[noisy]
    assert classes[int(line["suggested"])] in explanation.sentence
    near = why.neighbour_labels(version, noisy)
    top = max(set(near), key=lambda label: (near.count(label), label))
    assert f"{near.count(top)} {classes[top]}" in explanation.sentence
    if "never passed" in explanation.sentence:
        assert version.p_given()[noisy].max() < 0.5
    assert {fact.name for fact in explanation.facts} >= {"p_mislabelled", "man_p_given", "class_rate"}
    with pytest.raises(EvidenceError):
        why.explain(version, 10**6)


def test_every_image_can_be_explained(version):
    for row in version.rows[::7]:
        assert why.explain(version, int(row)).sentence.endswith(".")


def test_without_decisions_the_queue_is_the_consensus(version):
    frame = version.table
    found = rerank.rerank(frame, {})
    np.testing.assert_allclose(found.p_change, frame["p_mislabelled"], atol=1e-3)
    assert found.used == 0 and len(found.order) == IMAGES


def test_decisions_teach_the_queue(version):
    # The reviewer finds every label of one class wrong, and no other: the rest of that class moves up.
    frame = version.table
    given, names = frame["given"].to_numpy(), frame["name"].to_numpy()
    decided = {names[i]: bool(given[i] == 2) for i in range(150)}
    found, before = rerank.rerank(frame, decided), frame["p_mislabelled"].to_numpy()
    rest = np.arange(IMAGES) >= 150
    doubted = rest & (given == 2) & (before < 0.5)
    assert (found.p_change[doubted] > before[doubted]).all()
    assert found.p_change[rest & (given != 2)].mean() < before[rest & (given != 2)].mean()
    assert set(found.order) == set(np.flatnonzero(rest)) and 0 <= found.expected(50) <= 50


def test_the_queue_learns_where_the_peers_have_said_nothing(version):
    frame = version.table.drop(columns=["stability", "aum", "carto_variability", "knn_disagreement", "cl_suspicion"])
    decided = {name: bool(given == 2) for name, given in zip(frame["name"][:60], frame["given"][:60], strict=True)}
    assert rerank.rerank(frame, decided).used == 60


def test_verdicts_of_decisions(version):
    class State:
        def __init__(self, action, label=None):
            self.action, self.label = action, label

    frame = version.table
    first = int(frame["given"][0])
    states = {
        frame["name"][0]: State("relabel", first), frame["name"][1]: State("keep"), frame["name"][2]: State("exclude"),
        frame["name"][3]: State("skip"), "gone.jpg": State("keep"),
    }  # fmt: skip
    found = rerank.verdicts(states, frame)
    assert [found.get(frame["name"][i]) for i in range(4)] == [False, False, True, None] and "gone.jpg" not in found


def test_sample_is_of_unflagged_images_and_goes_on_where_it_stopped(version):
    frame = version.table
    first = sampling.draw(frame, (), 20)
    again = sampling.draw(frame, set(frame["name"][first[:5]]), 15)
    assert again.tolist() == first[5:].tolist()
    assert (frame["assignment"][first] == versions.CLEAN).all()


def test_a_class_check_takes_as_many_of_every_class_whatever_is_said_of_them(version):
    frame = version.table
    rows = sampling.draw_classes(frame)
    chosen = frame.set_index("row").loc[rows]
    there = frame["given"].value_counts()
    assert chosen["given"].value_counts().to_dict() == there.clip(upper=sampling.PER_CLASS).to_dict()
    assert len(set(rows)) == len(rows) and rows.tolist() == sampling.draw_classes(frame).tolist()
    assert sampling.draw_classes(frame, seed=1).tolist() != rows.tolist()
    many = pd.DataFrame({"row": range(500), "given": np.arange(500) % 100})
    assert np.bincount(sampling.draw_classes(many) % 100).tolist() == [2] * 100


def test_csv_to_nowhere_is_said(world, version, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be written"):
        evidence_csv.write(version, world.dataset, tmp_path / "file" / "e.csv")


def test_pca_is_the_same_each_time_and_survives_one_dimension():
    points = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    np.testing.assert_array_equal(projection.pca(points), projection.pca(points.copy()))
    assert projection.pca(points[:, :1]).shape == (30, 2)


@pytest.mark.slow
def test_umap_is_added_to_the_map_and_seeded(world, version):
    projection.add_umap(version)
    first = version.map
    assert {"joint_umap_x", "man_umap_y"} <= set(first) and np.isfinite(first["joint_umap_x"]).all()
    again = projection.umap(np.load(version.folder / "map_input_man.npy"))
    np.testing.assert_allclose(again[:, 0], first["man_umap_x"], atol=1e-4)
