"""NLA's weight landscape: two Gaussians over (p of the label, largest other p). Numbers only, no torch.

The method weighs its loss by them and the screen draws them, from this one description.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

MEAN_TRUE, MEAN_FALSE = (0.5, 0.5), (0.30, 0.15)
SPREAD_TRUE, RATIO_TRUE = 0.8, 2.0
SPREAD_FALSE, RATIO_FALSE = 0.91, 6.0
RATE = 15.0


@dataclass(frozen=True)
class Gaussian:
    """A bivariate Gaussian with one variance for both axes.

    Attributes:
        mean: (p of the label, largest other p).
        variance: Of either axis.
        covariance: Between the axes.
    """

    mean: tuple[float, float]
    variance: float
    covariance: float

    @property
    def height(self) -> float:
        """Density at the mean."""
        return 1 / (2 * math.pi * math.sqrt(self.variance**2 - self.covariance**2))

    def exponent(self, p_label: Any, p_other: Any) -> Any:
        """-d' S^-1 d / 2 at points given as numbers, numpy arrays or tensors: density = height * exp(exponent)."""
        x, y = p_label - self.mean[0], p_other - self.mean[1]
        determinant = self.variance**2 - self.covariance**2
        return (self.covariance * x * y - self.variance * (x * x + y * y) / 2) / determinant


def narrowing(epoch: int, epochs: int) -> float:
    """1 - exp(-15 e / E), the paper's eps, e counted from 0: 0 at first, then quickly towards 1."""
    return 1 - math.exp(-RATE * epoch / epochs)


def gaussian_true(epoch: int, epochs: int) -> Gaussian:
    """Where the label is the most probable class: round at first, then narrow along p_label + p_other = 1."""
    wide, thin = SPREAD_TRUE**2, (SPREAD_TRUE / RATIO_TRUE) ** 2
    return Gaussian(MEAN_TRUE, wide + thin, narrowing(epoch, epochs) * (thin - wide))


def gaussian_false() -> Gaussian:
    """Where another class is more probable than the label: the same in every epoch."""
    wide, thin = SPREAD_FALSE**2, (SPREAD_FALSE / RATIO_FALSE) ** 2
    return Gaussian(MEAN_FALSE, wide + thin, wide - thin)
