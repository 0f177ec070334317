"""NoisyFER's encoder: a VGG-16 without batch norm, two dense layers, and what it reads off them."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.backbone import BatchNorm2d

NOISE = 100  # elements of z0
_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # (channels, convolutions) before each pooling
_DENSE = 500
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
        features: [N, 500 * width], what the three above are read off.
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
        self, outputs: int, image_size: int, width: float = 1.0, *, dropout: float = 0.5, norm: bool = False
    ) -> None:
        """Build the network with He's initial weights (with batch norm, torch's own).

        Args:
            outputs: K, elements of z1.
            image_size: Side of the image.
            width: Channel multiplier.
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
        dense = scaled(_DENSE, width)
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
