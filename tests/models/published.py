"""Checkpoints in the papers' own file layouts, filled by the rule in tests/reference/checkpoints.json."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor


def cosine(count: int, place: int) -> np.ndarray:
    """Return the values of key number `place`: cos(0.37 i + 1.3 j), in float64."""
    return np.cos(0.37 * np.arange(count) + 1.3 * place)


def filled(keys: Mapping[str, list[int]]) -> dict[str, Tensor]:
    """Return a state dict of these keys and shapes, filled by the rule (without spectral norm)."""
    return {key: _filled(key, shape, place) for place, (key, shape) in enumerate(keys.items())}


def _filled(key: str, shape: list[int], place: int) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.tensor(1)
    wave = cosine(int(np.prod(shape)), place).reshape(shape)
    if key.endswith("running_var") or (len(shape) == 1 and key.endswith("weight")):
        wave = 1 + 0.1 * wave
    elif len(shape) < 2:
        wave = 0.1 * wave
    else:
        wave = wave * np.sqrt(6 / np.prod(shape[1:]))
    return torch.from_numpy(wave.astype(np.float32))


def faces(count: int = 2, size: int = 224) -> Tensor:
    """Return the images of the published outputs."""
    wave = cosine(count * 3 * size * size, 20).astype(np.float32)
    return torch.from_numpy(wave).view(count, 3, size, size)
