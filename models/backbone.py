"""ResNets with torchvision's keys, a width multiplier and a stem for small images, and their initial weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from auditor.errors import CheckpointError, ConfigError
from models import checkpoint, weights
from models.base import Setup

STEMS = ("imagenet", "small")
_BLOCKS: dict[int, tuple[type[BasicBlock | Bottleneck], tuple[int, ...]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
}
_PLANES = (64, 128, 256, 512)
_CHILDREN = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")


class _OneValue(nn.modules.batchnorm._BatchNorm):
    """Batch norm that accepts one value per channel: it has no variance, so the running statistics are used.

    This happens at 32 pixels, where a batch or subset of one image has a 1x1 feature map.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.training and input.numel() == input.shape[1]:
            return F.batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        return super().forward(input)


class BatchNorm1d(_OneValue, nn.BatchNorm1d):
    """`nn.BatchNorm1d` that accepts a batch of one."""


class BatchNorm2d(_OneValue, nn.BatchNorm2d):
    """`nn.BatchNorm2d` that accepts one image with a 1x1 map."""


@contextlib.contextmanager
def running_statistics(module: nn.Module, *, moving: bool) -> Iterator[None]:
    """Keep the running statistics of batch norms unchanged in train mode where `moving` is False."""
    norms = [] if moving else [m for m in module.modules() if isinstance(m, _OneValue)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


class _Shortcut(nn.Conv2d):
    """A 1x1 convolution that avoids oneDNN's strided weight gradients of fewer than 16 channels.

    oneDNN's kernel for these writes past its workspace (uxlfoundation/oneDNN#6035), so the process crashed with widths
    below 0.25. Dropping the skipped pixels first gives the same result.
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.device.type != "cpu" or self.in_channels >= 16:
            return super().forward(input)
        step = self.stride[0]
        return F.conv2d(input[:, :, ::step, ::step], self.weight, self.bias)


class Backbone(nn.Module):
    """A ResNet up to `layer4`: images [N, 3, H, W] -> feature maps [N, D, h, w], h = ceil(H / stride).

    Attributes:
        channels: D, which is 512 (2,048 for depth 50) times the width.
        stride: 32 with the 'imagenet' stem, 16 with the 'small' one.
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        if setup.depth not in _BLOCKS or setup.stem not in STEMS or setup.width <= 0:
            raise ConfigError(
                f"There is no ResNet of depth {setup.depth}, width {setup.width} and stem '{setup.stem}'; "
                f"depths are {', '.join(map(str, _BLOCKS))}, stems {', '.join(STEMS)}, widths above 0."
            )
        block, counts = _BLOCKS[setup.depth]
        planes = [max(1, round(size * setup.width)) for size in _PLANES]
        small = setup.stem == "small"
        self.conv1 = nn.Conv2d(3, planes[0], 3 if small else 7, stride=2, padding=1 if small else 3, bias=False)
        self.bn1 = BatchNorm2d(planes[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(block, planes[0], planes[0], counts[0], stride=1)
        self.layer2 = _stage(block, planes[0] * block.expansion, planes[1], counts[1], stride=2)
        self.layer3 = _stage(block, planes[1] * block.expansion, planes[2], counts[2], stride=2)
        self.layer4 = _stage(block, planes[2] * block.expansion, planes[3], counts[3], stride=2)
        self.channels = planes[3] * block.expansion
        self.stride = 16 if small else 32
        if not small:
            _as_torchvision(self)
        load_initial(self, setup)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature maps, in channels-last order (faster for convolutions, also on CPUs)."""
        images = images.contiguous(memory_format=torch.channels_last)
        features = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        result: Tensor = self.layer4(self.layer3(self.layer2(self.layer1(features))))
        return result

    def map_size(self, image_size: int) -> int:
        """Return the side h of the last feature map for a square image."""
        return -(-image_size // self.stride)


def _as_torchvision(backbone: nn.Module) -> None:
    """Draw the convolutions' initial weights as torchvision does.

    The small stem keeps torch's own initial weights. These are smaller, so each step turns them further under batch
    norm, where only their direction matters. A narrow network then learns much faster from random weights
    (docs/notebook.md).
    """
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def _stage(block: type[BasicBlock | Bottleneck], inputs: int, planes: int, count: int, stride: int) -> nn.Sequential:
    outputs = planes * block.expansion
    shortcut = None
    if stride != 1 or inputs != outputs:
        shortcut = nn.Sequential(_Shortcut(inputs, outputs, 1, stride=stride, bias=False), BatchNorm2d(outputs))
    first = block(inputs, planes, stride, shortcut, norm_layer=BatchNorm2d)
    rest = [block(outputs, planes, norm_layer=BatchNorm2d) for _ in range(count - 1)]
    return nn.Sequential(first, *rest)


class Classifier(nn.Module):
    """A backbone, global average pooling and a linear head: images -> (embedding [N, D], logits [N, C])."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.backbone = Backbone(setup)
        self.head = nn.Linear(self.backbone.channels, setup.num_classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the pooled features and their logits."""
        embedding = self.backbone(images).mean(dim=(2, 3))
        return embedding, self.head(embedding)


def named_children(state: Mapping[str, Tensor], prefix: str = "features.") -> dict[str, Tensor]:
    """Rename keys of numbered children, such as features.4.0.conv1.weight to layer1.0.conv1.weight; keep other keys."""
    renamed = {}
    for key, tensor in state.items():
        number, _, rest = key.removeprefix(prefix).partition(".")
        is_child = key.startswith(prefix) and number.isdigit() and int(number) < len(_CHILDREN)
        renamed[f"{_CHILDREN[int(number)]}.{rest}" if is_child else key] = tensor
    return renamed


def load_initial(backbone: Backbone, setup: Setup) -> None:
    """Load the initial weights: a weight file, torchvision's ImageNet weights ('imagenet'), or random ones ('none').

    Raises:
        CheckpointError: The file does not fit, cannot be read safely, or cannot be fetched.
    """
    if setup.weights == "none":
        return
    if setup.weights == "imagenet":
        state = weights.from_torchvision(f"ResNet{setup.depth}_Weights.IMAGENET1K_V1")
        where = "ImageNet"
    else:
        state, where = weights.from_file(Path(setup.weights).expanduser()), setup.weights
        if not any(key.startswith("layer1.") for key in state):
            raise CheckpointError(
                f"The file {where} holds no ResNet's weights (no key begins with layer1.); give the file of a "
                f"ResNet-{setup.depth} with --weights, or --weights none."
            )
    heads = ("fc.", "feature.")  # of the task that the weights were trained on
    checkpoint.fit(backbone, {k: v for k, v in state.items() if not k.startswith(heads)}, where)
