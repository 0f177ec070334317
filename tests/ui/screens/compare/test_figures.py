"""auditor/ui/screens/compare/figures.py: two runs compared image by image, by numbers worked out by hand."""

import dataclasses

import numpy as np
import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.errors import ChangedDataError
from auditor.store.runs import RunRecord
from auditor.training import identity
from auditor.training.dynamics import DynamicsWriter
from auditor.ui.screens.compare import figures
from auditor.ui.screens.compare.figures import Predictions
from tests.ui.invented import dataset


def run(name, labels="given", created=0.0, **settings):
    config = RunConfig(DatasetRef("root", "rafdb", "labels.txt", "key"), ("man",), labels=labels, **settings)
    return RunRecord(name, "key", "train", "done", config, created)


def test_mcnemar_is_exact():
    assert figures.mcnemar(9, 1) == pytest.approx(2 * 11 / 1024)
    assert figures.mcnemar(0, 0) == figures.mcnemar(4, 4) == 1.0


def test_a_difference_counts_what_was_fixed_and_broken():
    before, after = np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 1, 0], bool)
    found = figures.difference("all", before, after)
    assert (found.before, found.after, found.fixed, found.broken) == (0.4, 0.6, 2, 1)
    # (b - c) / n = 0.2; its error is 1.96 * sqrt(b + c - (b - c)^2 / n) / n
    assert found.high - 0.2 == pytest.approx(1.96 * np.sqrt(3 - 1 / 5) / 5)
    assert found.p == 1.0 and not found.sure


def test_holm_corrects_over_the_classes():
    assert figures.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert figures.holm([0.9, 0.8]) == [1.0, 1.0]


def test_runs_are_compared_on_the_test_images_both_have_scored():
    faces = dataset([0, 1, 2, 0], split=[2, 2, 2, 0])
    before = Predictions(np.array([0, 1, 2], np.int32), np.array([0, 0, 0]))
    after = Predictions(np.array([1, 2], np.int32), np.array([1, 0]))
    found = figures.differences(faces, before, after)
    assert [(each.name, each.images) for each in found] == [("all", 2), ("surprise", 0), ("fear", 1), ("disgust", 1)]
    assert (found[0].before, found[0].after, found[0].fixed) == (0.0, 0.5, 1)


def test_predictions_are_of_test_images_alone_and_average_folds(tmp_path):
    faces = dataset([0] * 8, split=[0, 0, 0, 0, 0, 0, 0, 2])
    identity.write(tmp_path, faces)
    for fold, probs in enumerate(([[0.9, 0.1, 0], [0.2, 0.8, 0]], [[0.3, 0.7, 0], [0.4, 0.6, 0]])):
        writer = DynamicsWriter(
            tmp_path / "man" / f"fold-{fold}" / "dynamics", method="man", fold=fold, epochs=1, classes=3,
            rows=np.array([7, 4]), role=np.array([2, 0]), labels=np.array([-1, 1]), columns={},
        )  # fmt: skip
        writer.append(0, np.array(probs), {}, np.zeros((2, 1)))
    found = figures.predictions(tmp_path, "man", faces)
    assert (found.rows.tolist(), found.classes.tolist()) == ([7], [0])
    assert figures.predictions(tmp_path, "rul", faces) is None
    moved = figures.predictions(tmp_path, "man", faces.select(np.array([7, 0, 4])))
    assert (moved.rows.tolist(), moved.classes.tolist()) == ([0], [0])
    with pytest.raises(ChangedDataError, match=r"was trained on the classes surprise, fear, disgust"):
        figures.predictions(tmp_path, "man", dataclasses.replace(faces, classes=("surprise", "fear", "shame")))


def test_a_partner_has_the_same_settings_but_for_the_labels():
    after = run("after", "corrected", 3.0, seed=1)
    plain, other, same = run("plain", created=2.0), run("newer", created=4.0, seed=2), run("same", created=1.0, seed=1)
    assert figures.partner([after, plain, other, same], after, "given") is same
    assert figures.partner([after], after, "control") is None
    assert figures.deviations(after.config, other.config) == ["seed"]
    taught = dataclasses.replace(same.config, methods=(*same.config.methods, "student"))
    assert figures.deviations(same.config, taught) == []  # it changes nothing in the methods
    queued = dataclasses.replace(plain, state="queued")
    assert figures.usable([after, queued]) == [after]
