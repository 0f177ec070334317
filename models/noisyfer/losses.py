"""NoisyFER's losses."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from models.precision import full


def label_loss(logits: Tensor, labels: Tensor, shares: Tensor | None = None) -> Tensor:
    """Return the mean cross-entropy over the images that have a label (not -1); 0 where none has.

    Args:
        logits: [N, classes].
        labels: [N] classes.
        shares: [N, classes] shares of the classes in place of the labels, or None.
    """
    if shares is not None:
        return F.cross_entropy(full(logits), shares)
    total = F.cross_entropy(full(logits), labels, ignore_index=-1, reduction="sum")
    return total / (labels >= 0).sum().clamp(min=1)


def ccc(predicted: Tensor, true: Tensor, counted: Tensor | None = None) -> Tensor:
    """Return Lin's concordance correlation coefficient of two [N], as published.

    It is 2 cov / (var + var + (mean - mean)^2). The variances are unbiased and the covariance is a plain mean, so
    ccc(x, x) is (N - 1) / N. Two equal constants give 0.

    Args:
        predicted: [N], finite.
        true: [N], finite.
        counted: Bool [N], the images to count, at least two; None for all.
    """
    weight = torch.ones_like(predicted) if counted is None else counted.to(predicted.dtype)
    # By weights of 0 and 1, not by picking: the number of picked images would have to be read from the device.
    count = weight.sum().clamp(min=1)
    predicted_mean, true_mean = (predicted * weight).sum() / count, (true * weight).sum() / count
    centred, true_centred = (predicted - predicted_mean) * weight, (true - true_mean) * weight
    covariance = (centred * true_centred).sum() / count
    spread = (centred.square().sum() + true_centred.square().sum()) / (count - 1).clamp(min=1)
    spread = spread + (predicted_mean - true_mean).square()
    return 2 * covariance / spread.clamp(min=torch.finfo(spread.dtype).tiny)


def va_loss(predicted: Tensor, true: Tensor) -> Tensor:
    """Return 1 - (ccc(valence) + ccc(arousal)) / 2 over the images that have both; 0 for fewer than two images.

    Args:
        predicted: [N, 2].
        true: [N, 2], NaN absent.
    """
    has_both = torch.isfinite(true).all(dim=1)
    enough = has_both.sum() >= 2  # one image has no variance and therefore no coefficient
    # Zeros in the branch that is not used, because an infinite derivative there would make every gradient NaN.
    usable, true = full(predicted).where(enough, 0.0), full(true).where(has_both[:, None] & enough, 0.0)
    loss = 1 - (ccc(usable[:, 0], true[:, 0], has_both) + ccc(usable[:, 1], true[:, 1], has_both)) / 2
    return torch.where(enough, loss, full(predicted).sum() * 0.0)


def generator_loss(encoder_scores: Tensor, decoder_scores: Tensor) -> Tensor:
    """Return the loss of encoder and decoder: mean(encoder's scores) - mean(decoder's scores), both [N, columns]."""
    return full(encoder_scores).mean() - full(decoder_scores).mean()


def discriminator_loss(encoder_scores: Tensor, decoder_scores: Tensor) -> Tensor:
    """Return the hinge loss: mean relu(1 - encoder's scores) + mean relu(1 + decoder's scores), both [N, columns]."""
    return F.relu(1 - full(encoder_scores)).mean() + F.relu(1 + full(decoder_scores)).mean()


def prior_loss(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(z0's distribution || standard normal), summed over elements, mean over images (not in the paper)."""
    mean, log_variance = full(mean), full(log_variance)
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()


def margin(scores: Tensor, labels: Tensor) -> Tensor:
    """Return [N] the label's score minus the best score of the other classes, from [N, C]; NaN without a label (-1)."""
    place = labels.clamp(min=0)[:, None]
    others = scores.scatter(1, place, -torch.inf).amax(1)
    return (scores.gather(1, place)[:, 0] - others).masked_fill(labels < 0, torch.nan)
