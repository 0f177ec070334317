"""NoisyFER's checkpoint files and inputs, filled by the rule in tests/reference/checkpoints.json."""

import itertools
import math
import warnings
from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import spectral_norm

from models import registry
from models.base import Setup
from models.noisyfer.method import NoisyFer
from tests.models.published import cosine


def wave(shape: list[int], place: int) -> Tensor:
    return torch.from_numpy(cosine(math.prod(shape), place)).float().view(shape)


def filled(keys: dict[str, list[int]]) -> dict[str, Tensor]:
    """Return a state dict filled by the rule; all arithmetic after the cosine is in float32, as for the figures."""
    return {key: _filled(key, wave(shape, place)) for place, (key, shape) in enumerate(keys.items())}


def _filled(key: str, value: Tensor) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.tensor(1)
    if key.endswith(("_u", "_v")):
        return value / value.norm()
    if key.endswith("running_var") or (value.ndim == 1 and key.endswith("weight")):
        return 1 + 0.1 * value
    return 0.1 * value if value.ndim < 2 else value * math.sqrt(6 / math.prod(value.shape[1:]))


def write(nets: dict[str, dict[str, list[int]]], folder: Path) -> list[Path]:
    """Write the files with the names of the published script."""
    files = [folder / f"last_net_{name}.pth" for name in nets]
    for file, keys in zip(files, nets.values(), strict=True):
        torch.save(filled(keys), file)
    return files


def build(
    size: int = 64,
    width: float = 1.0,
    *,
    classes: int = 7,
    sets: tuple[int, ...] = (),
    va: bool = True,
    start: str = "none",
    **options,
) -> NoisyFer:
    setup = Setup(
        classes, image_size=size, width=width, weights=start, label_set_classes=sets, has_va=va, num_rows=9,
        steps_per_epoch=3,
    )  # fmt: skip
    method = registry.build("noisyfer", setup, registry.make_options("noisyfer", "published", options))
    assert isinstance(method, NoisyFer)
    return method


def published_decoder(classes: int = 7) -> nn.Module:
    """Build the decoder for 64 pixels from torch's own layers, with the names of the published files."""
    channels = (512, 512, 512, 256, 128, 64, 3)
    layers: OrderedDict[str, nn.Module] = OrderedDict(linear=hooked(nn.Linear(100 + classes + 2, channels[0])))
    layers["code"] = nn.Sequential(nn.ReLU(), nn.Unflatten(1, (channels[0], 1, 1)))
    for place, (inputs, outputs) in enumerate(itertools.pairwise(channels), start=1):
        layers[f"deconv{place}"] = hooked(nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1))
        layers[f"bn{place}"] = nn.Sequential(nn.BatchNorm2d(outputs), nn.ReLU()) if outputs > 3 else nn.Tanh()
    return nn.Sequential(layers)


def hooked(layer: nn.Module) -> nn.Module:
    """Add spectral norm with torch's older hook, as in the published program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return spectral_norm(layer)
