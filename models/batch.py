"""The inputs and outputs of a method: batches, scores, score columns, and the setup of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor


@dataclass
class Batch:
    """The images of one step, with their labels.

    Attributes:
        rows: [N] int64, the images' positions 0..num_rows-1 among all that the run scores, in the order of `last`.
        views: By recipe name, [N, 3, H, W] float, normalised by the method's `inputs`. A training batch has the views
            of `Method.views` (for some images only, see `Method.parts`). A scoring batch has only 'plain': the image
            itself, or the augmented view that `Method.view_of_last` names.
        labels: [N] int64 given classes; -1 where there is none (scored only, never trained on).
        label_sets: [N, S] int64 classes of further label sets, -1 absent.
        valence_arousal: [N, 2] float in [-1, 1], NaN absent.
        soft: [N, C] float shares of the classes to learn (one-hot rows where the label is learnt), or None.
    """

    rows: Tensor
    views: dict[str, Tensor]
    labels: Tensor
    label_sets: Tensor | None = None
    valence_arousal: Tensor | None = None
    soft: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def targets(self) -> Tensor:
        """The targets of a cross-entropy: shares [N, C] where there are any, else the labels [N]."""
        return self.labels if self.soft is None else self.soft

    def to(self, device: torch.device | str, *, non_blocking: bool = True) -> Self:
        """Return the batch on a device; `rows` stay on the CPU, for look-ups that do not wait for the device."""

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device, non_blocking=non_blocking)

        return type(self)(
            rows=self.rows,
            views={name: view.to(device, non_blocking=non_blocking) for name, view in self.views.items()},
            labels=self.labels.to(device, non_blocking=non_blocking),
            label_sets=move(self.label_sets),
            valence_arousal=move(self.valence_arousal),
            soft=move(self.soft),
        )


@dataclass
class Scores:
    """A method's outputs for images, detached.

    Attributes:
        probs: [N, C] float32 p(y | x); rows sum to 1.
        embedding: [N, D] float32.
        columns: The method's own columns, by the names in `Method.columns`: [N] or [N, k].
    """

    probs: Tensor
    embedding: Tensor
    columns: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.probs)

    @classmethod
    def cat(cls, parts: Sequence[Scores]) -> Scores:
        """Join the scores of consecutive images."""
        return cls(
            probs=torch.cat([part.probs for part in parts]),
            embedding=torch.cat([part.embedding for part in parts]),
            columns={name: torch.cat([part.columns[name] for part in parts]) for name in parts[0].columns},
        )


@dataclass(frozen=True)
class ColumnInfo:
    """One of a method's own columns.

    Attributes:
        dtype: Its type on disk: 'float16', 'float32', 'int8' or 'int16'.
        help: One sentence for a table's header.
        per_epoch: Whether it is kept for every epoch, or only for the last.
        direction: Which values are more suspicious: 'higher', 'lower', 'unknown' (each run measures it) or 'none'.
        width: Values per image: 1, or 'classes' for one per class.
    """

    dtype: str
    help: str
    per_epoch: bool = True
    direction: str = "none"
    width: int | str = 1


@dataclass(frozen=True)
class Setup:
    """The sizes and initial weights of a method's networks.

    Attributes:
        num_classes: C >= 2.
        image_size: Side of the square input in pixels, >= 32.
        width: Channel multiplier.
        stem: 'imagenet' (7x7 stride 2, max-pool) or 'small' (3x3 stride 2, no pooling).
        depth: ResNet depth 18, 34 or 50.
        weights: 'none', 'imagenet' or the path of a weight file.
        num_rows: Number of images that the run scores, trained on or not.
        steps_per_epoch: Training steps per epoch (of each process).
        label_set_classes: Number of classes of each further label set in `Batch.label_sets`.
        has_va: Whether batches have valence and arousal.
        seed: Seed of the initial weights.
    """

    num_classes: int
    image_size: int = 224
    width: float = 1.0
    stem: str = "imagenet"
    depth: int = 18
    weights: str = "none"
    num_rows: int = 0
    steps_per_epoch: int = 1
    label_set_classes: tuple[int, ...] = ()
    has_va: bool = False
    seed: int = 0
