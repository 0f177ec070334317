"""Test models/base.py: moving batches, joining scores, and the helpers of a method."""

import torch

from models.batch import Batch, Scores
from tests.models.small import batch, make, nla


def test_a_batch_moves_but_its_rows_stay():
    original = Batch(torch.tensor([3]), {"plain": torch.zeros(1, 3, 2, 2)}, torch.tensor([1]), None, torch.zeros(1, 2))
    moved = original.to("meta")
    assert len(moved) == 1 and moved.rows.device.type == "cpu"
    assert moved.labels.device.type == moved.views["plain"].device.type == "meta"
    assert moved.label_sets is None and moved.valence_arousal.device.type == "meta"


def test_scores_join_in_order():
    parts = [Scores(torch.full((n, 2), n), torch.zeros(n, 1), {"a": torch.full((n,), n)}) for n in (1, 2)]
    joined = Scores.cat(parts)
    assert joined.probs[:, 0].tolist() == joined.columns["a"].tolist() == [1, 2, 2]
    assert len(joined) == 3


def test_scoring_leaves_the_mode_as_it_was():
    method = nla()
    for training in (True, False):
        method.train(training)
        method.score(batch(method, [0]))
        assert method.training is training and method.net.backbone.bn1.training is training


def test_gradients_are_clipped_where_asked():
    method = make("nla", clip_norm=1e-9, optimiser="sgd", weight_decay=0.0)
    before = method.net.head.weight.clone()
    method.start_epoch(0, None)
    method.train_step(batch(method, [0, 1, 2]), 0)
    assert torch.allclose(method.net.head.weight, before, atol=1e-8)
