"""What goes into a method and what comes out: batches, scores, their columns, and what a network is built for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor


@dataclass
class Batch:
    """Images of one step.

    Attributes:
        rows: [N] int64, the images' places 0..num_rows-1 among all that the run scores, the order of `last`.
        views: By recipe name, [N, 3, H, W] float, as the method's `inputs` say. Training brings
            `Method.views` (of some images alone where `Method.parts` says so), scoring brings 'plain' alone: the image
            itself, or an augmented one in its place where `Method.view_of_last` asks for it.
        labels: [N] int64 given classes; -1 where there is none (scored only, never trained on).
        label_sets: [N, S] int64 classes of further label sets, -1 absent.
        valence_arousal: [N, 2] float in [-1, 1], NaN absent.
        soft: [N, C] float shares of the classes to learn (one-hot rows where the label says it all), or None.
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
        """What a cross-entropy learns: shares [N, C] where there are any, else the labels [N]."""
        return self.labels if self.soft is None else self.soft

    def to(self, device: torch.device | str, *, non_blocking: bool = True) -> Self:
        """The same batch on a device. Rows stay: a method looks things up by them without waiting for the device."""

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
    """What a method says about images, detached.

    Attributes:
        probs: [N, C] float32 p(y | x); rows sum to 1.
        embedding: [N, D] float32.
        columns: The method's own, by the names in `Method.columns`: [N] or [N, k].
    """

    probs: Tensor
    embedding: Tensor
    columns: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.probs)

    @classmethod
    def cat(cls, parts: Sequence[Scores]) -> Scores:
        """Scores of consecutive images, joined."""
        return cls(
            probs=torch.cat([part.probs for part in parts]),
            embedding=torch.cat([part.embedding for part in parts]),
            columns={name: torch.cat([part.columns[name] for part in parts]) for name in parts[0].columns},
        )


@dataclass(frozen=True)
class ColumnInfo:
    """One of a method's own columns.

    Attributes:
        dtype: How it is kept: 'float16', 'float32', 'int8' or 'int16'.
        help: One sentence for a table's header.
        per_epoch: Whether it changes with the epochs and is kept for each (else for the last alone).
        direction: Which values are more suspicious: 'higher', 'lower', 'unknown' (a run establishes it) or 'none'.
        width: Values an image: 1, or 'classes' for one a class.
    """

    dtype: str
    help: str
    per_epoch: bool = True
    direction: str = "none"
    width: int | str = 1


@dataclass(frozen=True)
class Setup:
    """What a network is built for.

    Attributes:
        num_classes: C >= 2.
        image_size: Side of the square input in pixels, >= 32.
        width: Channel multiplier.
        stem: 'imagenet' (7x7 stride 2, max-pool) or 'small' (3x3 stride 2, no pooling).
        depth: ResNet depth 18, 34 or 50.
        weights: 'none', 'imagenet' or the path of a weight file.
        num_rows: Images that the run scores, trained on or not.
        steps_per_epoch: Training steps of an epoch (of each process).
        label_set_classes: Number of classes of each further label set in `Batch.label_sets`.
        has_va: Whether batches bring valence and arousal.
        seed: Seeds the initial weights.
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
