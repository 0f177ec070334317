"""Labels as the networks see them: z1 is the label sets' codes side by side, then valence and arousal."""

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
    """What z1 consists of.

    Attributes:
        classes: Of each label set; the first is the given labels'.
        has_va: Whether valence and arousal follow.
    """

    classes: tuple[int, ...]
    has_va: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Elements of each code."""
        return (*self.classes, VA) if self.has_va else self.classes

    def split(self, z1: Tensor) -> list[Tensor]:
        """z1 [N, K] -> one [N, size] a code."""
        return list(torch.split(z1, list(self.sizes), dim=1))

    def targets(self, batch: Batch) -> list[Tensor]:
        """[N] classes of every label set of a batch, -1 where absent."""
        further = [] if batch.label_sets is None else list(batch.label_sets.unbind(1))
        absent = torch.full_like(batch.labels, -1)
        wanted = len(self.classes) - 1
        return [batch.labels, *further[:wanted], *[absent] * (wanted - len(further))]

    def predicted(self, outputs: Sequence[Tensor], *, as_probabilities: bool) -> tuple[Tensor, ...]:
        """The encoder's codes for the discriminators: its outputs as they are, or label sets as probabilities."""
        if not as_probabilities:
            return tuple(outputs)
        sets = [output.softmax(1) for output in outputs[: len(self.classes)]]
        return (*sets, *outputs[len(self.classes) :])

    def given(self, batch: Batch, outputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The decoder's codes: one-hots of the labels of a batch, and its valence and arousal.

        What is absent is filled with the encoder's own opinion (the arg-max; values cut to [-1, 1]): nothing
        can be learnt from that pair, but its form does not give it away.

        Args:
            batch: Labels.
            outputs: The encoder's outputs, one a code.
        """
        codes = []
        for classes, target, output in zip(self.classes, self.targets(batch), outputs, strict=False):
            label = torch.where(target >= 0, target, output.argmax(1))
            codes.append(F.one_hot(label, classes).to(output.dtype))
        if self.has_va:
            own = outputs[-1].detach().clamp(-1, 1)
            true = batch.valence_arousal
            codes.append(own if true is None else torch.where(torch.isfinite(true), true.to(own.dtype), own))
        return tuple(codes)

    def for_class(self, labels: Tensor, outputs: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """Codes that say one class in every label set of the same classes.

        Args:
            labels: [N] classes of the first label set.
            outputs: The encoder's outputs for the sets of other classes and for valence and arousal; without them
                those are evenly spread, and 0.
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
            none = torch.zeros(len(labels), VA, device=labels.device)
            codes.append(none if outputs is None else outputs[-1].float().clamp(-1, 1))
        return tuple(codes)
