"""NoisyFER's encoder: a VGG-16 without batch norm, two dense layers, and what it reads off them."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from auditor.errors import CheckpointError
from models import checkpoint, weights
from models.backbone import BatchNorm2d
from models.base import Setup

NOISE = 100  # elements of z0
_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # (channels, convolutions) before each pooling
_KERNEL = 3


def scaled(channels: int, width: float, *, least: int = 8) -> int:
    """Channels of a layer at a width."""
    return max(least, round(channels * width))


@dataclass(frozen=True)
class Codes:
    """What the encoder says of images.

    Attributes:
        mean: [N, 100] of z0, the part of the image that no label tells.
        log_variance: [N, 100] of z0.
        labels: [N, K] z1: the logits of every label set side by side, then valence and arousal where there are any.
        features: [N, dense * width], what the three above are read off.
    """

    mean: Tensor
    log_variance: Tensor
    labels: Tensor
    features: Tensor

    def sample(self) -> Tensor:
        """z0 drawn from its distribution, with gradients (reparameterised)."""
        return self.mean + torch.exp(0.5 * self.log_variance) * torch.randn_like(self.mean)


class Encoder(nn.Module):
    """Images [N, 3, H, W] in [-1, 1] -> `Codes`. Parameters are named as in the published files."""

    def __init__(
        self,
        outputs: int,
        image_size: int,
        width: float = 1.0,
        *,
        dense: int = 500,
        dropout: float = 0.5,
        norm: bool = False,
    ) -> None:
        """Build the network with He's initial weights (with batch norm, torch's own).

        Args:
            outputs: K, elements of z1.
            image_size: Side of the image.
            width: Channel multiplier.
            dense: Width of the two dense layers, before the multiplier.
            dropout: After each of the two dense layers.
            norm: Batch norm after each convolution (not the paper's).
        """
        super().__init__()
        channels, side = 3, image_size
        self.blocks = len(_BLOCKS)
        for place, (wide, count) in enumerate(_BLOCKS, start=1):
            made = scaled(wide, width)
            self.add_module(f"conv_block{place}", _block(channels, made, count, norm))
            channels, side = made, math.ceil(side / 2)
        dense = scaled(dense, width)
        self.embedding = nn.Sequential(
            nn.Linear(channels * side * side, dense),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(dense, dense),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
        )
        self.mean_layer = nn.Linear(dense, NOISE)
        self.logvar_layer = nn.Linear(dense, NOISE)
        self.c_layer = nn.Linear(dense, outputs)

    def forward(self, images: Tensor) -> Codes:
        """Encode images."""
        for place in range(1, self.blocks + 1):
            images = self.get_submodule(f"conv_block{place}")(images)
        features = self.embedding(images.flatten(1))
        return Codes(self.mean_layer(features), self.logvar_layer(features), self.c_layer(features), features)


def load_vgg(encoder: Encoder, setup: Setup) -> None:
    """Start the convolutions from VGG-16's: torchvision's ImageNet weights ('imagenet'), a file, or the draw ('none').

    Raises:
        CheckpointError: The file is no VGG-16's or NoisyFER encoder's, cannot be read safely or cannot be fetched.
    """
    if setup.weights == "none":
        return
    if setup.weights == "imagenet":
        state, where = weights.from_torchvision("VGG16_Weights.IMAGENET1K_V1"), "The ImageNet weights"
    else:
        state, where = weights.from_file(Path(setup.weights).expanduser()), setup.weights
    own = {name for name in encoder.state_dict() if name.startswith("conv_block") and _is_convolution(encoder, name)}
    renamed = _convolutions(state)
    if not renamed:
        raise CheckpointError(
            f"{where} holds no VGG-16's convolutions (no key begins with features. or conv_block); say what NoisyFER "
            "starts from with --option noisyfer.weights=none, imagenet or a file."
        )
    kept = {name: tensor for name, tensor in encoder.state_dict().items() if name not in own}
    checkpoint.fit(encoder, {**kept, **renamed}, where)


def _is_convolution(encoder: Encoder, name: str) -> bool:
    return isinstance(encoder.get_submodule(name.rpartition(".")[0]), nn.Conv2d)


def _convolutions(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The convolutions of a VGG-16 (`features.N`, as torchvision numbers them) or an encoder, by our names."""
    own = {key: tensor for key, tensor in state.items() if key.startswith("conv_block")}
    if own:
        return own
    names: dict[str, str] = {}
    number = 0
    for block, (_, count) in enumerate(_BLOCKS, start=1):
        for place in range(count):
            names[f"features.{number}"] = f"conv_block{block}.{2 * place}"
            number += 2
        number += 1  # the pooling
    found = {}
    for key, tensor in state.items():
        layer, _, kind = key.rpartition(".")
        if layer in names:
            found[f"{names[layer]}.{kind}"] = tensor
    return found


class Block(nn.Sequential):
    """Convolutions with ReLU, then max-pooling."""

    def forward(self, input: Tensor) -> Tensor:
        """Pool before the last ReLU, which is the same (both keep the order of values) on a quarter of the places."""
        *layers, last, pool = self
        for layer in layers:
            input = layer(input)
        *before, relu = last if isinstance(last, nn.Sequential) else [last]
        for layer in before:
            input = layer(input)
        result: Tensor = relu(pool(input))
        return result


def _block(inputs: int, outputs: int, count: int, norm: bool) -> Block:
    """Convolutions with ReLU, then a halving of the side that keeps an odd last row and column.

    The numbered layers are the published ones whether or not batch norm stands between them: it is part of the
    activation's place.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for place in range(count):
        layer = nn.Conv2d(inputs if place == 0 else outputs, outputs, _KERNEL, padding=1)
        # Under batch norm torch's own, smaller weights learn faster: see models/backbone.py.
        layers[str(2 * place)] = layer if norm else _he(layer)
        relu = nn.ReLU(inplace=True)
        layers[str(2 * place + 1)] = nn.Sequential(BatchNorm2d(outputs), relu) if norm else relu
    layers[str(2 * count)] = nn.MaxPool2d(2, ceil_mode=True)
    return Block(layers)


def _he(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
