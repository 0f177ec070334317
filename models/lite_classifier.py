"""A classifier on the small network that knows natural images, for a training on a CPU."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import lite_weights, litenet

LEAST_SIDE = 96
"""Pixels that smaller images are enlarged to: the network's last map is a 32nd of the side."""

KEPT = 256
"""Numbers of an embedding: the pooled features by a fixed random projection, which keeps distances."""

DROPOUT = 0.2
MOMENTUM = 0.1
"""Of batch norms; the published value is for trainings of hundreds of epochs."""


class LiteClassifier(nn.Module):
    """EfficientNet-Lite0 and a linear head: images -> (embedding [N, 256], logits [N, C]).

    It begins with the weights of natural images, where their package is installed. Where it is not, only a checkpoint
    makes it of use (`Student.unready` says so before a training).
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.body = litenet.pretrained() if lite_weights.installed() else litenet.LiteNet()
        for module in self.body.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = MOMENTUM
        self.drop = nn.Dropout(DROPOUT)
        self.head = nn.Linear(litenet.CHANNELS, classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        generator = torch.Generator().manual_seed(0)
        projection = torch.randn(litenet.CHANNELS, KEPT, generator=generator) / KEPT**0.5
        self.register_buffer("projection", projection, persistent=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the projected features and the logits."""
        if min(images.shape[-2:]) < LEAST_SIDE:
            images = F.interpolate(images, size=(LEAST_SIDE, LEAST_SIDE), mode="bilinear", align_corners=False)
        pooled = self.body(images.contiguous(memory_format=torch.channels_last)).mean(dim=(2, 3))
        projection = self.projection
        assert isinstance(projection, Tensor)
        return pooled @ projection.to(pooled.dtype), self.head(self.drop(pooled))
