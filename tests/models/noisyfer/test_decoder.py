"""Test models/noisyfer/decoder.py: the published layouts, and other sizes."""

import pytest
import torch

from models.noisyfer.decoder import Decoder, hidden_channels, start


def test_published_layouts():
    assert [start(size) for size in (32, 64, 128)] == [(1, 5), (1, 6), (1, 7)]
    assert hidden_channels(5) == [512, 512, 256, 128]
    assert hidden_channels(6) == [512, 512, 256, 128, 64]
    assert hidden_channels(7) == [512, 512, 512, 256, 128, 64]


@pytest.mark.parametrize("size", [32, 33, 48, 50, 64, 100, 128])
def test_draws_any_size_in_range_also_a_single_image(size):
    drawn = Decoder(12, size, 0.05)(torch.randn(1, 12))
    assert drawn.shape == (1, 3, size, size)
    assert drawn.abs().max() <= 1
