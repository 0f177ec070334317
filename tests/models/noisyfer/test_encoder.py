"""Test models/noisyfer/encoder.py: any size and class count, and no dropout in eval mode."""

import pytest
import torch
from torch import nn

from models.noisyfer.encoder import Encoder


@pytest.mark.parametrize("size", [32, 48, 50, 64, 128])
@pytest.mark.parametrize("norm", [False, True])
def test_any_image_size(size, norm):
    codes = Encoder(5, size, 0.05, norm=norm)(torch.randn(1, 3, size, size))
    assert codes.mean.shape == codes.log_variance.shape == codes.sample().shape == (1, 100)
    assert codes.labels.shape == (1, 5)


def test_z0_is_drawn_around_its_mean():
    torch.manual_seed(0)
    codes = Encoder(5, 32, 0.05).eval()(torch.randn(4, 3, 32, 32))
    draws = torch.stack([codes.sample() for _ in range(500)])
    assert torch.allclose(draws.mean(0), codes.mean, atol=0.3)
    assert torch.allclose(draws.std(0), (codes.log_variance / 2).exp(), rtol=0.2)


@pytest.mark.parametrize("norm", [False, True])
def test_pooling_before_the_last_relu_changes_no_value_and_no_gradient(norm):
    torch.manual_seed(0)
    block = Encoder(5, 32, 0.05, norm=norm).conv_block1
    images = torch.randn(3, 3, 13, 13)
    pooled_first, expected = block(images), nn.Sequential.forward(block, images)
    assert torch.equal(pooled_first, expected)
    assert (pooled_first == 0).any()
    weights, towards = list(block.parameters()), torch.randn_like(pooled_first)
    gradients = [torch.autograd.grad(maps, weights, towards) for maps in (pooled_first, expected)]
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(*gradients, strict=True))
