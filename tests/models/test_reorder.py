"""Test models/reorder.py: reordered classes keep their predictions."""

import pytest
import torch

from models import registry
from tests.models.noisyfer.published import build
from tests.models.small import batch, make, train

ORDER = [2, 0, 1]


@pytest.mark.parametrize("name", list(registry.methods()))
def test_class_k_becomes_what_class_order_k_was(name):
    method = make(name)
    train(method, stop=2)  # past the first power iterations, whose norms are not yet accurate
    method.eval()
    images = batch(method, list(range(6)), [ORDER[place % 3] for place in range(6)])
    before = method.score(images)
    method.reorder_classes(ORDER)
    images.labels = torch.tensor([place % 3 for place in range(6)])  # the same classes by their new indices
    after = method.score(images)
    assert torch.allclose(after.probs, before.probs[:, ORDER], atol=1e-6)
    for column in ("p_gt", "p_nn", "weight", "sigma", "plausibility", "assignment"):
        if column in before.columns:
            assert torch.allclose(
                after.columns[column].float(), before.columns[column].float(), rtol=1e-3, atol=1e-4
            ), column


def test_every_label_set_of_as_many_classes_is_put_in_order_and_the_decoder_with_it():
    method = build(size=32, width=0.05, classes=3, sets=(3, 4), va=True).eval()
    images = batch(method, [0, 1])
    before, drawn = method.score(images), method.decode(torch.zeros(3, 100), torch.tensor(ORDER))
    method.reorder_classes(ORDER)
    after = method.score(images)
    posterior = before.columns["posterior"]
    expected = torch.cat([posterior[:, :3][:, ORDER], posterior[:, 3:6][:, ORDER], posterior[:, 6:]], dim=1)
    assert torch.allclose(after.columns["posterior"], expected, atol=1e-6)
    assert torch.allclose(method.decode(torch.zeros(3, 100), torch.arange(3)), drawn, atol=1e-5)
