"""Estimate the share of wrong labels, overall and by class, with an interval; and which classes are confused.

The estimate is the mean of the calibrated `p_mislabelled`. Its interval adds three variances: of the sample of images
(bootstrap), of the estimates by each method alone, and of the estimate's error where the truth is known (`OFF`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.gather import FloatArray

_DRAWS = 400

SPAN = 1.96
"""Standard errors on each side of a 95 % interval."""

OFF, OFF_LITTLE = 0.06, 0.12
"""Error of the estimated share of wrong labels on simulated crowds, where networks have learnt much and where they have
learnt little: `SPAN` times that holds 95 of 100 (`rate_estimate`, docs/notebook.md).
"""

MUCH, LITTLE = 0.85, 0.45
"""Skill of the best method from which the error is `OFF`, and the skill up to which it is `OFF_LITTLE`."""

HARDLY = 0.3
"""Skill below which the report warns that little can be told from these trainings."""


def noise_rate(
    labels: NDArray[np.integer],
    p_mislabelled: FloatArray,
    classes: int,
    alone: Sequence[tuple[float, NDArray[np.float64]]] = (),
    skill: float = 1.0,
) -> dict[str, Any]:
    """Estimate the share of wrong labels with its 95 % interval.

    Args:
        labels: [M] given classes.
        p_mislabelled: float32 [M], calibrated.
        classes: C.
        alone: For each method its weight and its own estimates, float64 [1 + C]: overall, then by given class.
        skill: Of the best method, in [0, 1], see `opinions.skill`; a lower skill widens the interval.

    Returns:
        `overall`, `low`, `high` and lists `by_class`, `by_class_low`, `by_class_high` [C], shares in [0, 1] (None for
        a class without images), and `images` [C].
    """
    estimate, spread = _bootstrap(labels, p_mislabelled, classes)
    if len(alone) > 1:
        weight = np.array([w for w, _ in alone])
        values = np.stack([v for _, v in alone])
        centre = np.average(values, axis=0, weights=weight)
        spread = np.sqrt(spread**2 + np.average((values - centre) ** 2, axis=0, weights=weight))
    spread = np.sqrt(spread**2 + off(skill) ** 2)
    low, high = np.clip(estimate - SPAN * spread, 0, 1), np.clip(estimate + SPAN * spread, 0, 1)
    return {
        "overall": _plain(estimate[:1])[0],
        "low": _plain(low[:1])[0],
        "high": _plain(high[:1])[0],
        "by_class": _plain(estimate[1:]),
        "by_class_low": _plain(low[1:]),
        "by_class_high": _plain(high[1:]),
        "images": np.bincount(labels, minlength=classes).tolist(),
    }


def off(skill: float) -> float:
    """Return the expected root mean square error of the estimate, by the skill of the best method."""
    lacking = float(np.clip((MUCH - skill) / (MUCH - LITTLE), 0, 1))
    return OFF + lacking * (OFF_LITTLE - OFF)


def standard_error(noise: Mapping[str, Any]) -> float:
    """Return the standard error of the overall estimate, a share: what its interval was made from.

    Args:
        noise: The result of `noise_rate`. Of an end that was cut off at 0 or 1 the other one tells.
    """
    return float(max(noise["high"] - noise["overall"], noise["overall"] - noise["low"])) / SPAN


def _bootstrap(
    labels: NDArray[np.integer], p: FloatArray, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the estimate and its standard error, [1 + C] each; each drawn image is wrong with its own p."""
    bins = 20
    cell = labels.astype(np.int64) * bins + np.minimum((p * bins).astype(np.int64), bins - 1)
    size = np.bincount(cell, minlength=classes * bins).astype(np.float64)
    mean = np.bincount(cell, weights=p, minlength=classes * bins) / np.maximum(size, 1)
    rng = np.random.default_rng(0)
    drawn = rng.poisson(size, (_DRAWS, len(size)))
    wrong = rng.binomial(drawn, np.clip(mean, 0, 1)).reshape(_DRAWS, classes, bins).sum(2)
    drawn = drawn.reshape(_DRAWS, classes, bins).sum(2)
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=p, minlength=classes)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.concatenate([[p.mean()], sums / counts])
        draws = np.concatenate([(wrong.sum(1) / drawn.sum(1))[:, None], wrong / drawn], axis=1)
        draws = np.where(np.isfinite(draws), draws, estimate)
    return estimate, draws.std(axis=0)


def transition_matrix(labels: NDArray[np.integer], posterior: FloatArray) -> NDArray[np.float64]:
    """Return p(true | given), float64 [C, C], rows given, each summing to 1 (the identity's row without images)."""
    classes = posterior.shape[1]
    matrix = np.eye(classes)
    for given in range(classes):
        of_class = labels == given
        if of_class.any():
            matrix[given] = posterior[of_class].mean(axis=0, dtype=np.float64)
    return matrix


def confused_pairs(matrix: NDArray[np.float64], images: Sequence[int], most: int = 10) -> list[dict[str, Any]]:
    """Return the (given, true) pairs with the most wrong labels, most first, none below half an image.

    Each has `given` and `true` (class indices), the `share` of the images with that given label, in [0, 1], and the
    `expected` number of images.
    """
    expected = matrix * np.asarray(images, np.float64)[:, None]
    np.fill_diagonal(expected, 0)
    order = np.argsort(-expected, axis=None, kind="stable")[:most]
    pairs = [np.unravel_index(place, expected.shape) for place in order]
    return [
        {"given": int(g), "true": int(t), "share": float(matrix[g, t]), "expected": float(expected[g, t])}
        for g, t in pairs
        if expected[g, t] >= 0.5
    ]


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
