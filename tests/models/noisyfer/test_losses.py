"""Test models/noisyfer/losses.py: the paper's figures, and inputs without a concordance."""

import pytest
import torch

from models.noisyfer import losses


@pytest.fixture(scope="module")
def figures(reference):
    return reference("losses")["noisyfer"]


def test_concordance_and_va_loss_of_the_paper(figures):
    predicted, true = torch.tensor(figures["va_pred"]), torch.tensor(figures["va_label"])
    assert losses.ccc(predicted[:, 0], true[:, 0]).item() == pytest.approx(figures["ccc_valence"], rel=1e-4)
    assert losses.ccc(predicted[:, 1], true[:, 1]).item() == pytest.approx(figures["ccc_arousal"], rel=1e-4)
    assert losses.va_loss(predicted, true).item() == pytest.approx(figures["va_loss"], rel=1e-4)


def test_adversarial_losses_of_the_paper(figures):
    encoder, decoder = torch.tensor(figures["scores_encoder_side"]), torch.tensor(figures["scores_decoder_side"])
    assert losses.generator_loss(encoder, decoder).item() == pytest.approx(figures["generator_gan_loss"], rel=1e-4)
    hinge = losses.discriminator_loss(encoder, decoder).item()
    assert hinge == pytest.approx(figures["discriminator_hinge_loss"], rel=1e-4)


def test_concordance_of_a_thing_with_itself_is_not_quite_one_as_published():
    values = torch.tensor([0.1, -0.4, 0.8, 0.3])
    assert losses.ccc(values, values).item() == pytest.approx(3 / 4)


def test_images_without_valence_and_arousal_do_not_count():
    predicted = torch.tensor([[0.2, 0.1], [-0.5, 0.4], [9.0, 9.0], [0.7, -0.2]])
    true = torch.tensor([[0.1, 0.3], [-0.2, 0.1], [torch.nan, 0.0], [0.4, 0.0]])
    known = torch.tensor([0, 1, 3])
    assert torch.equal(losses.va_loss(predicted, true), losses.va_loss(predicted[known], true[known]))


@pytest.mark.parametrize("known", [0, 1])
def test_one_image_or_none_has_no_concordance_and_no_gradient_that_is_not_a_number(known):
    predicted = torch.randn(3, 2, requires_grad=True)
    true = torch.full((3, 2), torch.nan)
    true[:known] = 0.5
    loss = losses.va_loss(predicted, true)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(predicted.grad, torch.zeros(3, 2))


def test_constants_have_a_finite_concordance():
    assert losses.ccc(torch.ones(4), torch.ones(4)).item() == 0


def test_cross_entropy_is_a_mean_over_the_labels_that_there_are():
    logits = torch.tensor([[0.0, 0.0], [3.0, 1.0]])
    assert losses.label_loss(logits, torch.tensor([0, -1])).item() == pytest.approx(0.6931472)
    assert losses.label_loss(logits, torch.tensor([-1, -1])).item() == 0


def test_prior_loss_of_a_standard_normal_is_none():
    assert losses.prior_loss(torch.zeros(2, 5), torch.zeros(2, 5)).item() == 0
    assert losses.prior_loss(torch.ones(2, 5), torch.zeros(2, 5)).item() == pytest.approx(2.5)
