"""Test auditor/training/folding.py: the scores stay the same, and the networks are restored."""

import pytest
import torch

from auditor.training.folding import folded
from models import registry


@pytest.mark.parametrize("method", tuple(registry.methods()))
def test_scores_stay_and_modules_come_back(tiny, tmp_path, method):
    from models.base import Batch

    training = tiny(tmp_path, method, epochs=1)
    training.run()
    network = training.method
    network.train()
    batch = Batch(torch.arange(5), {"plain": torch.randn(5, 3, 32, 32)}, torch.zeros(5, dtype=torch.long))
    state = {name: value.clone() for name, value in network.state_dict().items()}
    modules = list(network.named_modules())
    with torch.inference_mode():
        expected = network.score(batch)
        with folded(network):
            folded_scores = network.score(batch)
    assert torch.allclose(expected.probs, folded_scores.probs, atol=1e-5)
    assert torch.allclose(expected.embedding, folded_scores.embedding, atol=1e-4)
    assert [(name, id(module)) for name, module in modules] == [(n, id(m)) for n, m in network.named_modules()]
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert network.training
