"""NLA's weight landscape: two Gaussians over (p of the label, largest other p), without torch.

The method weights its loss with it, and the screen draws it.
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
        """Return -d' S^-1 d / 2 at points (numbers, numpy arrays or tensors): density = height * exp(exponent)."""
        x, y = p_label - self.mean[0], p_other - self.mean[1]
        determinant = self.variance**2 - self.covariance**2
        return (self.covariance * x * y - self.variance * (x * x + y * y) / 2) / determinant


def narrowing(epoch: int, epochs: int) -> float:
    """Return the paper's eps, 1 - exp(-15 e / E) for epoch e from 0: it starts at 0 and quickly approaches 1."""
    return 1 - math.exp(-RATE * epoch / epochs)


def gaussian_true(epoch: int, epochs: int) -> Gaussian:
    """Return the Gaussian for images whose label is the most probable class.

    It is round at first and later narrow along p_label + p_other = 1.
    """
    wide, thin = SPREAD_TRUE**2, (SPREAD_TRUE / RATIO_TRUE) ** 2
    return Gaussian(MEAN_TRUE, wide + thin, narrowing(epoch, epochs) * (thin - wide))


def gaussian_false() -> Gaussian:
    """Return the Gaussian for images where another class is more probable than the label; it never changes."""
    wide, thin = SPREAD_FALSE**2, (SPREAD_FALSE / RATIO_FALSE) ** 2
    return Gaussian(MEAN_FALSE, wide + thin, wide - thin)
