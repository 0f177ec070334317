"""NoisyFER's discriminators: one for the image, one for z0, one per label set, and a joint one over their features.

All layers are spectral-normalised. The image discriminator consists of SNGAN's residual blocks with SAGAN's
self-attention after the first (Miyato et al., ICLR 2018; Zhang et al., ICML 2019).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.noisyfer.encoder import NOISE, scaled
from models.noisyfer.spectral import SpectralConv, SpectralLinear

FEATURES = 512
_JOINT = 1024
_ATTENDED = 64
_CHANNELS = (_ATTENDED, 128, 256, 512, FEATURES)  # of the blocks that halve the side


@dataclass(frozen=True)
class Side:
    """The discriminators' input: the encoder's side (real image, its z0, predicted labels) or the decoder's side.

    Attributes:
        images: [N, 3, H, W].
        z0: [N, 100].
        labels: One [N, classes] per label set, then [N, 2] valence and arousal where there are any.
    """

    images: Tensor
    z0: Tensor
    labels: tuple[Tensor, ...]

    def detach(self) -> Side:
        """Return a copy without gradients."""
        return Side(self.images.detach(), self.z0.detach(), tuple(each.detach() for each in self.labels))

    @staticmethod
    def cat(first: Side, second: Side) -> Side:
        """Join both sides into one batch, so that each network is called once."""
        labels = tuple(torch.cat(pair) for pair in zip(first.labels, second.labels, strict=True))
        return Side(torch.cat([first.images, second.images]), torch.cat([first.z0, second.z0]), labels)


class Discriminators(nn.Module):
    """All discriminators.

    Attributes:
        x, z0, joint: The discriminators of the image, of z0 and of all features together.
        labels: The discriminators of each label set, then of valence and arousal.
    """

    def __init__(self, label_sizes: Sequence[int], image_size: int, width: float = 1.0) -> None:
        super().__init__()
        features = scaled(FEATURES, width)
        self.x = ImageDiscriminator(image_size, width)
        self.z0 = CodeDiscriminator(NOISE, features)
        self.labels = nn.ModuleList(CodeDiscriminator(size, features) for size in label_sizes)
        self.joint = JointDiscriminator(features * (2 + len(label_sizes)), scaled(_JOINT, width))

    def forward(self, side: Side) -> Tensor:
        """Return scores [N, 3 + label sets]: x, z0, the label sets, joint. Higher: more like the encoder's side."""
        outputs = [self.x(side.images), self.z0(side.z0)]
        outputs += [net(code) for net, code in zip(self.labels, side.labels, strict=True)]
        joint = self.joint(torch.cat([features for features, _ in outputs], dim=1))
        return torch.cat([*(score for _, score in outputs), joint], dim=1)

    def joint_for_labels(self, side: Side, labels: Tensor) -> Tensor:
        """Return the joint score of every image with each of the given codes as its first label set.

        Args:
            side: N images; the first of its label codes is not used.
            labels: [C, classes] codes to try.

        Returns:
            [N, C].
        """
        count = len(labels)
        before = torch.cat([self.x(side.images)[0], self.z0(side.z0)[0]], dim=1)
        others = [net(code)[0] for net, code in zip(list(self.labels)[1:], side.labels[1:], strict=True)]
        after = torch.cat(others, dim=1) if others else before[:, :0]
        tried = self.labels[0](labels)[0].repeat(len(before), 1)
        features = [before.repeat_interleave(count, 0), tried, after.repeat_interleave(count, 0)]
        scores: Tensor = self.joint(torch.cat(features, dim=1))
        return scores.view(len(before), count)


class ImageDiscriminator(nn.Module):
    """Discriminator of images [N, 3, H, W] -> (features [N, 512], score [N, 1]). Sides above 32 are halved first."""

    def __init__(self, image_size: int, width: float = 1.0) -> None:
        super().__init__()
        self.halve_first = image_size > 32
        inputs = 3
        for place, wide in enumerate(_CHANNELS):
            outputs = scaled(wide, width)
            self.add_module(_block(place), ResidualBlock(inputs, outputs, first=place == 0))
            inputs = outputs
        self.last = _block(len(_CHANNELS))
        self.add_module(self.last, ResidualBlock(inputs, inputs, halve=False))
        self.attention = SelfAttention(scaled(_ATTENDED, width))
        self.score_x = SpectralLinear(inputs, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features, summed over the last map, and the score."""
        maps = _halve(images) if self.halve_first else images
        for place in range(len(_CHANNELS)):
            maps = self.get_submodule(_block(place))(maps)
            if place == 0:
                maps = self.attention(maps)
        features = F.relu(self.get_submodule(self.last)(maps)).sum(3).sum(2)
        return features, self.score_x(features)


def _block(place: int) -> str:
    return f"DBlock{place or ''}"


def _halve(maps: Tensor) -> Tensor:
    return F.avg_pool2d(maps, 2, ceil_mode=True)  # sides such as 48 reach odd numbers, and 1, on the way


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut, then a halving of the side."""

    def __init__(self, inputs: int, outputs: int, *, first: bool = False, halve: bool = True) -> None:
        """Build a block.

        Args:
            inputs: Channels.
            outputs: Channels.
            first: Omit the activation before the first convolution, whose input is the image itself.
            halve: Whether to halve the side; a block that does not uses its input as the shortcut.
        """
        super().__init__()
        self.first, self.halve = first, halve
        self.conv1 = SpectralConv(inputs, outputs, 3)
        self.conv2 = SpectralConv(outputs, outputs, 3)
        if halve:
            self.conv_sc = SpectralConv(inputs, outputs, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Apply the block."""
        changed = self.conv1(maps if self.first else F.relu(maps))
        changed = self.conv2(F.relu(changed))
        if not self.halve:
            return torch.add(changed, maps)
        return _halve(changed) + _halve(self.conv_sc(maps))


class SelfAttention(nn.Module):
    """Self-attention over all positions of a map, added to the map; it starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.theta = SpectralConv(channels, channels // 8, 1, bias=False)
        self.phi = SpectralConv(channels, channels // 8, 1, bias=False)
        self.g = SpectralConv(channels, channels // 2, 1, bias=False)
        self.o = SpectralConv(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, maps: Tensor) -> Tensor:
        """Apply attention; keys and values are pooled 2x2, queries are not."""
        query = self.theta(maps).flatten(2)
        key = F.max_pool2d(self.phi(maps), 2).flatten(2)
        value = F.max_pool2d(self.g(maps), 2).flatten(2)
        share = torch.bmm(query.transpose(1, 2), key).softmax(-1)
        gathered = torch.bmm(value, share.transpose(1, 2)).view(len(maps), -1, *maps.shape[2:])
        attended: Tensor = self.gamma * self.o(gathered) + maps
        return attended


class BranchedMlp(nn.Module):
    """MLP with branches: h = linear(x); the output is h plus four two-layer branches of relu(h)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = SpectralLinear(inputs, outputs)
        for place in range(1, 9):
            self.add_module(f"linear{place}", SpectralLinear(outputs, outputs))

    def forward(self, codes: Tensor) -> Tensor:
        """Map [N, inputs] to [N, outputs]."""
        total: Tensor = self.linear(codes)
        active = F.relu(total)
        for place in (1, 3, 5, 7):
            hidden = F.relu(self.get_submodule(f"linear{place}")(active))
            total = total + self.get_submodule(f"linear{place + 1}")(hidden)
        return total


class CodeDiscriminator(nn.Module):
    """Discriminator of codes [N, inputs] (z0, or the labels of one set) -> (features [N, 512], score [N, 1])."""

    def __init__(self, inputs: int, features: int) -> None:
        super().__init__()
        self.z_mlp = BranchedMlp(inputs, features)
        self.score_z = SpectralLinear(features, 1)

    def forward(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and score."""
        features = self.z_mlp(codes)
        return features, self.score_z(features)


class JointDiscriminator(nn.Module):
    """Discriminator of the other discriminators' concatenated features [N, inputs] -> score [N, 1]."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.z_x_mlp = BranchedMlp(inputs, hidden)
        self.score_x_z = SpectralLinear(hidden, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return the score."""
        score: Tensor = self.score_x_z(self.z_x_mlp(features))
        return score


def published_names(discriminators: Discriminators, *, has_va: bool) -> Mapping[str, nn.Module]:
    """Return the networks by their names in the published files.

    One label set is named `discriminator_z1_exp`; several are numbered from 1.
    """
    sets = list(discriminators.labels)
    named: dict[str, nn.Module] = {"discriminator_x": discriminators.x, "discriminator_z0": discriminators.z0}
    if has_va:
        named["discriminator_z1_va"] = sets.pop()
    for place, net in enumerate(sets, start=1):
        named["discriminator_z1_exp" if len(sets) == 1 else f"discriminator_z1_{place}"] = net
    named["discriminator_joint_xz"] = discriminators.joint
    return named
