"""Test auditor/training/checkpoints.py and disk.py: checkpoints are complete, and failures give clear errors."""

import errno

import pytest
import torch

from auditor.errors import CheckpointError, TrainingError
from auditor.training import checkpoints, published
from auditor.training.checkpoints import Checkpoint
from auditor.training.disk import room


def checkpoint(epoch):
    return Checkpoint("man", {"width": 1.0}, {"lr": 0.1}, epoch, 0, {"w": torch.ones(2) * epoch}, {}, {"loss": 1.5})


def test_the_one_before_is_kept_and_the_newest_is_read(tmp_path):
    assert checkpoints.newest(tmp_path) is None
    for epoch in (1, 2, 3):
        checkpoints.save(tmp_path, checkpoint(epoch))
    newest = checkpoints.newest(tmp_path)
    assert newest.epoch == 3 and newest.sums == {"loss": 1.5} and newest.state_dict["w"].tolist() == [3, 3]
    assert checkpoints.load(tmp_path / checkpoints.PREVIOUS).epoch == 2
    assert {path.name for path in tmp_path.iterdir()} == {checkpoints.NAME, checkpoints.PREVIOUS}


def test_files_that_are_not_ours_are_refused_with_a_sentence(tmp_path):
    file = tmp_path / "other.pt"
    with pytest.raises(CheckpointError, match="cannot be used"):
        checkpoints.load(file)
    file.write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError, match=r"cannot be used|is refused"):
        checkpoints.load(file)
    torch.save({"w": torch.ones(1)}, file)
    with pytest.raises(CheckpointError, match="not a checkpoint of this program"):
        checkpoints.load(file)
    torch.save({"format": 1, "code": print}, file)
    with pytest.raises(CheckpointError, match=r"is refused|cannot be used"):
        checkpoints.load(file)


@pytest.mark.parametrize("message", ["PytorchStreamWriter failed writing file", "unexpected pos 64 vs 0"])
def test_torch_s_own_words_for_a_full_disk_are_understood(tmp_path, message):
    with pytest.raises(TrainingError, match="is full; free some space"), room(tmp_path):
        raise RuntimeError(message)


def test_other_troubles_keep_their_names(tmp_path):
    with pytest.raises(TrainingError, match="cannot be written to"), room(tmp_path):
        raise OSError(errno.EROFS, "Read-only file system")
    with pytest.raises(RuntimeError, match="shapes differ"), room(tmp_path):
        raise RuntimeError("shapes differ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"width": 1e6}, "its width is 1000000.0"),
        ({"width": float("nan")}, "its width is nan"),
        ({"image_size": 10**6}, "its image size is 1000000"),
        ({"num_rows": 10**12}, "its number of images"),
        ({"num_classes": 10**9}, "its number of classes"),
        ({"label_set_classes": [7] * 100}, "its number of label sets"),
        ({"label_set_classes": None}, "not iterable"),
        ({"width": "wide"}, "not supported"),
        ({"code": 1}, "unexpected keyword"),
    ],
)
def test_a_checkpoint_that_names_a_network_of_any_size_is_refused(tmp_path, change, reason):
    setup = {"num_classes": 7, "image_size": 32, "width": 0.5, "label_set_classes": []}
    assert published._setup(Checkpoint("man", setup, {}, 1, 0, {}, {}), tmp_path, 60).num_classes == 7
    with pytest.raises(CheckpointError, match=f"does not fit what this program saves.*{reason}"):
        published._setup(Checkpoint("man", {**setup, **change}, {}, 1, 0, {}, {}), tmp_path, 60)


@pytest.mark.parametrize(
    ("done", "batch", "processes", "steps"),
    [
        (32, 16, 1, 2),  # the same size
        (32, 8, 1, 4),
        (32, 8, 2, 2),
        (48, 32, 1, 1),  # 16 images are trained on twice
        (100, 16, 1, 7),  # the epoch's steps are done, the last of 4 images
        (100, 150, 1, 1),
        (0, 16, 1, 0),
    ],
)
def test_a_resume_with_another_batch_size_or_more_processes_goes_on_at_the_same_image(done, batch, processes, steps):
    resumed = checkpoints.Checkpoint("man", {}, {"batch_size": 16}, 0, 9, {}, {}, done=done)
    assert checkpoints.step_at(resumed, 100, batch * processes) == steps


def test_a_checkpoint_of_an_earlier_version_counts_by_its_own_batch_size():
    earlier = checkpoints.Checkpoint("man", {}, {"batch_size": 16}, 0, 3, {}, {})
    assert checkpoints.step_at(earlier, 100, 8) == 6
