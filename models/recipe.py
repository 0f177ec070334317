"""An augmentation recipe: the steps that make one view of a batch, at the image's own size and at the network's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Generator, Tensor

Step = Callable[[Tensor, Generator], Tensor]
"""(images float [N, 3, H, W] in 0..255, generator) -> images of the same shape and range."""


@dataclass(frozen=True)
class Recipe:
    """The steps that make one view: `first` at the image's own size, the resize, `step` at the network's size.

    Attributes:
        help: What it does, in a few words.
        step: Changes float [N, 3, S, S], 0..255, at the network's size.
        erase: (lowest, highest) share of the area that random erasing takes, with probability 0.5, or None.
            Erased pixels are 0 after normalisation, the mean colour, as in the papers.
        first: Changes float [N, 3, H, W], 0..255, at the image's own size; None for no change.
        own_size: Whether it starts from the image at its own size.
        antialias: Whether the resize smooths what it shrinks; None for the setting of the network's inputs.
    """

    help: str
    step: Step
    erase: tuple[float, float] | None = None
    first: Step | None = None
    own_size: bool = False
    antialias: bool | None = None
