"""Test models/noisyfer/discriminators.py: columns, sizes, and the joint score of other labels."""

import pytest
import torch

from models.noisyfer.discriminators import Discriminators, Side


def side(size: int, count: int = 2, kind: torch.dtype = torch.float32) -> Side:
    labels = tuple(torch.randn(count, classes, dtype=kind) for classes in (3, 4, 2))
    return Side(torch.randn(count, 3, size, size, dtype=kind), torch.randn(count, 100, dtype=kind), labels)


def nets_in_double() -> Discriminators:
    """Fresh weights in eval mode can draw scores up to 1e15, whose digits float32 does not hold."""
    return Discriminators((3, 4, 2), 32, 0.05).eval().double()


@pytest.mark.parametrize("size", [32, 48, 50, 64, 128])
def test_one_column_a_score_at_any_size(size):
    assert Discriminators((3, 4, 2), size, 0.05)(side(size, 1)).shape == (1, 6)


def test_tried_labels_score_as_if_they_were_the_sides_own():
    nets, encoder_side = nets_in_double(), side(32, kind=torch.float64)
    tried = nets.joint_for_labels(encoder_side, torch.eye(3, dtype=torch.float64))
    assert tried.shape == (2, 3)
    for label in range(3):
        one_hot = torch.eye(3, dtype=torch.float64)[[label, label]]
        direct = nets(Side(encoder_side.images, encoder_side.z0, (one_hot, *encoder_side.labels[1:])))[:, -1]
        assert torch.allclose(tried[:, label], direct, rtol=1e-4, atol=1e-5)


def test_both_sides_in_one_call_score_as_in_two():
    nets = nets_in_double()
    first, second = side(32, kind=torch.float64), side(32, 1, kind=torch.float64)
    joined = nets(Side.cat(first, second))
    assert torch.allclose(joined, torch.cat([nets(first), nets(second)]), rtol=1e-4, atol=1e-5)
