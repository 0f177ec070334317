"""What each given class truly is, by the labels of the nearest faces: no network's probabilities, only its embedding.

A face and its two nearest are taken for three looks at one true class: their labels are drawn independently from
p(given | true), and how often each triple of labels occurs tells that matrix and the true classes' shares (Zhu, Song
and Liu, "Clusterability as an Alternative to Anchor Points When Learning with Noisy Labels", ICML 2021; solved here by
EM for a latent class, Dawid and Skene 1979). Networks that were trained on the labels have each class's rate built
into their probabilities, and what they say of it is the less to be trusted the better they fit; this is a second word.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import logit

from auditor.evidence.gather import FloatArray
from auditor.evidence.noise_rate import transition_matrix

PROVES = 1000
"""Images of a class with which its row counts half."""

LOUDEST = 0.2
"""The most that a class's log-odds count, however many images it has: that a face and its nearest share a class is only
nearly true, which a class that is hard to recognise pays for. On crowds of 15,000 any weight costs; on faces, whose
annotators err most where recognising is hard, it is known to help (docs/notebook.md).
"""

START = 0.7
"""p(given = true) that the EM starts from, so that each latent class keeps its own name."""

ROUNDS, SETTLED = 300, 1e-5
"""Most rounds of EM; one in which no probability moves further is the last."""

LEAST = 0.02
"""What is added to a share before shares are compared, and the smallest that an error rate is taken for."""

MOST = 2_000_000
"""Triples times classes that are looked at; of more images a random part is."""


def true_given(labels: NDArray[np.integer], neighbours: NDArray[np.int32], classes: int) -> NDArray[np.float64] | None:
    """p(true | given), float64 [C, C], rows given, each summing to 1 (the identity's where a class has no image).

    Args:
        labels: [M] given classes.
        neighbours: int32 [M, k], places of the nearest faces, nearest first.
        classes: C.

    Returns:
        None where there are no two neighbours.
    """
    if neighbours.shape[1] < 2:
        return None
    joint = latent_classes(*triples(labels, neighbours, classes), classes).T
    joint = joint + 1e-9 * np.eye(classes)
    matrix: NDArray[np.float64] = joint / joint.sum(axis=1, keepdims=True)
    return matrix


def proven(labels: NDArray[np.integer], classes: int) -> NDArray[np.float64]:
    """How much each given class's row counts, float64 [C] in [0, 1): n / (n + `PROVES`) for its n images."""
    images = np.bincount(labels, minlength=classes)
    share: NDArray[np.float64] = images / (images + PROVES)
    return share


def log_odds(labels: NDArray[np.integer], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each given class adds to the log-odds that a label is wrong, float64 [C]; positive: wrong oftener.

    A class's log-odds less those of all labels, as far as it is `proven` and at most by `LOUDEST`.

    Args:
        labels: [M] given classes.
        matrix: float64 [C, C], p(true | given) (see `true_given`).
    """
    rates: NDArray[np.float64] = 1.0 - np.diag(matrix)
    overall = float(np.average(rates, weights=np.bincount(labels, minlength=len(rates))))
    weight = np.minimum(proven(labels, len(rates)), LOUDEST)
    odds, usual = (logit(np.clip(rate, LEAST, 1 - LEAST)) for rate in (rates, overall))
    added: NDArray[np.float64] = (odds - usual) * weight
    return added


def tilted(belief: FloatArray, labels: NDArray[np.integer], matrix: NDArray[np.float64]) -> FloatArray:
    """p(true | x, given) tilted so that each given class's mean comes nearer to the matrix's row, as far as it is
    `proven`; float32 [M, C], rows sum to 1.
    """
    mean = transition_matrix(labels, belief)
    ratio = ((matrix + LEAST) / (mean + LEAST)) ** proven(labels, belief.shape[1])[:, None]
    moved = belief * ratio[labels].astype(np.float32)
    nearer: FloatArray = moved / np.maximum(moved.sum(axis=1, keepdims=True), 1e-12)
    return nearer


def triples(
    labels: NDArray[np.integer], neighbours: NDArray[np.int32], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Triples of labels, of an image and its two nearest, each sorted, int64 [U, 3], and how often each occurs,
    float64 [U].
    """
    places = np.arange(len(labels))
    most = max(1, MOST // classes)
    if len(places) > most:
        places = np.random.default_rng(0).choice(places, most, replace=False)
    found = np.column_stack([labels[places], labels[neighbours[places, :2]]]).astype(np.int64)
    codes = np.sort(found, axis=1) @ np.array([classes**2, classes, 1])
    seen, counts = np.unique(codes, return_counts=True)
    return np.stack([seen // classes**2, seen // classes % classes, seen % classes], axis=1), counts.astype(np.float64)


def latent_classes(seen: NDArray[np.int64], counts: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """p(true, given), float64 [C, C], rows true, summing to 1, by EM over triples of labels.

    Args:
        seen: int64 [U, 3], distinct triples.
        counts: float64 [U], how often each occurs.
        classes: C.
    """
    given = np.full((classes, classes), (1 - START) / max(1, classes - 1))
    np.fill_diagonal(given, START)
    rows = np.repeat(np.arange(len(seen)), 3)
    looks = csr_array((np.ones(seen.size), (rows, seen.ravel())), shape=(len(seen), classes))  # labels of each triple
    share = counts @ looks / (3 * counts.sum())
    for _ in range(ROUNDS):
        belief = share[:, None] * given[:, seen[:, 0]] * given[:, seen[:, 1]] * given[:, seen[:, 2]]
        belief *= counts / np.maximum(belief.sum(axis=0), 1e-300)
        images = belief @ looks + 1e-9
        before, given = given, images / images.sum(axis=1, keepdims=True)
        share = belief.sum(axis=1) / counts.sum()
        if np.abs(given - before).max() < SETTLED:
            break
    joint: NDArray[np.float64] = share[:, None] * given
    return joint
