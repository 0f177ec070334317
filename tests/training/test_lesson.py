"""Test auditor/training/lesson.py: the targets of a method that learns from the others never overrule a reviewer."""

from types import SimpleNamespace

import numpy as np
import pytest

from auditor.errors import TrainingError
from auditor.training import lesson
from auditor.training.labels import Labels

TAUGHT = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4], [np.nan, np.nan]], np.float32)
DATASET = SimpleNamespace(labels=np.array([0, 0, 1, 1], np.int16))


def test_a_lesson_is_made_once_so_that_a_resumed_run_learns_the_same(tmp_path):
    lesson.write(tmp_path / "student", lambda: TAUGHT)
    lesson.write(tmp_path / "student", lambda: 1 - TAUGHT)
    given_labels = Labels(DATASET.labels, np.zeros(4, bool), "")
    np.testing.assert_array_equal(lesson.read(tmp_path / "student", DATASET, given_labels), TAUGHT)
    assert [file.name for file in (tmp_path / "student").iterdir()] == [lesson.FILE]


def test_networks_do_not_overrule_a_reviewer(tmp_path):
    lesson.write(tmp_path / "student", lambda: TAUGHT)
    soft = np.full((4, 2), np.nan, np.float32)
    soft[2] = 0.5
    corrected = Labels(np.array([0, 1, 1, 1], np.int16), np.zeros(4, bool), "", soft, np.array([0], np.int32))
    expected = np.array([[np.nan] * 2, [np.nan] * 2, [0.5, 0.5], [np.nan] * 2], np.float32)
    np.testing.assert_array_equal(lesson.read(tmp_path / "student", DATASET, corrected), expected)


def test_without_evidence_there_are_no_targets(tmp_path):
    with pytest.raises(TrainingError, match="made from evidence"):
        lesson.write(tmp_path / "student", None)
    assert not (tmp_path / "student").exists()
