"""Test models/noisyfer/spectral.py: the weight's largest singular value becomes 1."""

import pytest
import torch

from models.noisyfer.spectral import SpectralConv, SpectralDeconv, SpectralLinear


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (SpectralLinear(5, 3), (2, 5)),
        (SpectralConv(4, 6, 3), (2, 4, 8, 8)),
        (SpectralDeconv(4, 6), (2, 4, 8, 8)),
    ],
)
def test_power_iterations_find_the_norm(layer, shape):
    for _ in range(200):
        output = layer(torch.zeros(shape))
    matrix = layer.weight().movedim(layer.outputs_at, 0).flatten(1)
    assert torch.linalg.matrix_norm(matrix, 2).item() == pytest.approx(1, abs=1e-3)
    assert output.shape[1] == matrix.shape[0]


def test_eval_mode_divides_by_the_stored_vectors_and_moves_nothing():
    layer = SpectralLinear(2, 2).eval()
    with torch.no_grad():
        layer.weight_orig.copy_(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        layer.weight_u.copy_(torch.tensor([1.0, 0.0]))
        layer.weight_v.copy_(torch.tensor([1.0, 0.0]))
    assert torch.equal(layer.weight(), torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    assert torch.equal(layer.weight_u, torch.tensor([1.0, 0.0]))


def test_two_forwards_before_one_backward():
    layer = SpectralLinear(3, 2)
    (layer(torch.ones(1, 3)).sum() + layer(torch.ones(1, 3)).sum()).backward()
    assert torch.isfinite(layer.weight_orig.grad).all()


def test_a_held_weight_is_computed_once_and_forgotten_after():
    layer = SpectralLinear(3, 2).eval()
    before = layer.weight()
    with torch.no_grad(), layer.held():
        assert layer.weight() is layer.weight()
        assert torch.equal(layer.weight(), before)
        layer.weight_orig.mul_(0).add_(torch.eye(2, 3))
        assert torch.equal(layer.weight(), before)
    assert not torch.equal(layer.weight(), before)


def test_sigma_is_of_the_vectors_after_the_step():
    layer = SpectralLinear(4, 3)
    matrix = layer.weight_orig.detach().clone()
    weight = layer.weight()
    assert torch.allclose(matrix / weight, torch.dot(layer.weight_u, matrix @ layer.weight_v))
