"""Settings are checked once. Mirrors auditor/config.py and auditor/errors.py."""

import inspect
import json

import pytest

from auditor import errors
from auditor.config import DatasetRef, RunConfig, Workspace
from auditor.errors import AuditorError, ConfigError

DATASET = DatasetRef("/faces", "rafdb", "EmoLabel/train_label.txt", "0123456789ab")


def test_a_configuration_survives_its_file():
    config = RunConfig(DATASET, ("man", "nla"), epochs=3, width=0.25, options={"nla": {"detach_weight": False}})
    assert RunConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"methods": ()}, "No method"),
        ({"methods": ("man", "man")}, "twice"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"image_size": 31}, "image size"),
        ({"width": 0.0}, "width"),
        ({"width": float("nan")}, "width"),
        ({"held_out": 0.6}, "held-out"),
        ({"folds": 1}, "folds"),
        ({"seed": -1}, "seed"),
        ({"preset": "huge"}, "preset"),
        ({"labels": "test"}, "labels"),
        ({"batch_size": "many"}, "batch size"),
        ({"batch_size": 0}, "batch size"),
        ({"device": "tpu"}, "device"),
        ({"depth": 19}, "depth"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(changes, word):
    with pytest.raises(ConfigError, match=word):
        RunConfig(**{"dataset": DATASET, "methods": ("man",), **changes})


def test_the_published_preset_has_its_old_name_too_and_holds_nothing_out():
    old, new = (RunConfig(DATASET, ("man",), preset=name) for name in ("paper", "published"))
    assert old == new and new.share_held_out == 0 and new.judged_by_nothing
    assert RunConfig(DATASET, ("man",), preset="published", folds=5).judged_by_nothing is False
    assert RunConfig(DATASET, ("man",), preset="published", held_out=0.1).share_held_out == 0.1
    assert RunConfig(DATASET, ("man",), preset="recommended").share_held_out == 0.05


def test_a_run_of_an_earlier_version_keeps_what_its_preset_was_then():
    """`paper` held images out and took mixed precision: what is called `recommended` now. Its weights were said."""
    written = json.loads(RunConfig(DATASET, ("man",), weights="none", held_out=0.05).to_json())
    del written["reading"]
    config = RunConfig.from_json(json.dumps({**written, "preset": "paper"}))
    assert (config.preset, config.weights, config.share_held_out) == ("recommended", "none", 0.05)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dataset": {}, "methods": ["man"]}', "nonsense"])
def test_a_broken_file_is_one_sentence(text):
    with pytest.raises(ConfigError, match=r"config\.json"):
        RunConfig.from_json(text)


def test_an_unknown_option_is_an_error():
    text = RunConfig(DATASET, ("man",)).to_json().replace('"seed"', '"sed"')
    with pytest.raises(ConfigError, match="sed"):
        RunConfig.from_json(text)


def test_a_workspace_is_private_and_one_that_cannot_be_made_is_named(tmp_path):
    workspace = Workspace(tmp_path / "w").make()
    assert workspace.path.stat().st_mode & 0o077 == 0
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        Workspace(tmp_path / "file" / "w").make()


def test_the_tree_drawn_at_the_head_names_every_error():
    kinds = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, AuditorError)}
    assert {name for name in kinds if name in errors.__doc__} == kinds


def test_a_run_that_goes_on_takes_its_batch_size_for_every_method():
    config = RunConfig(DATASET, ("man", "rul"), options={"man": {"batch_size": 6, "lr": 1}})
    assert config.going_on() == config
    changed = config.going_on("auto", "cpu", "no")
    assert (changed.batch_size, changed.device, changed.precision) == ("auto", "cpu", "no")
    assert changed.options == {"man": {"lr": 1}}
    assert RunConfig.from_json(changed.to_json()) == changed
    with pytest.raises(ConfigError, match="batch size"):
        config.going_on(0)


def test_the_cache_lives_where_it_is_told_to_and_only_its_owner_reads_it(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path / "work")
    assert workspace.cache == tmp_path / "work" / "cache"
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "large" / "cache"))
    assert workspace.make().cache == tmp_path / "large" / "cache"
    assert workspace.cache.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match=r"The cache .*file cannot be made .* with AUDITOR_CACHE\."):
        workspace.make()
