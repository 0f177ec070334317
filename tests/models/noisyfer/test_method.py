"""Test models/noisyfer/method.py: both modes, the start of the adversarial part, and the paper's pitfalls."""

import math

import pytest
import torch

from auditor.errors import ConfigError
from models.base import Batch
from models.noisyfer.losses import margin
from tests.models.noisyfer.published import build
from tests.models.small import batch

SMALL = {"size": 32, "width": 0.05}


def step(method, epoch: int, rows=(0, 1, 2, 3)) -> dict:
    method.start_epoch(epoch, None)
    return method.train_step(batch(method, list(rows)), epoch)


def state(module) -> dict:
    return {name: parameter.detach().clone() for name, parameter in module.named_parameters()}


def changed(module, before: dict) -> bool:
    return any(not torch.equal(parameter, before[name]) for name, parameter in module.named_parameters())


def test_a_recipe_that_starts_at_once_does_so_in_the_first_epoch():
    assert "gan" in step(build(**SMALL, recipe="affectnet"), 0)


@pytest.mark.parametrize(("sets", "va"), [((), True), ((7, 7), False), ((), False), ((7, 7, 9, 7), True)])
def test_both_modes_alone_and_together(sets, va):
    method = build(**SMALL, sets=sets, va=va, gan_start_epoch=0)
    losses = step(method, 1)
    names = {"loss", "expression", "discriminator", "gan", *(f"label_set_{n + 1}" for n in range(len(sets)))}
    assert set(losses) == names | ({"va"} if va else set())
    whole = sum(losses[name] for name in losses if name not in ("loss", "discriminator"))
    assert losses["loss"].item() == pytest.approx(whole.item(), rel=1e-4)
    scores = method.score(batch(method, [0, 1]))
    assert scores.columns["posterior"].shape == (2, 7 + sum(sets))
    assert torch.equal(scores.columns["posterior"][:, :7], scores.probs)


def test_more_than_five_label_sets_are_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="5 label sets"):
        build(**SMALL, sets=(7,) * 5)


def test_before_the_adversarial_part_only_the_encoder_learns():
    method = build(**SMALL)
    nets = (method.encoder, method.decoder, method.discriminators)
    before = [state(net) for net in nets]
    assert "gan" not in step(method, 5)
    assert [changed(net, old) for net, old in zip(nets, before, strict=True)] == [True, False, False]
    assert "gan" in step(method, 6)
    assert all(changed(net, old) for net, old in zip(nets, before, strict=True))


def test_discriminators_step_twice_on_codes_that_pass_no_gradient_on(monkeypatch):
    method = build(**SMALL, gan_start_epoch=0)
    steps = []
    own = method.step

    def watched(name="main"):
        if name == "discriminators":
            assert all(parameter.grad is None for parameter in method.encoder.parameters())
            assert all(parameter.grad is None for parameter in method.decoder.parameters())
        else:
            assert all(parameter.grad is None for parameter in method.discriminators.parameters())
        steps.append(name)
        own(name)

    monkeypatch.setattr(method, "step", watched)
    step(method, 1)
    assert steps == ["discriminators", "discriminators", "main"]
    assert all(parameter.requires_grad for parameter in method.parameters())


def test_a_batch_of_one_image_has_no_concordance_but_a_step():
    method = build(**SMALL, gan_start_epoch=0)
    losses = step(method, 1, rows=[0])
    assert losses["va"].item() == 0
    assert all(math.isfinite(float(value)) for value in losses.values())


def test_absent_labels_of_further_sets_and_absent_values_are_taken():
    method = build(**SMALL, sets=(7,), va=True, gan_start_epoch=0)
    images = batch(method, [0, 1, 2])
    images.label_sets = torch.full((3, 1), -1)
    images.valence_arousal = torch.full((3, 2), torch.nan)
    method.start_epoch(1, None)
    losses = method.train_step(images, 1)
    assert losses["label_set_1"].item() == losses["va"].item() == 0
    assert all(math.isfinite(float(value)) for value in losses.values())


def test_raw_logits_or_probabilities_meet_the_one_hots(monkeypatch):
    seen = {}
    for kind in ("logits", "probabilities"):
        method = build(**SMALL, va=False, gan_start_epoch=0, label_codes=kind, joined_forward=True)
        torch.nn.init.constant_(method.encoder.c_layer.bias, 3.0)
        whole = method.discriminators.forward
        monkeypatch.setattr(
            method.discriminators, "forward", lambda side, k=kind, f=whole: seen.update({k: side}) or f(side)
        )
        step(method, 1)
    half = len(seen["logits"].z0) // 2
    assert seen["logits"].labels[0][:half].sum(1).min() > 7
    assert torch.allclose(seen["probabilities"].labels[0].sum(1), torch.ones(2 * half))


def test_log_variance_has_no_prior_unless_asked_and_can_be_limited():
    method = build(**SMALL, log_variance_limit=2.0, prior_weight=0.1)
    torch.nn.init.constant_(method.encoder.logvar_layer.bias, 50.0)
    assert method._encode(torch.randn(2, 3, 32, 32)).log_variance.max() == 2
    assert "prior" in step(method, 0)
    assert "prior" not in step(build(**SMALL), 0)


def test_a_further_set_can_count_for_less():
    torch.manual_seed(0)
    full = build(**SMALL, sets=(7,), va=False, dropout=0.0)
    torch.manual_seed(0)
    less = build(**SMALL, sets=(7,), va=False, dropout=0.0, set_weight=0.1)
    assert step(less, 0)["label_set_1"].item() == pytest.approx(0.1 * step(full, 0)["label_set_1"].item(), rel=1e-4)


def test_plausibility_is_the_given_label_against_the_best_other():
    scores = torch.tensor([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0], [1.0, 1.0, 1.0]])
    values = margin(scores, torch.tensor([0, 2, -1]))
    assert values[:2].tolist() == [1, -4] and values[2].isnan()


def test_plausibility_needs_the_discriminators():
    method = build(**SMALL)
    images = batch(method, [0, 1])
    assert torch.isfinite(method.score(images).columns["plausibility"]).all()
    method.judged.fill_(False)
    assert method.score(images).columns["plausibility"].isnan().all()


def test_faces_for_every_label():
    method = build(size=48, width=0.05, sets=(7,), va=True)
    images = batch(method, [0, 1, 2]).views["plain"]
    faces = method.faces_for_labels(images)
    assert faces.shape == (3, 7, 3, 48, 48)
    assert faces.abs().max() <= 1
    assert not torch.allclose(faces[:, 0], faces[:, 1])
    assert method.decode(torch.zeros(2, 100), torch.tensor([0, 6])).shape == (2, 3, 48, 48)


def test_learns_to_tell_bright_from_dark_images_while_the_adversarial_part_runs():
    options = {"epochs": 10, "batch_size": 8, "lr": 3e-3, "dropout": 0.0, "gan_start_epoch": 7, "gan_weight": 0.1}
    torch.manual_seed(0)
    method = build(**SMALL, va=False, label_codes="probabilities", encoder_norm=True, **options)
    labels = torch.arange(32) % 2
    images = (0.2 * torch.randn(32, 3, 32, 32) + (labels - 0.5)[:, None, None, None]).clamp(-1, 1)
    for epoch in range(10):
        method.start_epoch(epoch, None)
        for rows in torch.randperm(32).split(8):
            method.train_step(Batch(rows, {"published-noisyfer": images[rows]}, labels[rows]), epoch)
    scores = method.score(Batch(torch.arange(32), {"plain": images}, labels))
    assert (scores.probs.argmax(1) == labels).float().mean() > 0.9
