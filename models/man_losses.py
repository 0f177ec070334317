"""MAN's division of the images and its three losses, as functions of logits and labels."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

UNLABELLED = -1


def co_division(pred1: Tensor, pred2: Tensor, labels: Tensor) -> Tensor:
    """Divide images: clean where both predictions equal the label, noisy where both differ, else ambiguous.

    Args:
        pred1: [N] classes predicted by the first network.
        pred2: [N] classes predicted by the second network.
        labels: [N] given classes, -1 for none.

    Returns:
        [N] int8: 0 clean, 1 ambiguous, 2 noisy, -1 unlabelled.
    """
    differing = (pred1 != labels).to(torch.int8) + (pred2 != labels).to(torch.int8)
    return differing.masked_fill(labels < 0, UNLABELLED)


def probability_of(probs: Tensor, labels: Tensor) -> Tensor:
    """Return [N] the probability of each image's label from [N, C]; NaN without a label (-1)."""
    own = probs.gather(1, labels.clamp(min=0)[:, None])[:, 0]
    return own.masked_fill(labels < 0, math.nan)


def supervised_loss(logits1: Tensor, logits2: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of the two networks' cross-entropies; labels are classes [N] or shares of them [N, C]."""
    return (F.cross_entropy(logits1, labels) + F.cross_entropy(logits2, labels)) / 2


def mutual_weight(epoch: int, epochs: int, peak: float = 0.9) -> float:
    """Return the agreement's share in the mutual loss: peak * exp(-0.65 (1 - e / (0.9 E))^2), for epoch e from 1."""
    return peak * math.exp(-0.65 * (1 - epoch / (0.9 * epochs)) ** 2)


def divergence(logits: Tensor, target_logits: Tensor) -> Tensor:
    """Return KL(softmax(target) || softmax(logits)), summed over classes, mean over images; both get gradients."""
    log_probs, log_targets = F.log_softmax(logits, dim=1), F.log_softmax(target_logits, dim=1)
    return F.kl_div(log_probs, log_targets, reduction="batchmean", log_target=True)


def mutual_loss(logits1: Tensor, logits2: Tensor, labels: Tensor, share: float) -> Tensor:
    """Return share * symmetric divergence between the networks + (1 - share) * their mean cross-entropy."""
    agreement = (divergence(logits1, logits2) + divergence(logits2, logits1)) / 2
    return share * agreement + (1 - share) * supervised_loss(logits1, logits2, labels)


def consistency_loss(weak_logits: Tensor, strong_logits: Tensor) -> Tensor:
    """Return the mean squared difference of the class probabilities of two views; labels are not used."""
    return F.mse_loss(weak_logits.softmax(1), strong_logits.softmax(1))
