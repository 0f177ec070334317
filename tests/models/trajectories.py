"""Weights and inputs by the fill rules of tests/reference/trajectories.json, and comparison with its summaries."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

LOSS, PART, STATE, RATE = 1e-10, 1e-9, 2e-9, 1e-13
"""Tolerances of float64 for the figures with the scrambled fill: relative, and absolute for values near 0."""


def wave(shape: Sequence[int], place: int, *, scrambled: bool = True) -> Tensor:
    """Return cos(0.37 m + 1.3 j), rounded once to float32, as float64; m is the flat index, scrambled or not."""
    return _rounded(_cosine(shape, place, scrambled))


def _cosine(shape: Sequence[int], place: int, scrambled: bool) -> np.ndarray:
    index = np.arange(math.prod(shape), dtype=np.int64)
    if scrambled:
        index = index + (index % 9973) ** 2
    return np.cos(0.37 * index.astype(np.float64) + 1.3 * place).reshape(tuple(shape))


def _rounded(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32)).double()


def state(shapes: Mapping[str, Sequence[int]], *, offset: int = 0, scrambled: bool = True) -> dict[str, Tensor]:
    """Return a filled state dict of these shapes, by key in the published order."""
    return {key: _filled(key, shape, place + offset, scrambled) for place, (key, shape) in enumerate(shapes.items())}


def _filled(key: str, shape: Sequence[int], place: int, scrambled: bool) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.tensor(1)
    values = _cosine(shape, place, scrambled)
    if key.endswith("running_var") or (len(shape) == 1 and key.endswith("weight")):
        values = 1 + 0.1 * values
    elif key.endswith(("_u", "_v")):
        values = values / np.linalg.norm(values)
    elif len(shape) < 2:
        values = 0.1 * values
    else:
        values = values * math.sqrt((4 if scrambled else 6) / math.prod(shape[1:]))
    return _rounded(values)


def fill(module: nn.Module, *, offset: int = 0, scrambled: bool = True) -> nn.Module:
    """Fill a network in float64, its keys taken in the published order."""
    module.double()
    own = module.state_dict()
    shapes = {key: tuple(own[key].shape) for key in published_order(list(own))}
    module.load_state_dict(state(shapes, offset=offset, scrambled=scrambled))
    return module


def published_order(keys: list[str]) -> list[str]:
    """Sort our keys as in a published file, where the spectral norm's hook adds its weight after the layer's bias."""
    ordered: list[str] = []
    for key in keys:
        before = key.removesuffix(".bias") + ".weight_orig"
        ordered.insert(len(ordered) - (key.endswith(".bias") and ordered[-1:] == [before]), key)
    return ordered


def differences(tensor: Tensor, figures: Mapping[str, Any], rel: float) -> list[str]:
    """List a tensor's differences from the figures in shape, norm, mean and first four values."""
    if list(tensor.shape) != list(figures["shape"]):
        return [f"shape {tuple(tensor.shape)} for {figures['shape']}"]
    flat = tensor.detach().double().flatten()
    spread = rel * figures["l2"] / math.sqrt(max(1, len(flat)))
    pairs = [("l2", float(flat.norm()), figures["l2"], 0.0), ("mean", float(flat.mean()), figures["mean"], spread)]
    pairs += [(f"first[{place}]", float(flat[place]), value, spread) for place, value in enumerate(figures["first"])]
    return [f"{name} {ours} for {figure}" for name, ours, figure, more in pairs
            if not abs(ours - figure) <= rel * abs(figure) + more]  # fmt: skip
