"""How often each given class is wrong, by the labels of the nearest faces alone: no network's probabilities.

A face and two of its nearest are taken for three looks at one true class: their labels are drawn independently from
p(given | true), and how often each triple of labels occurs tells that matrix and the true classes' shares (Zhu, Song
and Liu, "Clusterability as an Alternative to Anchor Points When Learning with Noisy Labels", ICML 2021; solved here by
EM for a latent class, Dawid and Skene 1979). Networks that were trained on the labels have each class's rate built
into their probabilities, and what they say of it is the less to be trusted the better they fit; this is a second word.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

NEAREST = 2
"""Faces around an image of which every pair makes a triple with it: the paper's two, best on simulated crowds too."""

PROVES = 1000
"""Images of a class with which its rate counts half."""

START = 0.7
"""p(given = true) that the EM starts from, so that each latent class keeps its own name."""

ROUNDS, SETTLED = 300, 1e-5
"""Most rounds of EM; one in which no probability moves further is the last."""

MOST = 2_000_000
"""Triples times classes that are looked at; of more images a random part is."""


def log_odds(labels: NDArray[np.integer], neighbours: NDArray[np.int32], classes: int) -> NDArray[np.float64]:
    """What each given class adds to the log-odds that a label is wrong, float64 [C]; positive: wrong more often.

    A class's log-odds less those of all labels, times n / (n + `PROVES`) for its n images: few prove little. 0 where
    there are no two neighbours.

    Args:
        labels: [M] given classes.
        neighbours: int32 [M, k], places of the nearest faces, nearest first.
        classes: C.
    """
    if neighbours.shape[1] < 2:
        return np.zeros(classes)
    rates = error_rates(*triples(labels, neighbours, classes), classes)
    images = np.bincount(labels, minlength=classes)
    rates[images == 0] = 0.5
    overall = float(np.average(rates, weights=images))
    added: NDArray[np.float64] = (_logit(rates) - _logit(np.array(overall))) * images / (images + PROVES)
    return added


def triples(
    labels: NDArray[np.integer], neighbours: NDArray[np.int32], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Triples of labels, each sorted, int64 [U, 3], and how often each occurs, float64 [U]."""
    near = neighbours[:, :NEAREST]
    pairs = list(combinations(range(near.shape[1]), 2))
    places = np.arange(len(labels))
    most = max(1, MOST // (classes * len(pairs)))
    if len(places) > most:
        places = np.random.default_rng(0).choice(places, most, replace=False)
    own = labels[places]
    found = [np.stack([own, labels[near[places, a]], labels[near[places, b]]], axis=1) for a, b in pairs]
    codes = np.sort(np.concatenate(found).astype(np.int64), axis=1) @ np.array([classes**2, classes, 1])
    seen, counts = np.unique(codes, return_counts=True)
    return np.stack([seen // classes**2, seen // classes % classes, seen % classes], axis=1), counts.astype(np.float64)


def error_rates(seen: NDArray[np.int64], counts: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """p(true != c | given = c) of every class c, float64 [C] in [0, 1], by EM over triples of labels.

    Args:
        seen: int64 [U, 3], distinct triples.
        counts: float64 [U], how often each occurs.
        classes: C.
    """
    given = np.full((classes, classes), (1 - START) / max(1, classes - 1))  # rows true, columns given
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
    joint = share[:, None] * given
    right: NDArray[np.float64] = np.diag(joint) / np.maximum(joint.sum(axis=0), 1e-12)
    return np.clip(1 - right, 0, 1)


def _logit(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    rate = np.clip(rate, 0.02, 0.98)
    return np.log(rate) - np.log1p(-rate)
