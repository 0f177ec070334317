"""A Gaussian for each class in denoised features: adaptive label error detection (ALED, arXiv 2601.10084, 2026).

The paper describes two classes: features are projected on the line between the class means and on few further axes,
each class is a Gaussian there, and a likelihood ratio names the wrong labels, averaged over projections. For more
classes the line is replaced by the axes that separate them (linear discriminants), and the ratio by p(y|x). Every
Gaussian is fitted again without the quarter of its class that fits it least, because a third of the labels may be
wrong.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

AXES, DRAWN, PROJECTIONS = 128, 8, 10
"""Main axes that are kept, random axes beside the discriminants in each projection, and projections."""

TRIMMED, ROUNDS = 0.25, 2
FLOOR = 1e-3
"""Added to the variances."""


def probabilities(
    features: NDArray[np.floating], labels: NDArray[np.integer], classes: int, seed: int = 0
) -> NDArray[np.float64]:
    """Return p(y|x), float64 [N, C].

    Args:
        features: [N, D].
        labels: [N] given classes; every class occurs.
        classes: C.
        seed: Seeds the projections.
    """
    rng = np.random.default_rng(seed)
    main = PCA(min(AXES, features.shape[1]), random_state=0).fit_transform(np.asarray(features, np.float64))
    apart = LinearDiscriminantAnalysis().fit(main, labels).transform(main)
    total = np.zeros((len(labels), classes))
    for _ in range(PROJECTIONS):
        drawn = main @ rng.normal(size=(main.shape[1], DRAWN))
        axes = np.concatenate([apart, drawn], axis=1)
        total += _log_posterior(axes / axes.std(axis=0), labels, classes)
    return np.exp(_normalised(total / PROJECTIONS))


def _log_posterior(axes: NDArray[np.float64], labels: NDArray[np.integer], classes: int) -> NDArray[np.float64]:
    kept = np.ones(len(labels), np.bool_)
    for _ in range(ROUNDS + 1):
        logs = np.stack([_log_density(axes, kept & (labels == label)) for label in range(classes)], axis=1)
        logs = _normalised(logs + np.log(np.bincount(labels, minlength=classes) / len(labels)))
        own = logs[np.arange(len(labels)), labels]
        least = np.array([np.quantile(own[labels == label], TRIMMED) for label in range(classes)])
        kept = own >= least[labels]
    return logs


def _log_density(axes: NDArray[np.float64], members: NDArray[np.bool_]) -> NDArray[np.float64]:
    covariance = np.cov(axes[members].T) + FLOOR * np.eye(axes.shape[1])
    logs: NDArray[np.float64] = multivariate_normal(axes[members].mean(axis=0), covariance).logpdf(axes)
    return logs


def _normalised(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    rows: NDArray[np.float64] = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)
    return rows
