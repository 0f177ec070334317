"""Reorder the classes of trained layers by moving their weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from models.noisyfer.spectral import Spectral


@torch.no_grad()
def outputs(layer: nn.Linear, order: Sequence[int], start: int = 0) -> None:
    """Make output `start + k` the former output `start + order[k]`."""
    for tensor in (layer.weight, layer.bias):
        tensor[start : start + len(order)] = tensor[start : start + len(order)][list(order)]


@torch.no_grad()
def inputs(layer: Spectral, order: Sequence[int], start: int = 0) -> None:
    """Make input `start + k` of a spectral-normalised linear layer the former input `start + order[k]`."""
    span = slice(start, start + len(order))
    layer.weight_orig[:, span] = layer.weight_orig[:, span][:, list(order)]
    layer.weight_v[span] = layer.weight_v[span][list(order)]
