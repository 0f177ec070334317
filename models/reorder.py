"""Another order of the classes for trained layers: their weights are moved, so that every output follows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from models.noisyfer.spectral import Spectral


@torch.no_grad()
def outputs(layer: nn.Linear, order: Sequence[int], start: int = 0) -> None:
    """Make output `start + k` what output `start + order[k]` was."""
    for tensor in (layer.weight, layer.bias):
        tensor[start : start + len(order)] = tensor[start : start + len(order)][list(order)]


@torch.no_grad()
def inputs(layer: Spectral, order: Sequence[int], start: int = 0) -> None:
    """Let a spectral-normalised linear layer see at place `start + k` what it saw at `start + order[k]`."""
    span = slice(start, start + len(order))
    layer.weight_orig[:, span] = layer.weight_orig[:, span][:, list(order)]
    layer.weight_v[span] = layer.weight_v[span][list(order)]
