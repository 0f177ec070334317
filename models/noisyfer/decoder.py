"""NoisyFER's decoder: generates a face from z0 and labels, with spectral-normalised transposed convolutions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.backbone import BatchNorm2d
from models.noisyfer.encoder import scaled
from models.noisyfer.spectral import SpectralDeconv, SpectralLinear

_START = 512  # channels of the first map


class Decoder(nn.Module):
    """Decoder of [z0, labels] [N, 100 + K] to images [N, 3, H, W] in [-1, 1], with the published parameter names.

    At the published sizes (32, 64, 128) the first map has one pixel and each layer doubles the side. Other sizes start
    from a map with a side of 3 or 4 pixels, and the result is cropped to the image's size.
    """

    def __init__(self, inputs: int, image_size: int, width: float = 1.0) -> None:
        super().__init__()
        self.image_size = image_size
        self.side, doublings = start(image_size)
        channels = scaled(_START, width)
        self.linear = SpectralLinear(inputs, channels * self.side * self.side)
        outputs = [scaled(wide, width) for wide in hidden_channels(doublings)]
        for place, wide in enumerate(outputs, start=1):
            self.add_module(f"deconv{place}", SpectralDeconv(channels, wide))
            self.add_module(f"bn{place}", nn.Sequential(BatchNorm2d(wide), nn.ReLU(inplace=True)))
            channels = wide
        self.doublings = doublings
        self.add_module(f"deconv{doublings}", SpectralDeconv(channels, 3))

    def forward(self, codes: Tensor) -> Tensor:
        """Generate images."""
        code: Tensor = F.relu(self.linear(codes))
        maps = code.view(len(code), -1, self.side, self.side)
        for place in range(1, self.doublings):
            maps = self.get_submodule(f"bn{place}")(self.get_submodule(f"deconv{place}")(maps))
        maps = self.get_submodule(f"deconv{self.doublings}")(maps)
        cut = (maps.shape[-1] - self.image_size) // 2
        return torch.tanh(maps[..., cut : cut + self.image_size, cut : cut + self.image_size])


def start(image_size: int) -> tuple[int, int]:
    """Return the side of the first map and the number of doublings that reach an image size or slightly more."""
    whole = image_size.bit_length() - 1
    if image_size == 1 << whole:
        return 1, whole
    doublings = whole - 1
    return -(-image_size // (1 << doublings)), doublings


def hidden_channels(doublings: int) -> list[int]:
    """Return the channels after each layer but the last; 5 layers (32 pixels) omit the 64 of 6 and 7, as published."""
    tail = [256, 128] if doublings < 6 else [256, 128, 64]
    return [_START] * (doublings - 1 - len(tail)) + tail
