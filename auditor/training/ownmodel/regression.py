"""Probabilities from features alone: a multinomial logistic regression on the given labels, each image out of fold.

The regression sees the principal axes of the features, and no image is scored by one that was fitted to its label. Its
strength is the one with the smallest log loss on given labels that a first fit did not see.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.errors import TrainingError
from auditor.plural import counted
from auditor.training import axes, split
from auditor.training.axes import Rows, blocks
from auditor.training.ownmodel.values import FloatArray

FOLDS = 5
AXES = 256
STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0)
"""Inverse strengths of the penalty (scikit-learn's C) that are tried."""

HELD_OUT = 0.2
SEED = 0
ENOUGH_TO_CHOOSE = 20_000
"""The strength is chosen on at most so many images: more change nothing and take longer."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Regression:
    """What the regression predicts.

    Attributes:
        probs: float32 [M, C], p(y|x), each image by a regression that did not see its label.
        axes: float32 [M, D], the features' principal axes.
        strength: The inverse penalty that was chosen.
    """

    probs: FloatArray
    axes: FloatArray
    strength: float


class _Scaled:
    """Features whose dimensions have mean 0 and variance 1, computed a part at a time as they are read."""

    def __init__(self, features: Rows) -> None:
        self.shape, self._features = features.shape, features
        count, width = features.shape
        total = np.zeros(width)
        for _, part in blocks(features):
            total += part.sum(axis=0, dtype=np.float64)
        self._mean = (total / count).astype(np.float32)
        squared = np.zeros(width)
        for _, part in blocks(features):
            squared += np.square(part - self._mean).sum(axis=0, dtype=np.float64)
        spread = np.sqrt(squared / count).astype(np.float32)
        self._spread = np.where(spread > 1e-8, spread, np.float32(1))  # so that none counts more because of its unit

    def __getitem__(self, part: slice | NDArray[np.intp]) -> NDArray[np.floating]:
        return (self._features[part] - self._mean) / self._spread


def out_of_fold(
    features: Rows, labels: NDArray[np.integer], classes: int, progress: Progress = lambda *_: None
) -> Regression:
    """Predict the class of each image from its features.

    Args:
        features: float32 [M, D], finite; read in parts.
        labels: [M] the given labels.
        classes: C.
        progress: Called as progress(done, total, text).

    Raises:
        TrainingError: There are too few images, or all have one label.
    """
    given = labels.astype(np.int64)
    if len(np.unique(given)) < 2:
        raise TrainingError(
            "All images with features have one label, which leaves nothing to learn; open more classes."
        )
    rotated = principal_axes(features)
    fold = split.folds(given.astype(np.int16), FOLDS, SEED)
    strength = _strength(rotated, given, progress)
    probs = np.zeros((len(rotated), classes), np.float32)
    for number in range(FOLDS):
        progress(number, FOLDS, "logistic regression")
        unseen = fold == number
        probs[unseen] = _predict(rotated[~unseen], given[~unseen], rotated[unseen], classes, strength)
    progress(FOLDS, FOLDS, "logistic regression")
    return Regression(probs, rotated, strength)


def principal_axes(features: Rows, most: int = AXES) -> FloatArray:
    """Return the axes of largest variance, float32 [M, min(D, M, most)], scaled by one number to mean variance 1.

    Dimensions are first scaled to variance 1. Of 100,000 images no second copy of the features is made.
    """
    rotated = axes.principal_axes(_Scaled(features), min(most, *features.shape))
    rotated /= np.maximum(np.float32(rotated.std()), np.float32(1e-8))
    return rotated.astype(np.float32, copy=False)


def _strength(rotated: FloatArray, labels: NDArray[np.int64], progress: Progress) -> float:
    """The strength with the smallest log loss on held-out given labels."""
    if len(rotated) > ENOUGH_TO_CHOOSE:
        sample = np.random.default_rng(SEED).choice(len(rotated), ENOUGH_TO_CHOOSE, replace=False)
        rotated, labels = rotated[sample], labels[sample]
    held = split.held_out(labels.astype(np.int16), HELD_OUT, SEED)
    if not held.any():
        raise TrainingError(
            f"Only {counted(len(rotated), 'image has', 'images have')} features, too few to hold any out; open a "
            "larger data set."
        )
    classes, losses = int(labels.max()) + 1, []
    for number, strength in enumerate(STRENGTHS):
        progress(number, len(STRENGTHS), "choosing the strength of the regression")
        probs = _predict(rotated[~held], labels[~held], rotated[held], classes, strength)
        losses.append(-np.log(np.maximum(probs[np.arange(len(probs)), labels[held]], 1e-6)).mean())
    return STRENGTHS[int(np.argmin(losses))]


def _predict(
    rotated: FloatArray, labels: NDArray[np.int64], unseen: FloatArray, classes: int, strength: float
) -> FloatArray:
    """p(y|x) of unseen images, float32 [K, classes]; a class without an image has probability 0."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # The penalty makes the optimum unique; a fit that stops short of it is as good an opinion.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=strength, max_iter=200, tol=1e-3).fit(rotated, labels)
    probs = np.zeros((len(unseen), classes), np.float32)
    probs[:, fitted.classes_] = fitted.predict_proba(unseen)
    return probs
