"""Established scores for wrong labels, of networks that detection.py trains and of the features of a first look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.evidence import build, confident, neighbours, opinions
from auditor.evidence.gather import FloatArray, Strand, gather
from benchmarks import aled

Scores = dict[str, tuple[NDArray[np.floating], float]]
"""The suspicion of each training image, float [M], and the seconds of training, by the score's name."""

VOTERS = 10
"""Nearest faces that vote in SimiFeat (Zhu, Dong and Liu, ICML 2022)."""


def scores(
    workspace: Workspace, dataset: Dataset, runs: Mapping[str, Sequence[str]], seconds: Mapping[str, float]
) -> Scores:
    """Return the established scores.

    Args:
        workspace: Where the runs are.
        dataset: The data set.
        runs: Ids of runs: 'methods' of the methods, 'plain' of the plain network in sample, 'folds' of the same in
            folds, 'look' of a first look.
        seconds: What each run took.
    """
    rows = dataset.rows("train")
    labels = dataset.labels[rows].astype(np.int64)
    found: Scores = {}
    for run in runs["methods"]:
        for strand in gather([workspace.run(run)], dataset, rows):
            found |= _aled(f"{strand.method}'s features", labels, strand, seconds[run])
    for run in runs["plain"]:
        (opinion,) = opinions.opinions_of(gather([workspace.run(run)], dataset, rows))
        near = build.near_faces([opinion])[1]
        found["plain, area under the margin"] = (-opinion.mean("margin"), seconds[run])
        found["plain, cartography (confidence)"] = (-opinion.mean("confidence"), seconds[run])
        found["plain, nearest faces"] = (neighbours.disagreement(labels, near), seconds[run])
        found |= _simifeat("plain", labels, opinion.strands[0], seconds[run])
        found |= _aled("plain", labels, opinion.strands[0], seconds[run])
    for run in runs["folds"]:
        (strand,) = gather([workspace.run(run)], dataset, rows)
        found |= _cleanlab("cleanlab out of fold", labels, strand, seconds[run])
        joint = confident.confident_joint(labels, _last(strand))
        rate = 1 - np.diag(joint) / joint.sum(axis=1)
        found["class error rate of the confident joint"] = (rate[labels], seconds[run])
    for run in runs["look"]:
        (strand,) = gather([workspace.run(run)], dataset, rows)
        found["first look's features, their own score"] = (
            1 - _last(strand)[np.arange(len(labels)), labels],
            seconds[run],
        )
        found |= _cleanlab("first look's features, cleanlab", labels, strand, seconds[run])
        found |= _simifeat("first look's features", labels, strand, seconds[run])
        found |= _aled("first look's features", labels, strand, seconds[run])
    return found


def _last(strand: Strand) -> FloatArray:
    """p(y|x) after the last epoch, rows of sum 1."""
    last = strand.probs(strand.epochs - 1)
    whole: FloatArray = last / last.sum(axis=1, keepdims=True)
    return whole


def _cleanlab(name: str, labels: NDArray[np.int64], strand: Strand, seconds: float) -> Scores:
    """Both of cleanlab's label quality scores, of probabilities out of fold."""
    last = _last(strand)
    kinds = ("self_confidence", "normalized_margin")
    return {f"{name}, {kind}": (confident.label_suspicion(labels, last, kind), seconds) for kind in kinds}


def _aled(name: str, labels: NDArray[np.int64], strand: Strand, seconds: float) -> Scores:
    """A Gaussian for each class in a network's features."""
    probs = aled.probabilities(strand.embedding()[0 : len(labels)], labels, int(labels.max()) + 1)
    return {f"{name}, ALED": (1 - probs[np.arange(len(labels)), labels], seconds)}


def _simifeat(name: str, labels: NDArray[np.int64], strand: Strand, seconds: float) -> Scores:
    """SimiFeat's two scores in a network's features: the nearest faces' votes against a label, and how little their
    labels resemble it (one less the cosine of their shares and the given label).
    """
    features = strand.embedding()[0 : len(labels)]
    near, _ = neighbours.nearest(np.asarray(features, np.float32), VOTERS)
    shares = neighbours.average(np.eye(int(labels.max()) + 1, dtype=np.float32)[labels], near)
    own = shares[np.arange(len(labels)), labels]
    alike = own / np.maximum(np.linalg.norm(shares, axis=1), 1e-9)
    return {f"{name}, SimiFeat's votes": (1 - own, seconds), f"{name}, SimiFeat's ranking": (1 - alike, seconds)}
