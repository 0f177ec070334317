"""auditor/jobs/budgeting.py: real steps in a process of their own, and the configuration that follows from them."""

import dataclasses
import json

import pytest

from auditor.config import RunConfig, Workspace
from auditor.errors import ConfigError, JobError
from auditor.jobs import budgeting
from auditor.training import paces
from auditor.training.budget import FULL, Spending
from models import lite_weights
from tests.exports.small import rafdb


@pytest.fixture
def dataset(tmp_path):
    from auditor.data.opening import open_dataset

    return open_dataset(rafdb(tmp_path / "raf", b"train_00001.jpg 5\ntrain_00002.jpg 4\n", 2))


def config(dataset, *methods, **settings):
    small = {"image_size": 32, "width": 0.125, "batch_size": 8, "device": "cpu", **settings}
    return RunConfig(dataset.reference, methods, **small)


@pytest.mark.slow
def test_minutes_become_methods_and_epochs_by_real_steps(dataset, tmp_path):
    wish = config(dataset, "nla", "student", options={"nla": {"lr": 0.002}, "student": {"backbone": "resnet"}})
    made, spent = budgeting.plan(wish, dataset, Workspace(tmp_path / "work"), 30)
    assert made.methods == ("nla", "student") and spent.epochs == {"nla": FULL, "student": FULL} and spent.full
    assert made.options["nla"] == {"lr": 0.002, "epochs": FULL} and made.epochs is None
    assert 0 < spent.seconds < 30 * 60 and (tmp_path / "work" / "cache" / paces.FILE).is_file()
    pace = paces.Pace(1000.0, 1000.0, None, 0.0)  # as if it had been measured on a slow machine
    known = json.loads((tmp_path / "work" / "cache" / paces.FILE).read_text())
    slow = {key: dataclasses.asdict(pace) for key in known}
    (tmp_path / "work" / "cache" / paces.FILE).write_text(json.dumps(slow))
    with pytest.raises(ConfigError, match=r"In 30 minutes nla cannot do the 12 epochs .* give 223 minutes or more"):
        budgeting.plan(wish, dataset, Workspace(tmp_path / "work"), 30)


def test_the_student_of_a_budget_is_on_the_small_network_where_its_weights_are(dataset, monkeypatch):
    wish = config(dataset, "nla", "student")
    monkeypatch.setattr(lite_weights, "installed", lambda: True)
    assert budgeting.with_lite_student(wish).options == {"student": {"backbone": lite_weights.NAME}}
    assert budgeting.titles_of(budgeting.with_lite_student(wish))["student"] == "Student on efficientnet_lite0"
    for other in (
        config(dataset, "nla"),
        dataclasses.replace(wish, preset="recommended"),
        dataclasses.replace(wish, options={"student": {"backbone": "resnet"}}),
    ):
        assert budgeting.with_lite_student(other) is other
    monkeypatch.setattr(lite_weights, "installed", lambda: False)
    assert budgeting.with_lite_student(wish) is wish


def test_a_network_that_needs_a_quarter_of_the_epochs_is_given_as_many(dataset, tmp_path, monkeypatch):
    pace = {"nla": paces.Pace(0.05, 0.05, None, 0.0), "student": paces.Pace(0.4, 0.4, None, 0.0)}
    monkeypatch.setattr(paces, "measured", lambda *_, **__: pace)
    wish = config(dataset, "nla", "student", options={"student": {"backbone": lite_weights.NAME}})
    spent = budgeting.measured(wish, (800, 900, 7), 15, tmp_path)
    # 760 images are trained on, in 4.75 s and 38 s: of 810 s 237.5 are NLA's 50 epochs, and 456 the student's 12.
    assert spent.epochs == {"nla": 50, "student": 12} and spent.full
    assert spent.seconds == pytest.approx(237.5 + 456)


def test_what_contradicts_a_budget_is_refused_before_anything_is_measured(dataset, tmp_path, monkeypatch):
    workspace = Workspace(tmp_path / "work")
    with pytest.raises(ConfigError, match="either minutes or epochs"):
        budgeting.plan(config(dataset, "nla", epochs=4), dataset, workspace, 15)
    with pytest.raises(ConfigError, match="either minutes or epochs"):
        budgeting.plan(config(dataset, "nla", options={"nla": {"epochs": 4}}), dataset, workspace, 15)
    with pytest.raises(ConfigError, match="such as 15"):
        budgeting.plan(config(dataset, "nla"), dataset, workspace, 0)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="in one process"):
        budgeting.plan(config(dataset, "nla"), dataset, workspace, 15)


def test_a_measurement_that_fails_or_hangs_says_why(dataset, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="There is no MPS device"):
        budgeting.plan(config(dataset, "nla", device="mps"), dataset, Workspace(tmp_path / "work"), 15)
    monkeypatch.setattr(budgeting, "PATIENCE", 0.05)
    with pytest.raises(JobError, match="was not done after 0 seconds"):
        budgeting.plan(config(dataset, "nla"), dataset, Workspace(tmp_path / "work"), 15)


def test_options_of_methods_that_the_budget_leaves_out_go_with_them(dataset):
    wish = config(dataset, "man", "nla", options={"man": {"lr": 0.1}})
    made = budgeting.configured(wish, Spending({"nla": 20}, 1.0, 5))
    assert made.methods == ("nla",) and made.options == {"nla": {"epochs": 20}}


def test_without_a_measurement_of_the_fastest_method_another_is_first(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(paces, "measured", lambda *_, **__: {"rul": paces.Pace(0.1, 0.1, None, 0.0)})
    spent = budgeting.measured(config(dataset, "nla", "rul"), (800, 900, 7), 15, tmp_path)
    assert list(spent.epochs) == ["rul"]
    monkeypatch.setattr(paces, "measured", lambda *_, **__: {})
    with pytest.raises(JobError, match="No method could be measured"):
        budgeting.measured(config(dataset, "nla"), (800, 900, 7), 15, tmp_path)
