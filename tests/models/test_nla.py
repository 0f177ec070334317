"""Test models/nla.py: the paper's figures, its checkpoint, and its pitfalls."""

import pytest
import torch

from auditor.errors import CheckpointError
from models import registry
from models.base import Setup
from models.nla import divergence_of_views, nla_losses, p_label_and_other, weights
from tests.models.published import faces, filled
from tests.models.small import batch, nla


@pytest.fixture(scope="module")
def figures(reference):
    return reference("losses")["nla"]


@pytest.fixture(scope="module")
def inputs(figures):
    return tuple(torch.tensor(figures[key]) for key in ("logits", "logits_flipped_view", "labels"))


def test_probabilities_and_cases_of_the_paper(figures, inputs):
    logits, _, labels = inputs
    p_label, p_other = p_label_and_other(logits.softmax(1), labels)
    assert torch.allclose(p_label, torch.tensor(figures["p_gt"]), rtol=1e-4)
    assert torch.allclose(p_other, torch.tensor(figures["p_nn"]), rtol=1e-4)
    assert (p_label >= p_other).tolist() == figures["gt_is_max"]


def test_weights_and_losses_of_the_paper_in_every_epoch(figures, inputs):
    logits, mirrored, labels = inputs
    cross_entropy = torch.tensor(figures["ce"])
    for case in figures["cases"]:
        epoch, epochs = case["epoch_zero_based"], case["epochs"]
        weight = weights(*p_label_and_other(logits.softmax(1), labels), epoch, epochs)
        assert torch.allclose(weight, torch.tensor(case["weights"]), rtol=1e-4)
        assert torch.allclose(weight * cross_entropy, torch.tensor(case["weighted_ce"]), rtol=1e-4)
        for detach in (False, True):  # the same numbers; only the gradients differ
            losses = nla_losses(logits, mirrored, labels, epoch, epochs, detach=detach)
            total = 0.5 * losses["plain"] + 0.5 * losses["weighted"] + 0.5 * losses["consistency"]
            assert total.item() == pytest.approx(case["total_loss"], rel=1e-4)


def test_divergence_of_the_paper_grows_with_the_batch(figures, inputs):
    logits, mirrored, _ = inputs
    once = divergence_of_views(logits, mirrored)
    assert once.item() == pytest.approx(figures["jsd_sum"], rel=1e-4)
    twice = divergence_of_views(torch.cat([logits, logits]), torch.cat([mirrored, mirrored]))
    assert twice.item() == pytest.approx(2 * once.item(), rel=1e-5)


def test_options_of_the_paper():
    options = registry.make_options("nla", "published")
    assert (options.lr, options.weight_decay, options.decay) == (1e-4, 1e-4, 0.9)
    assert (options.batch_size, options.epochs, options.consistency_weight) == (32, 60, 0.5)
    assert not options.detach_weight and not options.joined_forward
    assert registry.get("nla").options_type().detach_weight  # ours


def weighted_gradient(detach: bool) -> torch.Tensor:
    logits = torch.tensor([[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]], requires_grad=True)
    losses = nla_losses(logits, logits.detach(), torch.tensor([0]), 0, 60, detach=detach)
    (gradient,) = torch.autograd.grad(losses["weighted"], logits)
    return gradient[0]


def test_pitfall_an_attached_weight_teaches_the_wrong_class():
    """Descent on the published form raises a wrongly predicted class and lowers the given one."""
    assert weighted_gradient(detach=False)[:2].tolist() == pytest.approx([0.07, -0.52], abs=0.005)
    assert weighted_gradient(detach=True)[:2].tolist() == pytest.approx([-0.27, 0.09], abs=0.005)


def test_published_checkpoint_gives_the_published_logits(reference, tmp_path):
    case = reference("checkpoints")["nla"]
    torch.save(filled(case["keys"]), tmp_path / "nla.pth")
    method = registry.build("nla", Setup(7), registry.make_options("nla", "published"))
    method.load_published([tmp_path / "nla.pth"])
    method.eval()
    with torch.inference_mode():
        logits = method.net(faces())[1]
    assert torch.allclose(logits, torch.tensor(case["logits"]), rtol=1e-4, atol=1e-5)


def test_a_checkpoint_with_keys_of_another_method_is_refused(tmp_path):
    torch.save({"layer9.weight": torch.zeros(1)}, tmp_path / "nla.pth")
    with pytest.raises(CheckpointError, match=r"missing: conv1.weight.* and \d+ more; unexpected: layer9.weight"):
        nla().load_published([tmp_path / "nla.pth"])


def test_the_second_view_is_the_mirrored_first():
    method = nla()
    images = batch(method, [0, 1, 2])
    half = images.views["published-nla"][..., :16]
    images.views["published-nla"] = torch.cat([half, half.flip(-1)], dim=-1)
    method.start_epoch(0, None)
    assert method.train_step(images, 0)["consistency"].item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("joined", [False, True])
def test_both_views_can_share_one_forward_pass(joined):
    method = nla(joined_forward=joined)
    method.start_epoch(0, None)
    assert torch.isfinite(method.train_step(batch(method, [0, 1, 2]), 0)["loss"])
    assert method.net.backbone.bn1.num_batches_tracked == (1 if joined else 2)


def test_mirrored_images_are_not_passed_where_nothing_is_learnt_from_them():
    method = nla(consistency_weight=0.0)
    method.start_epoch(0, None)
    assert method.train_step(batch(method, [0, 1, 2]), 0)["consistency"] == 0
    assert method.net.backbone.bn1.num_batches_tracked == 1


def test_the_scored_weight_is_that_of_the_epoch_and_of_the_end_after_loading():
    method = nla()
    p_label, p_other = torch.tensor([0.9]), torch.tensor([0.05])
    first, end = (weights(p_label, p_other, epoch, 3).item() for epoch in (0, 2))
    assert first != pytest.approx(end, rel=1e-3)
    assert int(method.epoch) == 2
    method.start_epoch(0, None)
    assert int(method.state_dict()["epoch"]) == 0
