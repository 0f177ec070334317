"""auditor/training/paces.py: each method is measured by its own training, once on each machine."""

from dataclasses import replace

import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.training import paces, plan

NARROW = {"image_size": 32, "width": 0.125}


@pytest.fixture(scope="module")
def small():
    """Plans of every kind of method, as narrow as they get, and the processor."""
    ref = DatasetRef(key="0" * 12, root="/nowhere", format="rafdb", label_file="")
    config = RunConfig(
        dataset=ref, methods=("man", "noisyfer", "student"), preset="demo", epochs=4, batch_size=8, device="cpu",
        options={"noisyfer": {"gan_start_epoch": 1}},
    )  # fmt: skip
    return plan.plans(replace(config, **NARROW)), plan.accelerator(config)


def test_every_method_is_measured_and_the_adversarial_part_apart(small):
    plans, accelerator = small
    found = {each.name: paces.probe(each, accelerator, 7) for each in plans}
    assert all(pace.step > 0 and pace.image > 0 for pace in found.values())
    assert found["noisyfer"].turn == 2 and found["noisyfer"].late_step > found["noisyfer"].step
    assert found["man"].turn is None and found["man"].late_step == found["man"].step


def test_what_was_measured_is_kept_and_a_damaged_file_is_measured_again(small, tmp_path, monkeypatch):
    plans, accelerator = small
    measured = []
    pace = paces.Pace(0.5, 2.0, 2, 0.01)
    monkeypatch.setattr(paces, "probe", lambda each, *_: measured.append(each.name) or pace)
    monkeypatch.setattr(paces, "WORTH_STEPS", 10)
    times = paces.epochs(plans, accelerator, tmp_path / "cache", classes=7, trained=80, scored=100)
    assert times["noisyfer"] == paces.EpochTime(10 * 0.5 + 1, 10 * 2.0 + 1, 2.0)
    paces.epochs(plans, accelerator, tmp_path / "cache", classes=7, trained=80, scored=100)
    assert sorted(measured) == ["man", "noisyfer", "student"]
    (tmp_path / "cache" / paces.FILE).write_text('{"x": [1]}')
    paces.epochs(plans, accelerator, tmp_path / "cache", classes=7, trained=80, scored=100)
    assert len(measured) == 6


def test_a_short_run_is_not_probed_and_a_method_that_fails_is_left_out(small, tmp_path, monkeypatch):
    plans, accelerator = small
    assert paces.paces(plans, accelerator, tmp_path, classes=7, images=80) == {}

    def fails(each, *_):
        if each.name == "man":
            raise RuntimeError("out of memory")
        return paces.Pace(1, 1, None, 1)

    monkeypatch.setattr(paces, "probe", fails)
    monkeypatch.setattr(paces, "WORTH_STEPS", 10)
    assert set(paces.paces(plans, accelerator, tmp_path, classes=7, images=80)) == {"noisyfer", "student"}
