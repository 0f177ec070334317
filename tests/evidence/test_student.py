"""auditor/evidence/student.py: the student's share in the consensus, and its training targets."""

import shutil

import numpy as np
import pytest

from auditor.evidence import build, opinions, student
from auditor.evidence.gather import gather
from auditor.evidence.why import explain
from auditor.exports import evidence_csv
from models.student import Student
from tests.evidence.conftest import CLASSES, EPOCHS, IMAGES, TEST, write_method


@pytest.fixture
def taught(world, tmp_path):
    """The world's run with a student that knows every true class."""
    run = tmp_path / "run-2"
    shutil.copytree(world.run, run)
    write_method(
        run / "student" / "dynamics", "student", np.random.default_rng(1), world.true, world.given, sharpness=9
    )
    return run


def test_a_student_shares_the_weight_of_its_runs_methods_and_has_no_vote(world, version, taught):
    found = build.build(world.workspace, world.dataset, [taught])
    table, summary = found.table, found.summary
    assert summary["student"]["runs"] == ["run-2"] and 0 < summary["student"]["skill"] <= 1
    assert summary["methods"] == ["man", "nla", "rul"] and table["votes_total"].max() == 2
    assert (table["student_pred"] == world.true[:IMAGES]).mean() > 0.98
    wrong = world.given != world.true[:IMAGES]
    sure, before = table["p_mislabelled"].to_numpy(), version.table["p_mislabelled"].to_numpy()
    assert sure[wrong].mean() - sure[~wrong].mean() > before[wrong].mean() - before[~wrong].mean()
    assert "student" not in version.summary["methods"] and version.summary["student"] is None
    assert any("and no student" in warning for warning in version.summary["warnings"])
    assert not any("no student" in warning for warning in summary["warnings"])
    place = int(np.flatnonzero(wrong & (table["student_pred"] != table["given"]).to_numpy())[0])
    assert "the student sees" in explain(found, int(table["row"][place])).sentence
    assert "student" not in explain(version, int(table["row"][place])).sentence
    assert {"student_p_given", "student_pred"} <= set(evidence_csv.readable(found, world.dataset))
    assert not any(name.startswith("student") for name in evidence_csv.readable(version, world.dataset))


@pytest.mark.parametrize(("epochs", "sharpness"), [(EPOCHS + 1, 9), (EPOCHS, 0)], ids=["unfinished", "unlearnt"])
def test_a_student_that_is_not_ready_is_not_used(world, taught, epochs, sharpness):
    shutil.rmtree(taught / "student")
    rng = np.random.default_rng(1)
    true = world.true if sharpness else rng.permutation(world.true)
    nothing = np.arange(IMAGES)  # it has memorised no label either
    write_method(taught / "student" / "dynamics", "student", rng, true, world.given, sharpness=sharpness, held=nothing)
    if epochs > EPOCHS:
        manifest = taught / "student" / "dynamics" / "manifest.json"
        manifest.write_text(manifest.read_text().replace(f'"epochs": {EPOCHS}', f'"epochs": {epochs}'))
    _, students = student.apart(gather([taught], world.dataset, world.dataset.rows("train")))
    assert len(students) == 1 and student.combine(students) is None


def test_its_embedding_counts_in_small_data_sets_and_beside_networks_that_memorised():
    assert student.place(1_000, None) == pytest.approx(0.8)
    assert student.place(6_000, opinions.Memorisation(0.4, 0.05)) == pytest.approx(0.1)
    assert student.place(6_000, opinions.Memorisation(0.4, 0.7)) == pytest.approx(0.7)


def test_the_nearest_faces_are_the_student_s_where_the_methods_memorised(world, taught, monkeypatch):
    methods, students = student.apart(gather([taught], world.dataset, world.dataset.rows("train")))
    opinions_made, combined = opinions.opinions_of(methods), student.combine(students)
    weights = []
    monkeypatch.setattr(build.neighbours, "joint_embedding", lambda placed, each: weights.append(each) or placed[0][:])
    for share in (0.0, 1.0):
        monkeypatch.setattr(build, "joint_memory", lambda _, share=share: opinions.Memorisation(0.4, share))
        monkeypatch.setattr(student.consensus, "few", lambda _: 0.1)
        build.near_faces(opinions_made, combined)
    assert [each[-1] / sum(each[:-1]) for each in weights] == pytest.approx([0.1, 1.0])


def test_a_student_is_not_judged_by_what_a_reviewer_excluded(world, taught):
    shutil.rmtree(taught / "student")
    excluded, seen = np.arange(30), world.true.copy()
    seen[excluded] = (world.given[excluded] + 1) % CLASSES  # no face at all: whatever it answers, it is not the label
    rng = np.random.default_rng(1)
    record = taught / "student" / "dynamics"
    write_method(record, "student", rng, seen, world.given, sharpness=9, held=excluded)
    _, students = student.apart(gather([taught], world.dataset, world.dataset.rows("train")))
    assert student.combine(students).skill > 0.5


def test_a_student_of_some_folds_only_is_not_used(world, taught):
    (taught / "student" / "fold-0").mkdir()
    (taught / "student" / "dynamics").rename(taught / "student" / "fold-0" / "dynamics")
    manifest = taught / "student" / "fold-0" / "dynamics" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"fold": null', '"fold": 0'))
    _, students = student.apart(gather([taught], world.dataset, world.dataset.rows("train")))
    assert students[0].records[0].fold == 0 and student.combine(students) is None


def test_images_that_it_never_scored_are_left_to_the_methods(world, taught):
    methods, students = student.apart(gather([taught], world.dataset, world.dataset.rows("train")))
    method_opinions, combined = opinions.opinions_of(methods), student.combine(students)
    combined.scored[:5] = False
    expected, alone = student.blend(method_opinions, combined), student.blend(method_opinions)
    np.testing.assert_allclose(expected[:5], alone[:5], atol=1e-6)
    assert np.abs(expected[5:] - alone[5:]).max() > 0.1


def test_it_replaces_only_the_trainings_that_it_learnt_from(world, taught):
    methods, students = student.apart(gather([taught, world.run], world.dataset, world.dataset.rows("train")))
    method_opinions, combined = opinions.opinions_of(methods), student.combine(students)
    assert [combined.speaks_for(opinion) for opinion in method_opinions] == [0.5] * 3
    mixed, alone = np.log(student.blend(method_opinions, combined)), np.log(student.blend(method_opinions))
    expected = alone + student.say(len(alone)) / 2 * (np.log(np.maximum(combined.probs, 1e-3)) - alone)
    np.testing.assert_allclose(
        mixed - mixed.mean(1, keepdims=True), expected - expected.mean(1, keepdims=True), atol=1e-4
    )


def test_the_lesson_is_the_consensus_of_the_methods_without_the_student(world, version, taught):
    lesson = build.lesson(world.run, world.dataset)
    assert lesson.shape == (IMAGES + TEST, 7) and lesson.dtype == np.float32
    np.testing.assert_allclose(lesson[:IMAGES], version.probs.astype(np.float32), atol=2e-3)
    assert np.isnan(lesson[IMAGES:]).all()
    np.testing.assert_array_equal(build.lesson(taught, world.dataset), lesson)


def test_its_name_is_the_method_s():
    assert Student.name == student.NAME and Student.learns_from_others
