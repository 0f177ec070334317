"""auditor/training/plan.py and run.py's check: presets, overrides and refusals."""

import dataclasses

import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.errors import ConfigError
from auditor.training import plan
from auditor.training.run import check

CONFIG = RunConfig(dataset=DatasetRef("/faces", "rafdb", "", "abc"), methods=("man", "rul"))


def changed(**values):
    return dataclasses.replace(CONFIG, **values)


def test_the_run_s_values_stand_over_the_preset_s():
    man, rul = plan.plans(changed(epochs=3, batch_size=9, options={"man": {"lr": "0.5"}}))
    assert (man.options.epochs, man.options.batch_size, man.options.lr) == (3, 9, 0.5)
    assert (rul.options.epochs, rul.options.batch_size) == (3, 9) and rul.options.lr != 0.5
    assert (man.image_size, man.network["width"], man.network["stem"]) == (48, 0.25, "small")
    (paper,) = plan.plans(changed(methods=("man",), preset="paper", image_size=64))
    assert (paper.options.epochs, paper.options.batch_size, paper.options.lr) == (100, 128, 1e-3)
    assert (paper.image_size, paper.network["width"], paper.network["stem"]) == (64, 1.0, "imagenet")


def test_who_learns_from_the_others_is_trained_last():
    assert [each.name for each in plan.plans(changed(methods=("student", "rul", "man")))] == ["rul", "man", "student"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"methods": ("woman",)}, "no method 'woman'"),
        ({"options": {"nla": {"lr": 1}}}, "options for nla, which this run does not train"),
        ({"options": {"man": {"speed": 1}}}, "no option 'speed'"),
        ({"methods": ("student",)}, "learns what other methods of its run say; name one"),
        ({"weights": "/nowhere.pth"}, "no weight file /nowhere.pth"),
        ({"options": {"man": {"weights": "/nowhere.pth"}}}, "no weight file /nowhere.pth"),
        ({"preset": "published"}, "starts from the ResNet-18 learnt on MS-Celeb-1M.*--weights none"),
        (
            {"preset": "published", "methods": ("noisyfer",), "options": {"noisyfer": {"recipe": "affectnet"}}},
            "starts from VGG-16's ImageNet weights.*397923af",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_once(values, message):
    with pytest.raises(ConfigError, match=message):
        check(changed(**values))


def test_devices_that_are_not_there_are_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="no CUDA device"):
        plan.accelerator(changed(device="cuda"))
    with pytest.raises(ConfigError, match="cannot train in fp16"):
        plan.accelerator(changed(precision="fp16"))
    assert plan.accelerator(CONFIG).device.type == "cpu"
