"""Layers with spectral normalisation, with the parameter names of the published files.

Miyato et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018: weight = weight_orig / sigma,
sigma = u' W v, W the weight as a matrix with the output channels as rows. Each training forward does one step of
power iteration on u and v; in eval mode the stored u and v are used as they are. PyTorch's own parametrization
stores its state under other names, and its older hook, which has these, is deprecated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_EPS = 1e-12


class Spectral(nn.Module):
    """A normalised weight and a bias.

    Attributes:
        weight_orig: The weight before normalisation, in the layout of the layer.
        bias: [output channels], or None.
        weight_u: Left singular vector, [rows].
        weight_v: Right singular vector, [columns].
    """

    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, *, outputs_at: int = 0) -> None:
        """Take over a layer's initial weight.

        Args:
            layer: An ordinary layer; only its parameters are used.
            outputs_at: Dimension of the output channels in its weight (1 in a transposed convolution).
        """
        super().__init__()
        self.weight_orig = layer.weight
        self.bias = layer.bias
        self.outputs_at = outputs_at
        rows, columns = self._matrix().shape
        self.register_buffer("weight_u", F.normalize(torch.randn(rows), dim=0, eps=_EPS))
        self.register_buffer("weight_v", F.normalize(torch.randn(columns), dim=0, eps=_EPS))
        self._held: Tensor | None = None

    def _matrix(self) -> Tensor:
        return self.weight_orig.movedim(self.outputs_at, 0).flatten(1)

    def weight(self) -> Tensor:
        """Return the normalised weight; in training mode, also do one power iteration on u and v."""
        if self._held is not None:
            return self._held
        matrix = self._matrix()
        if not self.training:
            return self.weight_orig / torch.dot(self.weight_u, matrix.mv(self.weight_v))
        with torch.no_grad():
            v = F.normalize(matrix.t().mv(self.weight_u), dim=0, eps=_EPS)
        image = matrix.mv(v)
        with torch.no_grad():
            u = F.normalize(image, dim=0, eps=_EPS)
            self.weight_v.copy_(v)
            self.weight_u.copy_(u)
        return self.weight_orig / torch.dot(u, image)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Compute the weight once for many forward passes in eval mode; nothing may change it meanwhile."""
        self._held = self.weight().detach()
        try:
            yield
        finally:
            self._held = None


class SpectralLinear(Spectral):
    """`nn.Linear` with spectral norm: [N, inputs] -> [N, outputs]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(nn.Linear(inputs, outputs))

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.linear(input, self.weight(), self.bias)


class SpectralConv(Spectral):
    """`nn.Conv2d` with spectral norm that keeps height and width: [N, inputs, H, W] -> [N, outputs, H, W]."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, kernel, bias=bias))
        self.padding = kernel // 2

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.conv2d(input, self.weight(), self.bias, padding=self.padding)


class SpectralDeconv(Spectral):
    """`nn.ConvTranspose2d` (4x4, stride 2) with spectral norm: [N, inputs, H, W] -> [N, outputs, 2H, 2W]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(nn.ConvTranspose2d(inputs, outputs, 4), outputs_at=1)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the layer."""
        return F.conv_transpose2d(input, self.weight(), self.bias, stride=2, padding=1)
