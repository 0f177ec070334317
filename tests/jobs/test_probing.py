"""auditor/jobs/probing.py and auditor/training/probe.py: two real steps in a process of their own."""

import dataclasses
import sys

import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.errors import JobError
from auditor.jobs import probing
from auditor.training import probe

CONFIG = RunConfig(
    DatasetRef("/faces", "rafdb", "", "abc"), ("man", "noisyfer", "student"), image_size=32, width=0.25, epochs=4,
    device="cpu",
)  # fmt: skip


@pytest.mark.slow
def test_every_method_is_timed_by_two_steps():
    few, many = (probing.estimate(CONFIG, images, 3) for images in (100, 10_000))
    assert [each["method"] for each in few] == ["man", "noisyfer", "student"]
    assert all(each["fits"] and each["epochs"] == 4 and each["image_size"] == 32 for each in few)
    for one, other in zip(few, many, strict=True):
        assert 5 < other["seconds"] / one["seconds"] < 2000  # a hundred times, within what a busy machine allows
    text = probing.sentence(few, {"man": "MAN", "noisyfer": "NoisyFER"})
    assert text.startswith("By two steps of each, this takes: MAN ") and "64 images of 32 pixels a step" in text
    assert "student" in text and "Together" in text


def test_what_cannot_be_tried_says_why():
    with pytest.raises(JobError, match="There is no MPS device"):
        probing.estimate(dataclasses.replace(CONFIG, device="mps"), 100, 3)


@pytest.mark.slow
def test_a_step_that_does_not_fit_is_part_of_the_answer(monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(probe, "_two_steps", full)
    (found,) = probe.estimates(dataclasses.replace(CONFIG, methods=("man",), folds=2), 100, 3)
    assert not found.fits and found.epochs == 8
    assert "MAN more memory than there is" in probing.sentence([dataclasses.asdict(found)], {"man": "MAN"})


@pytest.mark.skipif(sys.platform == "win32", reason="needs a program that sleeps")
def test_steps_that_take_too_long_are_given_up(monkeypatch):
    monkeypatch.setattr(probing, "PATIENCE", 0.05)
    with pytest.raises(JobError, match="took more than 0 seconds here; choose a smaller preset"):
        probing.estimate(CONFIG, 100, 3)
