"""Test models/checkpoint.py: no code of a file runs, and errors name what does not fit."""

import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from auditor.errors import CheckpointError
from models import checkpoint


class Payload:
    """The content of a hostile file: unpickling it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path):
    torch.save({"state_dict": Payload(tmp_path / "written")}, tmp_path / "hostile.pth")
    (tmp_path / "old.pth").write_bytes(pickle.dumps(Payload(tmp_path / "written"), protocol=2))
    for name in ("hostile.pth", "old.pth"):
        with pytest.raises(CheckpointError, match=r"asks for .*open\), and loading it could run code"):
            checkpoint.read(tmp_path / name)
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04cut short", b"no checkpoint at all"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_damaged_file_is_one_sentence(tmp_path, content, suffix):
    file = tmp_path / f"damaged{suffix}"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a readable PyTorch or safetensors file"):
        checkpoint.read(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"There is no weight file .*none.pth"):
        checkpoint.read(tmp_path / "none.pth")


def test_safetensors_are_read(tmp_path):
    save_file({"weight": torch.ones(2)}, tmp_path / "weights.safetensors")
    assert checkpoint.read(tmp_path / "weights.safetensors")["weight"].tolist() == [1, 1]


def test_a_file_of_another_form_says_what_it_holds(tmp_path):
    with pytest.raises(
        CheckpointError, match="holds 2 entries: epoch, weights; expected a state dict under 'model1_state_dict'"
    ):
        checkpoint.state_dict({"epoch": 1, "weights": {}}, tmp_path, "model1_state_dict")
    with pytest.raises(CheckpointError, match="holds a list; expected a state dict"):
        checkpoint.state_dict([1], tmp_path)


def test_missing_unexpected_and_wrong_shapes_are_named_and_nothing_is_loaded():
    layer = nn.Linear(2, 3)
    before = layer.weight.clone()
    with pytest.raises(CheckpointError) as caught:
        checkpoint.fit(layer, {"weight": torch.zeros(3, 4), "extra": torch.zeros(1)}, "the file")
    message = str(caught.value)
    assert "missing: bias" in message and "unexpected: extra" in message
    assert "weight is (3, 4) instead of (3, 2)" in message
    assert torch.equal(layer.weight, before)


def test_several_modules_load_from_one_state_dict():
    body, head = nn.Sequential(nn.Linear(1, 1)), nn.Linear(1, 2)
    state = {"0.weight": torch.ones(1, 1), "0.bias": torch.ones(1)}
    state |= {"fc.weight": torch.ones(2, 1), "fc.bias": torch.ones(2)}
    checkpoint.fit_parts({"": body, "fc.": head}, state, "the file")
    assert head.bias.tolist() == [1, 1] and body[0].bias.item() == 1
