"""Test auditor/training/loop.py: every method trains, stops and resumes, and failures give clear errors.

Its lines: auditor/training/metrics.py.
"""

import dataclasses
import errno
import json

import numpy as np
import pytest
import torch

from auditor.errors import TrainingError
from auditor.training import checkpoints, loop
from auditor.training.dynamics import Dynamics
from auditor.training.listener import Listener
from auditor.training.scoring import Stopped
from models import registry

METHODS = tuple(registry.methods())


class StopAt(Listener):
    """Stops at the call number `times` of `stopping`."""

    def __init__(self, times):
        self.left = times

    def stopping(self):
        self.left -= 1
        return self.left < 0


def columns_of(folder):
    record = Dynamics.open(folder / "dynamics")
    return {"probs": np.array(record.probs), **{name: np.array(record.column(name)) for name in record.columns}}


@pytest.mark.parametrize("method", METHODS)
def test_stops_anywhere_and_resumes_with_the_numbers_of_an_unbroken_run(tiny, tmp_path, method):
    options = {"warm_up": 1} if method == "man" else {}
    whole = tiny(tmp_path / "whole", method, **options).run()
    stops = 0
    for times in (2, 3, 1, 2, 50):  # at a first step, within an epoch, in a scoring pass
        try:
            resumed = tiny(tmp_path / "broken", method, listener=StopAt(times), **options).run()
            break
        except Stopped:
            stops += 1
    assert stops >= 2
    assert torch.equal(whole.probs, resumed.probs)
    assert torch.equal(whole.embedding, resumed.embedding)
    expected, resumed_columns = columns_of(tmp_path / "whole"), columns_of(tmp_path / "broken")
    assert expected.keys() == resumed_columns.keys()
    for name in expected:
        assert np.array_equal(expected[name], resumed_columns[name], equal_nan=True), name
    lines = [json.loads(line) for line in (tmp_path / "broken" / "metrics.jsonl").read_text().splitlines()]
    whole_lines = [json.loads(line) for line in (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    for line, other in zip(lines, whole_lines, strict=True):
        assert line["losses"] == pytest.approx(other["losses"], rel=1e-4)


def test_metrics_and_roles(tiny, tmp_path):
    training = tiny(tmp_path, epochs=1)
    training.run()
    (line,) = (tmp_path / "metrics.jsonl").read_text().splitlines()
    metrics = json.loads(line)
    assert metrics["method"] == "man" and metrics["fold"] is None and metrics["epoch"] == 0
    assert 0 <= metrics["held_out_accuracy"] <= 1 and 0 <= metrics["test_accuracy"] <= 1
    record = Dynamics.open(tmp_path / "dynamics")
    assert record.labels[-2:].tolist() == [-1, -1] and record.role.tolist().count(1) == 2


def test_a_loss_that_is_not_a_number_stops_the_run_and_keeps_the_last_checkpoint(tiny, tmp_path, monkeypatch):
    tiny(tmp_path, epochs=1).run()
    before = (tmp_path / checkpoints.NAME).read_bytes()
    training = tiny(tmp_path, epochs=2)
    step = training.method.train_step

    def poisoned(batch, epoch):
        losses = step(batch, epoch)
        return {**losses, "loss": losses["loss"] * float("nan")}

    monkeypatch.setattr(training.method, "train_step", poisoned)
    with pytest.raises(TrainingError, match=r"MAN's loss became NaN or infinite in epoch 2.*last good checkpoint is"):
        training.run()
    assert (tmp_path / checkpoints.NAME).read_bytes() == before


def test_weights_that_become_infinite_in_the_last_step_are_not_kept(tiny, tmp_path, monkeypatch):
    training = tiny(tmp_path, epochs=1)
    step = training.method.train_step

    def poisoned(batch, epoch):
        losses = step(batch, epoch)
        with torch.no_grad():
            next(training.method.parameters()).fill_(float("inf"))
        return {name: torch.zeros(()) for name in losses}

    monkeypatch.setattr(training.method, "train_step", poisoned)
    with pytest.raises(TrainingError, match="prediction became NaN"):
        training.run()
    assert not (tmp_path / checkpoints.NAME).exists()


def test_a_full_disk_is_a_sentence_and_the_run_goes_on_when_there_is_room(tiny, tmp_path, monkeypatch):
    whole = tiny(tmp_path / "whole").run()
    save, saved = torch.save, []

    def full(content, file):
        saved.append(file)
        if len(saved) == 2:
            file.write(b"half a checkpoint")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(content, file)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(TrainingError, match="is full; free some space and resume"):
        tiny(tmp_path / "run").run()
    assert checkpoints.newest(tmp_path / "run").epoch == 1
    monkeypatch.undo()
    assert torch.equal(tiny(tmp_path / "run").run().probs, whole.probs)


def test_a_damaged_checkpoint_falls_back_to_the_previous_one(tiny, tmp_path):
    whole = tiny(tmp_path / "whole").run()
    with pytest.raises(Stopped):
        tiny(tmp_path / "run", listener=StopAt(9)).run()
    newest = tmp_path / "run" / checkpoints.NAME
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    assert torch.equal(tiny(tmp_path / "run").run().probs, whole.probs)


@pytest.mark.parametrize("method", METHODS)
def test_a_last_batch_of_one_and_two_classes(tiny, tmp_path, method):
    scores = tiny(tmp_path, method, images=21, classes=2, epochs=1).run()  # 17 to train on: 8 + 8 + 1
    assert scores.probs.shape == (21, 2)
    assert torch.allclose(scores.probs.sum(1), torch.ones(21), atol=1e-4)


def test_long_epochs_are_saved_on_the_way(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    saved = []
    monkeypatch.setattr(loop.checkpoints, "save", lambda _, checkpoint: saved.append(checkpoint))
    tiny(tmp_path, epochs=1).run()
    assert [(each.epoch, each.step) for each in saved] == [(0, 1), (0, 2), (0, 3), (1, 0)]


@pytest.mark.parametrize("view", ["weak", "plain"])
def test_man_may_be_divided_by_the_plain_images_or_by_their_weak_view_drawn_anew(tiny, tmp_path, view):
    """The paper divides by augmented images, and a resumed run keeps the division that it drew."""
    options = {"warm_up": 1, "division_view": view, "weak_view": "published-weak"}
    training = tiny(tmp_path / "whole", **options)
    divided = []
    own = training.method.start_epoch

    def watched(epoch, last):
        own(epoch, last)
        divided.append(last)

    training.method.start_epoch = watched
    whole = training.run()
    record = Dynamics.open(tmp_path / "whole" / "dynamics")
    scored = [torch.from_numpy(record.probs[epoch].astype(np.float32)) for epoch in (0, 1)]
    same = [torch.allclose(last.probs, plain, atol=1e-3) for last, plain in zip(divided[1:], scored, strict=True)]
    assert all(same) == (view == "plain")
    with pytest.raises(Stopped):
        tiny(tmp_path / "broken", listener=StopAt(6), **options).run()
    assert torch.equal(tiny(tmp_path / "broken", **options).run().probs, whole.probs)


def test_augmented_views_begin_with_the_images_at_their_own_size(tiny, tmp_path):
    """Training at 32 pixels from files of 20: the views are made from the small images and then resized."""
    training = tiny(tmp_path, "nla", epochs=1, view="published-nla")
    draw = np.random.default_rng(1)
    own = draw.integers(0, 256, (22, 20, 20, 3)).astype(np.uint8)
    data = dataclasses.replace(training.data, own_size=own)
    again = dataclasses.replace(training, data=data)
    trained_views = []
    step = again.method.train_step
    again.method.train_step = lambda batch, epoch: (
        trained_views.append(batch.views["published-nla"]) or step(batch, epoch)
    )
    again.run()
    assert again.training_feed is not again.feed
    assert {tuple(view.shape[1:]) for view in trained_views} == {(3, 32, 32)}
    spread = torch.cat(trained_views)[:, :, :, 1:] - torch.cat(trained_views)[:, :, :, :-1]
    assert spread.abs().mean() < 1.2  # enlarged: neighbouring pixels are similar, unlike pixels drawn at 32


def test_images_may_be_learnt_in_the_order_of_the_file(tiny, tmp_path):
    training = tiny(tmp_path, "noisyfer", epochs=1, order="file")
    rows = []
    step = training.method.train_step
    training.method.train_step = lambda batch, epoch: rows.extend(batch.rows.tolist()) or step(batch, epoch)
    training.run()
    assert rows == list(range(18))


def test_a_data_set_whose_classes_became_others_is_not_trained_on_from_a_checkpoint(tiny, tmp_path):
    first = dataclasses.replace(tiny(tmp_path, epochs=1), class_names=("a", "b", "c"))
    first.run()
    with pytest.raises(TrainingError, match="was begun on the classes a, b, c, and the data set now has a, c, b"):
        dataclasses.replace(tiny(tmp_path, epochs=2), class_names=("a", "c", "b")).run()
