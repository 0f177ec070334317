"""Test models/rul.py: the paper's figures, its checkpoint, and its pitfalls."""

import pytest
import torch

from auditor.errors import CheckpointError
from models import registry
from models.base import Setup
from models.rul import add_up_loss, mix, uncertainty
from tests.models.published import faces, filled
from tests.models.small import batch, make, rul


@pytest.fixture(scope="module")
def figures(reference):
    return reference("losses")["rul"]


def test_uncertainty_mixing_and_loss_of_the_paper(figures):
    mu, log_var, labels, partner, weight, bias = (
        torch.tensor(figures[key]) for key in ("mu", "log_var", "labels", "permutation", "fc_weight", "fc_bias")
    )
    sigma = uncertainty(log_var)
    assert torch.allclose(sigma, torch.tensor(figures["uncertainty"]), rtol=1e-4)
    share = sigma / (sigma + sigma[partner])
    assert torch.allclose(share, torch.tensor(figures["att1"]), rtol=1e-4)
    assert torch.allclose(1 - share, torch.tensor(figures["att2"]), rtol=1e-4)
    mixed = mix(mu, sigma, partner)
    assert torch.allclose(mixed, torch.tensor(figures["mixed"]), rtol=1e-4, atol=1e-6)
    logits = mixed @ weight.T + bias
    assert torch.allclose(logits, torch.tensor(figures["logits"]), rtol=1e-4, atol=1e-5)
    loss = add_up_loss(logits, labels, labels[partner])
    assert loss.item() == pytest.approx(figures["add_up_loss"], rel=1e-4)


def test_options_of_the_paper():
    options = registry.make_options("rul", "published")
    assert (options.lr, options.head_lr, options.weight_decay, options.decay) == (2e-4, 2e-3, 1e-4, 0.9)
    assert (options.batch_size, options.epochs, options.dropout) == (64, 60, 0.4)


def test_the_last_layer_learns_at_its_own_rate_and_both_decay_by_the_epoch():
    method = rul(setup_changes={"steps_per_epoch": 1})
    rates = []
    for epoch in range(2):
        method.start_epoch(epoch, None)
        method.train_step(batch(method, [0, 1, 2, 3]), epoch)
        rates.append([group["lr"] for group in method.optimisers["main"].param_groups])
    assert rates == [[2e-4, 2e-3], [pytest.approx(1.8e-4), pytest.approx(1.8e-3)]]


def test_published_checkpoint_gives_the_published_outputs(reference, tmp_path):
    case = reference("checkpoints")["rul"]
    torch.save(
        {"model_state_dict": filled(case["keys"]), "fc_state_dict": filled(case["fc_keys"])}, tmp_path / "rul.pth"
    )
    method = registry.build("rul", Setup(7), registry.make_options("rul", "published"))
    method.load_published([tmp_path / "rul.pth"])
    images = faces()
    with torch.inference_mode():
        method_scores = method.score(batch_of(images))
        logits = method.fc(method_scores.embedding)
    assert torch.allclose(logits, torch.tensor(case["logits"]), rtol=1e-4, atol=1e-5)
    assert torch.allclose(method_scores.columns["sigma"], torch.tensor(case["uncertainty"]), rtol=1e-4)


def batch_of(images):
    rul_batch = batch(rul(), [0, 1])
    rul_batch.views = {"plain": images}
    return rul_batch


def test_a_checkpoint_of_another_image_size_says_which_layers_do_not_fit(tmp_path):
    other = rul(setup_changes={"image_size": 64})
    model = {key: value for key, value in other.state_dict().items() if not key.startswith("fc.")}
    renamed = {key.replace("backbone.conv1", "features.0"): value for key, value in model.items()}
    torch.save({"model_state_dict": renamed, "fc_state_dict": other.fc.state_dict()}, tmp_path / "rul.pth")
    with pytest.raises(CheckpointError, match=r"mu.3.weight is \(64, 1024\) instead of \(64, 256\)"):
        rul().load_published([tmp_path / "rul.pth"])


@pytest.mark.parametrize("size", [32, 47, 100])
def test_the_flattened_branches_follow_the_image_size(size):
    method = make("rul", setup_changes={"image_size": size, "stem": "imagenet", "width": 0.0625})
    method.start_epoch(0, None)
    assert torch.isfinite(method.train_step(batch(method, [0, 1]), 0)["loss"])


def test_pitfall_a_lone_image_is_mixed_with_itself_and_norms_by_the_running_statistics():
    method = rul()
    method.start_epoch(0, None)
    before = method.mu[4].running_mean.clone()
    assert torch.isfinite(method.train_step(batch(method, [0]), 0)["loss"])
    assert torch.equal(method.mu[4].running_mean, before)


def test_pitfall_the_direction_of_sigma_is_not_assumed():
    assert registry.get("rul").columns["sigma"].direction == "unknown"


def test_pitfall_tiny_sigmas_stay_apart_and_mixing_stays_finite():
    """In real runs the values span 3e-7 to 1.8, and float16 would make many of them equal."""
    assert registry.get("rul").columns["sigma"].dtype == "float32"
    sigma = uncertainty(torch.tensor([[-15.0], [-14.9], [-1000.0], [-1000.0]]))
    assert sigma[0] < sigma[1]
    assert torch.isfinite(mix(torch.ones(4, 2), sigma, torch.tensor([1, 0, 3, 2]))).all()


def test_the_more_uncertain_of_a_pair_weighs_more():
    mixed = mix(torch.tensor([[0.0], [1.0]]), torch.tensor([3.0, 1.0]), torch.tensor([1, 0]))
    assert mixed.flatten().tolist() == [0.25, 0.25]
