"""Encode labels for NoisyFER's networks: z1 is the concatenated codes of the label sets, then valence and arousal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from models.base import Batch

VA = 2


@dataclass(frozen=True)
class LabelCodes:
    """The parts of z1.

    Attributes:
        classes: Number of classes of each label set; the first is that of the given labels.
        has_va: Whether valence and arousal follow.
    """

    classes: tuple[int, ...]
    has_va: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of elements of each code."""
        return (*self.classes, VA) if self.has_va else self.classes

    def split(self, z1: Tensor) -> list[Tensor]:
        """Split z1 [N, K] into one [N, size] per code."""
        return list(torch.split(z1, list(self.sizes), dim=1))

    def targets(self, batch: Batch) -> list[Tensor]:
        """Return [N] classes for every label set of a batch, -1 where absent."""
        further = [] if batch.label_sets is None else list(batch.label_sets.unbind(1))
        absent = torch.full_like(batch.labels, -1)
        count = len(self.classes) - 1
        return [batch.labels, *further[:count], *[absent] * (count - len(further))]

    def predicted(self, outputs: Sequence[Tensor], *, as_probabilities: bool) -> tuple[Tensor, ...]:
        """Return the encoder's codes for the discriminators: its outputs, or probabilities for the label sets."""
        if not as_probabilities:
            return tuple(outputs)
        sets = [output.softmax(1) for output in outputs[: len(self.classes)]]
        return (*sets, *outputs[len(self.classes) :])

    def given(self, batch: Batch, outputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the decoder's codes: one-hots of the labels of a batch, and its valence and arousal.

        Absent values are filled with the encoder's predictions (the arg-max; values clipped to [-1, 1]). Nothing can be
        learnt from such a pair, and the discriminators cannot detect it by its form.

        Args:
            batch: The batch with the labels.
            outputs: The encoder's outputs, one per code.
        """
        codes = []
        for classes, target, output in zip(self.classes, self.targets(batch), outputs, strict=False):
            label = torch.where(target >= 0, target, output.argmax(1))
            codes.append(F.one_hot(label, classes).to(output.dtype))
        if self.has_va:
            predicted = outputs[-1].detach().clamp(-1, 1)
            true = batch.valence_arousal
            codes.append(
                predicted if true is None else torch.where(torch.isfinite(true), true.to(predicted.dtype), predicted)
            )
        return tuple(codes)

    def for_class(self, labels: Tensor, outputs: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """Return codes with the same class in every label set that has as many classes as the first.

        Args:
            labels: [N] classes of the first label set.
            outputs: The encoder's outputs, for label sets of other classes and for valence and arousal. Without them,
                those label sets are uniform, and valence and arousal are 0.
        """
        codes = []
        for place, classes in enumerate(self.classes):
            if classes == self.classes[0]:
                codes.append(F.one_hot(labels, classes).float())
            elif outputs is None:
                codes.append(torch.full((len(labels), classes), 1 / classes, device=labels.device))
            else:
                codes.append(F.one_hot(outputs[place].argmax(1), classes).float())
        if self.has_va:
            neutral = torch.zeros(len(labels), VA, device=labels.device)
            codes.append(neutral if outputs is None else outputs[-1].float().clamp(-1, 1))
        return tuple(codes)
