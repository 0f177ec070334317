"""Test models/optim.py: learning rates over a run, and clipping."""

import pytest
import torch

from models import optim
from models.options import Options


def test_exponential_falls_by_the_epoch():
    options = Options(schedule="exponential", decay=0.9)
    assert [optim.factor(options, p) for p in (0, 0.99, 1.0, 1.5)] == [1, 1, 0.9, 0.9]
    assert optim.factor(options, 3 * (1 / 3)) == 0.9  # sums of fractions may fall just short of a whole epoch


def test_one_cycle_rises_and_falls():
    options = Options(schedule="one-cycle", epochs=10)
    rates = [optim.factor(options, p) for p in (0, 3, 10, 12)]
    assert rates == [pytest.approx(1 / 25), pytest.approx(1), pytest.approx(4e-6), pytest.approx(4e-6)]


@pytest.mark.parametrize(("name", "kind"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")])
def test_optimisers_by_name_with_rates_by_group(name, kind):
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    made = optim.make(Options(optimiser=name, lr=0.1), [{"params": weights[:1]}, {"params": weights[1:], "lr": 1.0}])
    assert type(made).__name__ == kind
    optim.schedule(made, Options(schedule="exponential", decay=0.5), 1.0)
    assert [group["lr"] for group in made.param_groups] == [0.05, 0.5]


def test_clipping_is_off_at_zero():
    weight = torch.nn.Parameter(torch.ones(1))
    made = optim.make(Options(), [{"params": [weight]}])
    weight.grad = torch.tensor([10.0])
    optim.clip(made, 0.0, None)
    assert weight.grad.item() == 10
    optim.clip(made, 1.0, None)
    assert weight.grad.item() == pytest.approx(1, rel=1e-4)
