"""Confident learning (Northcutt et al. 2021): our own confident joint, and cleanlab's scores for comparison.

The joint is also the source of the class error rates: on real faces the estimated error rate of the given class
predicts a wrong label better than any single score of the image itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.gather import FloatArray


def confident_joint(labels: NDArray[np.integer], probs: FloatArray) -> NDArray[np.float64]:
    """Estimate the joint distribution of (given, true) labels.

    An image counts for its most probable class among those whose probability reaches the class's own threshold, the
    mean probability of the class among the images given it (eq. 1). Where it reaches none, the image is not counted.
    Rows are then scaled to the given labels' counts (eq. 3).

    Args:
        labels: [M] given classes.
        probs: float32 [M, C] p(y|x), best out of fold; rows with NaN are left out.

    Returns:
        float64 [C, C], rows given, columns true, summing to 1. A given class without counted images keeps its label.
    """
    classes = probs.shape[1]
    finite = np.isfinite(probs).all(axis=1)
    labels, probs = labels[finite].astype(np.int64), probs[finite]
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    p_given = probs[np.arange(len(labels)), labels]
    sums = np.bincount(labels, weights=p_given, minlength=classes)
    threshold = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    passed = probs >= threshold - 1e-6
    counted = passed.any(axis=1)
    true = np.where(passed, probs, -1).argmax(axis=1)
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[counted], true[counted]), 1.0)
    empty = joint.sum(axis=1) == 0
    joint[empty, empty] = 1.0
    joint *= (counts / joint.sum(axis=1))[:, None]
    share: NDArray[np.float64] = joint / max(1.0, joint.sum())
    return share


def label_suspicion(labels: NDArray[np.integer], probs: FloatArray, method: str = "normalized_margin") -> FloatArray:
    """Return one minus cleanlab's label quality: float32 [M] in [0, 1], higher = more likely mislabelled.

    Args:
        labels: [M] given classes.
        probs: float32 [M, C], rows sum to 1.
        method: `self_confidence`, `normalized_margin` or `confidence_weighted_entropy`, as cleanlab names them.
    """
    from cleanlab.rank import get_label_quality_scores

    quality = get_label_quality_scores(labels.astype(np.int64), probs.astype(np.float64), method=method)
    suspicion: FloatArray = (1 - quality).astype(np.float32)
    return suspicion
