"""The parts shared by the commands. Mirrors auditor/cli: _watch, _run, _opening."""

import argparse
import io
import os

import pytest

from auditor.cli import _opening, _run, _watch
from auditor.config import Workspace
from auditor.errors import ConfigError
from tests.exports.small import rafdb

FIELDS = {
    "phase": "training", "method": "man", "epoch": 1, "epochs": 20, "step": 3, "steps": 16, "progress": 0.25,
    "eta_seconds": 120,
}  # fmt: skip


def test_the_bar_says_what_goes_on_and_how_long_it_takes():
    assert _watch.bar(FIELDS) == "[######..................]  25% training man epoch 2/20 3/16, left 2 min"
    assert _watch.bar({"phase": "decoding images"}, plain=True) == "  0% decoding images"


def test_an_epoch_is_one_line_elsewhere_than_in_a_terminal():
    stream = io.StringIO()
    metrics = {"method": "man", "fold": 1, "epoch": 1, "losses": {"loss": 1.61}, "held_out_accuracy": 0.5,
               "images_per_second": 412.4}  # fmt: skip
    with _watch.watch(stream) as say:
        say({"phase": "reading the labels"})
        say({**FIELDS, "epoch_line": True, "metrics": metrics})
    assert stream.getvalue() == (
        "0% reading the labels\nman fold 1 epoch 2/20  loss 1.610  held out 0.500  412 images/s  left 2 min\n"
    )


def test_a_run_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="no run r1"):
        _run.configuration(Workspace(tmp_path), "r1")


def test_a_workspace_is_the_named_one_or_the_default(tmp_path):
    parser = argparse.ArgumentParser()
    _opening.add_data_arguments(parser)
    assert _opening.open_workspace(parser.parse_args(["d", "--workspace", str(tmp_path)])).path == tmp_path
    assert _opening.open_workspace(parser.parse_args(["d"])) == Workspace.default()


def test_a_data_set_comes_from_the_index_of_a_workspace_that_is_there(tmp_path):
    root = rafdb(tmp_path / "raf", b"train_00001.jpg 5\ntrain_00002.jpg 4\n", 2)
    for path in (root, *root.rglob("*")):  # a file written just now is not trusted yet
        os.utime(path, (1e9, 1e9))
    parser = argparse.ArgumentParser()
    _opening.add_data_arguments(parser)
    args = parser.parse_args([str(root), "--workspace", str(tmp_path / "w")])
    assert len(_opening.open_data(args)) == 2
    assert not (tmp_path / "w").exists()
    Workspace(tmp_path / "w").make()
    for _ in range(2):
        assert len(_opening.open_data(args)) == 2
        assert len(list((tmp_path / "w/cache/index").iterdir())) == 1
    (root / "EmoLabel/train_label.txt").write_text("train_00001.jpg 5\n")
    assert len(_opening.open_data(args)) == 1
