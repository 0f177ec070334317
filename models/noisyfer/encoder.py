"""NoisyFER's encoder: a VGG-16 without batch norm, two dense layers, and linear layers for z0 and z1."""

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
    """Return a layer's channels at a width multiplier, at least `least`."""
    return max(least, round(channels * width))


@dataclass(frozen=True)
class Codes:
    """The encoder's outputs for images.

    Attributes:
        mean: [N, 100], the mean of z0, which encodes what the labels do not describe.
        log_variance: [N, 100], the log-variance of z0.
        labels: [N, K], z1: the concatenated logits of the label sets, then valence and arousal where there are any.
        features: [N, dense * width], the features that the three above are computed from.
    """

    mean: Tensor
    log_variance: Tensor
    labels: Tensor
    features: Tensor

    def sample(self) -> Tensor:
        """Draw z0 from its distribution, with gradients (reparameterised)."""
        return self.mean + torch.exp(0.5 * self.log_variance) * torch.randn_like(self.mean)


class Encoder(nn.Module):
    """Encoder of images [N, 3, H, W] in [-1, 1] to `Codes`, with the published parameter names."""

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
            outputs: K, the number of elements of z1.
            image_size: Side of the image.
            width: Channel multiplier.
            dense: Width of the two dense layers, before the multiplier.
            dropout: Dropout after each of the two dense layers.
            norm: Whether batch norm follows each convolution (not in the paper).
        """
        super().__init__()
        channels, side = 3, image_size
        self.blocks = len(_BLOCKS)
        for place, (wide, count) in enumerate(_BLOCKS, start=1):
            block_channels = scaled(wide, width)
            self.add_module(f"conv_block{place}", _block(channels, block_channels, count, norm))
            channels, side = block_channels, math.ceil(side / 2)
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
    """Load initial convolutions of VGG-16: torchvision's ImageNet weights ('imagenet'), a file, or none ('none').

    Raises:
        CheckpointError: The file holds no VGG-16 or NoisyFER encoder, cannot be read safely or cannot be downloaded.
    """
    if setup.weights == "none":
        return
    if setup.weights == "imagenet":
        state, where = weights.from_torchvision("VGG16_Weights.IMAGENET1K_V1"), "ImageNet"
    else:
        state, where = weights.from_file(Path(setup.weights).expanduser()), setup.weights
    own = {name for name in encoder.state_dict() if name.startswith("conv_block") and _is_convolution(encoder, name)}
    renamed = _convolutions(state)
    if not renamed:
        raise CheckpointError(
            f"The file {where} holds no VGG-16's convolutions (no key begins with features. or conv_block); choose "
            "NoisyFER's initial weights with --option noisyfer.weights=none, imagenet or a file."
        )
    rest = {name: tensor for name, tensor in encoder.state_dict().items() if name not in own}
    checkpoint.fit(encoder, {**rest, **renamed}, where)


def _is_convolution(encoder: Encoder, name: str) -> bool:
    return isinstance(encoder.get_submodule(name.rpartition(".")[0]), nn.Conv2d)


def _convolutions(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the convolutions of a VGG-16 (torchvision's `features.N`) or of an encoder, under the encoder's names."""
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
    renamed = {}
    for key, tensor in state.items():
        layer, _, kind = key.rpartition(".")
        if layer in names:
            renamed[f"{names[layer]}.{kind}"] = tensor
    return renamed


class Block(nn.Sequential):
    """Convolutions with ReLU, then max-pooling."""

    def forward(self, input: Tensor) -> Tensor:
        """Pool before the last ReLU: the same result at a quarter of its cost, as both keep the order of values."""
        *layers, last, pool = self
        for layer in layers:
            input = layer(input)
        *before, relu = last if isinstance(last, nn.Sequential) else [last]
        for layer in before:
            input = layer(input)
        result: Tensor = relu(pool(input))
        return result


def _block(inputs: int, outputs: int, count: int, norm: bool) -> Block:
    """Build convolutions with ReLU, then a halving of the side that keeps an odd last row and column.

    The layers have the published numbers with and without batch norm, because batch norm shares the number of the
    activation.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for place in range(count):
        layer = nn.Conv2d(inputs if place == 0 else outputs, outputs, _KERNEL, padding=1)
        # Under batch norm, torch's own smaller weights learn faster; see models/backbone.py.
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
