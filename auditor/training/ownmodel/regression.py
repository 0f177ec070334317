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
from auditor.training import split
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


def out_of_fold(
    features: FloatArray, labels: NDArray[np.integer], classes: int, progress: Progress = lambda *_: None
) -> Regression:
    """Predict the class of each image from its features.

    Args:
        features: float32 [M, D], finite.
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
    axes = principal_axes(features)
    fold = split.folds(given.astype(np.int16), FOLDS, SEED)
    strength = _strength(axes, given, progress)
    probs = np.zeros((len(axes), classes), np.float32)
    for number in range(FOLDS):
        progress(number, FOLDS, "logistic regression")
        unseen = fold == number
        probs[unseen] = _predict(axes[~unseen], given[~unseen], axes[unseen], classes, strength)
    progress(FOLDS, FOLDS, "logistic regression")
    return Regression(probs, axes, strength)


def principal_axes(features: FloatArray, most: int = AXES) -> FloatArray:
    """Return the axes of largest variance, float32 [M, min(D, M, most)], scaled by one number to mean variance 1.

    Dimensions are first scaled to variance 1, so that none counts more because of its unit.
    """
    from sklearn.decomposition import PCA

    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 1e-8, spread, 1)
    count = min(most, *scaled.shape)
    axes = PCA(count, svd_solver="randomized", random_state=SEED).fit_transform(scaled).astype(np.float32)
    result: FloatArray = axes / np.maximum(np.float32(axes.std()), np.float32(1e-8))
    return result


def _strength(axes: FloatArray, labels: NDArray[np.int64], progress: Progress) -> float:
    """The strength with the smallest log loss on held-out given labels."""
    if len(axes) > ENOUGH_TO_CHOOSE:
        sample = np.random.default_rng(SEED).choice(len(axes), ENOUGH_TO_CHOOSE, replace=False)
        axes, labels = axes[sample], labels[sample]
    held = split.held_out(labels.astype(np.int16), HELD_OUT, SEED)
    if not held.any():
        raise TrainingError(
            f"Only {counted(len(axes), 'image has', 'images have')} features, too few to hold any out; open a larger "
            "data set."
        )
    classes, losses = int(labels.max()) + 1, []
    for number, strength in enumerate(STRENGTHS):
        progress(number, len(STRENGTHS), "choosing the strength of the regression")
        probs = _predict(axes[~held], labels[~held], axes[held], classes, strength)
        losses.append(-np.log(np.maximum(probs[np.arange(len(probs)), labels[held]], 1e-6)).mean())
    return STRENGTHS[int(np.argmin(losses))]


def _predict(
    axes: FloatArray, labels: NDArray[np.int64], unseen: FloatArray, classes: int, strength: float
) -> FloatArray:
    """p(y|x) of unseen images, float32 [K, classes]; a class without an image has probability 0."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # The penalty makes the optimum unique; a fit that stops short of it is as good an opinion.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=strength, max_iter=200, tol=1e-3).fit(axes, labels)
    probs = np.zeros((len(unseen), classes), np.float32)
    probs[:, fitted.classes_] = fitted.predict_proba(unseen)
    return probs
