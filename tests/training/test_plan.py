"""Test auditor/training/plan.py and `check` of run.py: presets, overrides and errors."""

import dataclasses

import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.errors import ConfigError
from auditor.training import checkpoints, plan
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
        ({"methods": ("student",)}, "learns the consensus of the other methods of its run; name one"),
        ({"weights": "/nowhere.pth"}, "no weight file /nowhere.pth"),
        ({"options": {"man": {"weights": "/nowhere.pth"}}}, "no weight file /nowhere.pth"),
        ({"preset": "published"}, "starts from the ResNet-18 trained on MS-Celeb-1M.*--weights none"),
        (
            {"preset": "published", "methods": ("noisyfer",), "options": {"noisyfer": {"recipe": "affectnet"}}},
            "starts from VGG-16's ImageNet weights.*397923af",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_once(values, message):
    with pytest.raises(ConfigError, match=message):
        check(changed(**values))


WEIGHTS = {"weights": "none"}


def test_the_published_preset_is_the_papers_in_every_number():
    man, rul, nla, noisyfer = plan.plans(
        changed(methods=("man", "rul", "nla", "noisyfer"), preset="published", **WEIGHTS)
    )
    assert man.options.division_view == "weak" and not man.options.joined_forward and man.options.max_noisy == 1
    assert not nla.options.detach_weight and nla.options.normalise == "own"
    assert {each.options.view for each in (rul, nla, noisyfer)} == {
        "published-rul",
        "published-nla",
        "published-noisyfer",
    }
    assert (man.options.weak_view, man.options.strong_view) == ("published-weak", "published-strong")
    assert (noisyfer.options.channels, noisyfer.options.antialias, noisyfer.options.joined_forward) == (
        "bgr",
        False,
        False,
    )
    assert all(each.options.schedule == "exponential" and each.options.decay == 0.9 for each in (man, rul, nla))
    check(changed(methods=("man",), preset="published", **WEIGHTS))


@pytest.mark.parametrize(
    ("data_format", "recipe", "facts"),
    [
        ("rafdb", "raf-db", ("bgr", 500, 64, "published-noisyfer", "no", "shuffled")),
        ("folder", "raf-db", ("bgr", 500, 64, "published-noisyfer", "no", "shuffled")),
        ("affectnet2", "affectnet", ("bgr", 500, 64, "published-noisyfer", "no", "file")),
        ("cifar10", "cifar-10", ("rgb", 512, 32, "published-cifar", "yes", "shuffled")),
    ],
)
def test_noisyfers_recipe_is_that_of_the_data_set(data_format, recipe, facts):
    dataset = DatasetRef("/faces", data_format, "", "abc")
    (noisyfer_plan,) = plan.plans(changed(methods=("noisyfer",), dataset=dataset, preset="published"))
    options = noisyfer_plan.options
    assert options.recipe == recipe
    assert (
        options.channels,
        options.dense,
        noisyfer_plan.image_size,
        options.view,
        options.idle_passes,
        options.order,
    ) == facts
    (small,) = plan.plans(changed(methods=("noisyfer",), dataset=dataset))
    assert (small.options.channels, small.options.dense, small.image_size) == ("rgb", 500, 48)


def test_recommended_names_every_deviation_from_published():
    names = ("man", "rul", "nla", "noisyfer")
    published = plan.plans(changed(methods=names, preset="published", **WEIGHTS))
    recommended = plan.plans(changed(methods=names, preset="recommended"))
    differing = {
        each.name: {key for key, value in vars(other.options).items() if value != vars(each.options)[key]}
        for each, other in zip(published, recommended, strict=True)
    }
    assert differing == {
        "man": {"division_view", "max_noisy"}, "rul": set(), "nla": {"detach_weight"},
        "noisyfer": {"antialias", "joined_forward"},
    }  # fmt: skip


def test_starting_weights_by_run_and_by_method(tmp_path):
    file = tmp_path / "resnet18_msceleb.pth"
    file.touch()
    names = ("man", "noisyfer")
    man, noisyfer = plan.plans(changed(methods=names, preset="published", weights=str(file)))
    assert (man.network["weights"], noisyfer.network["weights"]) == (str(file), "none")  # RAF-DB's starts from none
    own = {"noisyfer": {"weights": "imagenet"}}
    man, noisyfer = plan.plans(changed(methods=names, preset="recommended", options=own))
    assert (man.network["weights"], noisyfer.network["weights"]) == ("none", "imagenet")


def test_a_training_goes_on_with_the_options_it_began_with(tmp_path):
    """Options missing in a checkpoint of an earlier version get that version's value."""
    (now,) = plan.plans(changed(methods=("nla",)))
    assert plan.as_begun(now, [tmp_path]) is now
    options = {key: value for key, value in vars(now.options).items() if key not in ("normalise", "order", "weights")}
    setup = {"image_size": 40, "width": 0.5, "stem": "small", "depth": 18}
    checkpoints.save(tmp_path, checkpoints.Checkpoint("nla", setup, {**options, "lr": 0.5}, 1, 0, {}, {}))
    begun = plan.as_begun(now, [tmp_path / "none", tmp_path])
    assert (begun.options.normalise, begun.options.lr, begun.image_size) == ("imagenet", 0.5, 40)
    checkpoints.save(tmp_path, checkpoints.Checkpoint("nla", setup, {**options, "speed": 1}, 1, 0, {}, {}))
    with pytest.raises(ConfigError, match="no option 'speed' in this version"):
        plan.as_begun(now, [tmp_path])


def test_devices_that_are_not_there_are_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="no CUDA device"):
        plan.accelerator(changed(device="cuda"))
    with pytest.raises(ConfigError, match="cannot train in fp16"):
        plan.accelerator(changed(precision="fp16"))
    assert plan.accelerator(CONFIG).device.type == "cpu"
