"""p(true | given) of each class, estimated from the labels of the nearest faces, without a network's probabilities.

A face and its two nearest are treated as three observations of one true class: their labels are independent draws from
p(given | true). How often each triple of labels occurs determines that matrix and the shares of the true classes (Zhu,
Song and Liu, "Clusterability as an Alternative to Anchor Points When Learning with Noisy Labels", ICML 2021; solved
here by EM for a latent class, Dawid and Skene 1979). Networks that were trained on the labels have each class's error
rate built into their probabilities, so their estimate gets worse the better they fit. This is a second estimate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import logit

from auditor.evidence.gather import FloatArray
from auditor.evidence.noise_rate import transition_matrix

PROVES = 1000
"""Number of images of a class at which its row has half of its weight."""

MAX_WEIGHT = 0.2
"""The largest weight of a class's log-odds, however many images it has. That a face and its nearest share a class is
only nearly true, which penalises classes that are hard to recognise. On crowds of 15,000 any weight costs accuracy; on
faces, whose annotators err most where recognition is hard, it is known to help (docs/notebook.md).
"""

START = 0.7
"""p(given = true) that the EM starts from, so that each latent class keeps its own name."""

ROUNDS, SETTLED = 300, 1e-5
"""The most rounds of EM, and the change of every probability below which it stops."""

LEAST = 0.02
"""Added to both shares before they are compared; also the smallest error rate that is assumed."""

MOST = 2_000_000
"""The most triples times classes that are used; with more images a random sample of them."""


def true_given(labels: NDArray[np.integer], neighbours: NDArray[np.int32], classes: int) -> NDArray[np.float64] | None:
    """Estimate p(true | given), float64 [C, C], rows given, each summing to 1 (the identity's row without images).

    Args:
        labels: [M] given classes.
        neighbours: int32 [M, k], places of the nearest faces, nearest first.
        classes: C.

    Returns:
        None where images have fewer than two neighbours.
    """
    if neighbours.shape[1] < 2:
        return None
    joint = latent_classes(*triples(labels, neighbours, classes), classes).T
    joint = joint + 1e-9 * np.eye(classes)
    matrix: NDArray[np.float64] = joint / joint.sum(axis=1, keepdims=True)
    return matrix


def proven(labels: NDArray[np.integer], classes: int) -> NDArray[np.float64]:
    """Return the weight of each given class's row, float64 [C] in [0, 1): n / (n + `PROVES`) for its n images."""
    images = np.bincount(labels, minlength=classes)
    share: NDArray[np.float64] = images / (images + PROVES)
    return share


def log_odds(labels: NDArray[np.integer], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each given class adds to the log-odds that a label is wrong, float64 [C]; positive: wrong more often.

    A class's log-odds minus those of all labels, times its weight (`proven`, at most `MAX_WEIGHT`).

    Args:
        labels: [M] given classes.
        matrix: float64 [C, C], p(true | given) (see `true_given`).
    """
    rates: NDArray[np.float64] = 1.0 - np.diag(matrix)
    overall = float(np.average(rates, weights=np.bincount(labels, minlength=len(rates))))
    weight = np.minimum(proven(labels, len(rates)), MAX_WEIGHT)
    odds, usual = (logit(np.clip(rate, LEAST, 1 - LEAST)) for rate in (rates, overall))
    added: NDArray[np.float64] = (odds - usual) * weight
    return added


def tilted(belief: FloatArray, labels: NDArray[np.integer], matrix: NDArray[np.float64]) -> FloatArray:
    """Move p(true | x, given) so that each given class's mean comes nearer to the matrix's row, by its weight `proven`.

    Returns:
        float32 [M, C], rows sum to 1.
    """
    mean = transition_matrix(labels, belief)
    ratio = ((matrix + LEAST) / (mean + LEAST)) ** proven(labels, belief.shape[1])[:, None]
    moved = belief * ratio[labels].astype(np.float32)
    nearer: FloatArray = moved / np.maximum(moved.sum(axis=1, keepdims=True), 1e-12)
    return nearer


def triples(
    labels: NDArray[np.integer], neighbours: NDArray[np.int32], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count the triples of labels of an image and its two nearest.

    Returns:
        The distinct triples, each sorted, int64 [U, 3], and how often each occurs, float64 [U].
    """
    places = np.arange(len(labels))
    most = max(1, MOST // classes)
    if len(places) > most:
        places = np.random.default_rng(0).choice(places, most, replace=False)
    label_triples = np.column_stack([labels[places], labels[neighbours[places, :2]]]).astype(np.int64)
    codes = np.sort(label_triples, axis=1) @ np.array([classes**2, classes, 1])
    distinct, counts = np.unique(codes, return_counts=True)
    return np.stack([distinct // classes**2, distinct // classes % classes, distinct % classes], axis=1), counts.astype(
        np.float64
    )


def latent_classes(distinct: NDArray[np.int64], counts: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Estimate p(true, given), float64 [C, C], rows true, summing to 1, by EM over triples of labels.

    Args:
        distinct: int64 [U, 3], distinct triples.
        counts: float64 [U], how often each occurs.
        classes: C.
    """
    given = np.full((classes, classes), (1 - START) / max(1, classes - 1))
    np.fill_diagonal(given, START)
    rows = np.repeat(np.arange(len(distinct)), 3)
    label_counts = csr_array(
        (np.ones(distinct.size), (rows, distinct.ravel())), shape=(len(distinct), classes)
    )  # labels of each triple
    share = counts @ label_counts / (3 * counts.sum())
    for _ in range(ROUNDS):
        belief = share[:, None] * given[:, distinct[:, 0]] * given[:, distinct[:, 1]] * given[:, distinct[:, 2]]
        belief *= counts / np.maximum(belief.sum(axis=0), 1e-300)
        images = belief @ label_counts + 1e-9
        before, given = given, images / images.sum(axis=1, keepdims=True)
        share = belief.sum(axis=1) / counts.sum()
        if np.abs(given - before).max() < SETTLED:
            break
    joint: NDArray[np.float64] = share[:, None] * given
    return joint
