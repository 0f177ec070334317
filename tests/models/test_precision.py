"""Test models/precision.py: half precision becomes float32, float64 stays, and a checkpoint has fp16's loss scale."""

import copy
import functools

import pytest
import torch
from accelerate import Accelerator

from models import precision
from models.precision import full
from tests.models.small import make, train


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32(kind):
    assert full(torch.ones(2, dtype=kind)).dtype == torch.float32


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_full_precision_stays(kind):
    values = torch.ones(2, dtype=kind)
    assert full(values) is values


def scaled_accelerator():
    """Accelerate on the CPU with fp16's loss scale, which it would build on a GPU only."""
    accelerator = Accelerator(cpu=True)
    accelerator.scaler = torch.amp.GradScaler("cpu")
    return accelerator


@pytest.mark.parametrize("name", ["rul", "noisyfer"])  # one optimiser, and two that share the scale
def test_the_loss_scale_is_in_the_checkpoint_and_a_resume_goes_on_with_it(name, monkeypatch):
    scaler = functools.partial(torch.amp.GradScaler, init_scale=8.0, growth_interval=3)
    monkeypatch.setattr(torch.amp, "GradScaler", scaler)
    whole = make(name)
    whole.prepare(scaled_accelerator())
    train(whole, stop=2)
    kept = whole.state_dict(), whole.training_state()
    kept = copy.deepcopy(kept)
    last, _ = train(whole, first=2, stop=3)
    assert kept[1][precision.SCALE]["scale"] > 8 and kept[1][precision.SCALE]["_growth_tracker"] < 3

    resumed = make(name)
    resumed.prepare(scaled_accelerator())
    resumed.load_state_dict(kept[0])
    resumed.load_training_state(kept[1])
    again, _ = train(resumed, first=2, stop=3)
    assert torch.equal(again.probs, last.probs)
    assert resumed.training_state()[precision.SCALE] == whole.training_state()[precision.SCALE]


def test_every_method_begins_with_a_scale_of_its_own():
    accelerator = scaled_accelerator()
    first = make("rul")
    first.prepare(accelerator)
    accelerator.scaler.load_state_dict({**accelerator.scaler.state_dict(), "scale": 4.0})
    second = make("rul")
    second.prepare(accelerator)
    assert second.training_state()[precision.SCALE]["scale"] == 65536.0


def test_a_checkpoint_of_float32_goes_on_in_fp16_and_back():
    plain, scaled = make("rul"), make("rul")
    plain.prepare(Accelerator(cpu=True))
    scaled.prepare(scaled_accelerator())
    train(plain, stop=1), train(scaled, stop=1)
    state, other = plain.training_state(), scaled.training_state()
    assert precision.SCALE not in state and precision.SCALE in other
    plain.load_training_state(other)
    scaled.load_training_state(state)
    assert scaled.training_state()[precision.SCALE] == other[precision.SCALE]
