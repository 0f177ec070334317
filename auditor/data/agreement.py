"""Several label sets of the same images: how far they agree, and an audit of each annotator.

Agreement is Cohen's kappa (Cohen, 1960), 1 = identical, 0 = chance. The true labels are estimated from the sets alone
by the model of Dawid and Skene (1979): every annotator has a confusion matrix, every image a hidden label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset, IntArray

GIVEN = "given"
FEWEST = 2
"""The number of other annotators that must agree before a label is called suspect."""


@dataclass(frozen=True, eq=False)
class LabelSetAgreement:
    """How far S label sets agree, pair by pair.

    Attributes:
        names: S names; the audited labels are called 'given'.
        kappa: float64 [S, S] in [-1, 1], NaN where two sets share no image.
        same: float64 [S, S], share of the shared images that both label alike; NaN likewise.
        shared: int64 [S, S], images that both label.
    """

    names: tuple[str, ...]
    kappa: NDArray[np.float64]
    same: NDArray[np.float64]
    shared: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class AnnotatorAudit:
    """One annotator, compared with the others.

    Attributes:
        name: The label set's name.
        labelled: Images the annotator labelled.
        judged: Of those, images on which the others have a majority.
        agreement: Share of the judged images labelled as the others' majority; NaN where none is judged.
        kappa: Cohen's kappa with the others' majority.
        confusion: int64 [C, C], row = the others' majority, column = this annotator.
        reliability: float64 [C], estimated probability of labelling class c as c (Dawid and Skene).
        suspects: Rows where at least two others agree on another label (all of them, where there are fewer).
    """

    name: str
    labelled: int
    judged: int
    agreement: float
    kappa: float
    confusion: NDArray[np.int64]
    reliability: NDArray[np.float64]
    suspects: IntArray


def collect(dataset: Dataset) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """The names and labels (int16 [N, S], -1 absent) of the audited labels and every other set that has any."""
    sets = [s for s in dataset.label_sets if (s.labels >= 0).any()]
    return (GIVEN, *(s.name for s in sets)), np.stack([dataset.labels, *(s.labels for s in sets)], axis=1)


def confusion(reference: NDArray[np.int16], labels: NDArray[np.int16], num_classes: int) -> NDArray[np.int64]:
    """Count the label pairs: int64 [C, C], row = reference, column = labels; images without both are not counted."""
    labelled_twice = (reference >= 0) & (labels >= 0)
    cells = reference[labelled_twice].astype(np.int64) * num_classes + labels[labelled_twice]
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes).astype(np.int64)


def kappa(matrix: NDArray[np.int64]) -> float:
    """Cohen's kappa of a confusion matrix: (p_o - p_e) / (1 - p_e); NaN without images, 1 where both know one class."""
    total = int(matrix.sum())
    if total == 0:
        return float("nan")
    observed = float(np.trace(matrix)) / total
    chance = float(matrix.sum(axis=0) @ matrix.sum(axis=1)) / total**2
    return 1.0 if chance >= 1.0 else (observed - chance) / (1.0 - chance)


def agreement(dataset: Dataset, rows: IntArray | None = None) -> LabelSetAgreement:
    """Compare every pair of label sets, over all rows or the given ones."""
    names, labels = collect(dataset)
    labels = labels if rows is None else labels[rows]
    size = len(names)
    kappas, same = np.full((size, size), np.nan), np.full((size, size), np.nan)
    shared = np.zeros((size, size), dtype=np.int64)
    for i in range(size):
        for j in range(i, size):
            matrix = confusion(labels[:, i], labels[:, j], dataset.num_classes)
            shared[i, j] = shared[j, i] = matrix.sum()
            kappas[i, j] = kappas[j, i] = kappa(matrix)
            if matrix.sum():
                same[i, j] = same[j, i] = np.trace(matrix) / matrix.sum()
    return LabelSetAgreement(names, kappas, same, shared)


def majority(labels: NDArray[np.int16], num_classes: int) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return each image's most frequent label (int16 [N], -1: a tie or none) and its count (int64 [N])."""
    counts = np.zeros((len(labels), num_classes), dtype=np.int64)
    for column in labels.T:
        labelled = np.flatnonzero(column >= 0)
        counts[labelled, column[labelled]] += 1
    votes = counts.max(axis=1, initial=0)
    clear = (votes > 0) & ((counts == votes[:, None]).sum(axis=1) == 1)
    return np.where(clear, counts.argmax(axis=1), -1).astype(np.int16), np.where(clear, votes, 0)


def dawid_skene(
    labels: NDArray[np.int16], num_classes: int, steps: int = 50, smoothing: float = 0.1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimate true labels and annotators' confusions by EM (Dawid and Skene, 1979).

    Args:
        labels: int16 [N, S], -1 absent.
        num_classes: C.
        steps: The maximum number of iterations; fewer are run where the estimate converges.
        smoothing: Added to every count, so that an unused class has a uniform row.

    Returns:
        float64 [N, C], the probability of every label (rows add up to 1), and float64 [S, C, C], p(given | true).
    """
    # Images with the same labels have the same posterior: hundreds of patterns instead of 450,000 images.
    labels, pattern, times = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    annotations = [(np.flatnonzero(column >= 0), column[column >= 0].astype(np.int64)) for column in labels.T]
    posterior = np.full((len(labels), num_classes), 1e-9)
    for rows, answers in annotations:
        posterior[rows, answers] += 1.0
    posterior /= posterior.sum(axis=1, keepdims=True)
    confusions = np.zeros((len(annotations), num_classes, num_classes))
    for _ in range(steps):
        for s, (rows, answers) in enumerate(annotations):
            counts = np.full((num_classes, num_classes), smoothing)
            for c in range(num_classes):
                agreeing = rows[answers == c]
                counts[:, c] += times[agreeing] @ posterior[agreeing]
            confusions[s] = counts / counts.sum(axis=1, keepdims=True)
        log = np.tile(np.log(times @ posterior / times.sum() + 1e-12), (len(labels), 1))
        for s, (rows, answers) in enumerate(annotations):
            log[rows] += np.log(confusions[s][:, answers]).T
        new = np.exp(log - log.max(axis=1, keepdims=True))
        new /= new.sum(axis=1, keepdims=True)
        moved = float(np.abs(new - posterior).max(initial=0.0))
        posterior = new
        if moved < 1e-6:
            break
    return posterior[pattern.reshape(-1)], confusions


def audit(dataset: Dataset, reference: NDArray[np.int16] | None = None) -> list[AnnotatorAudit]:
    """Compare every label set with the majority of the others.

    Args:
        dataset: The data set with its label sets.
        reference: int16 [N], the labels that the evidence suggests (-1 unknown), counted as one more annotator, so that
            a data set of two sets can be audited too.
    """
    names, labels = collect(dataset)
    _, confusions = dawid_skene(labels, dataset.num_classes)
    return [_audit_one(name, labels, s, reference, dataset.num_classes, confusions[s]) for s, name in enumerate(names)]


def _audit_one(
    name: str,
    labels: NDArray[np.int16],
    s: int,
    reference: NDArray[np.int16] | None,
    num_classes: int,
    confused: NDArray[np.float64],
) -> AnnotatorAudit:
    others: Sequence[NDArray[np.int16]] = [column for place, column in enumerate(labels.T) if place != s]
    if reference is not None:
        others = [*others, reference.astype(np.int16)]
    own = labels[:, s]
    stacked = np.stack(others, axis=1) if others else np.full((len(own), 1), -1, dtype=np.int16)
    best, votes = majority(stacked, num_classes)
    matrix = confusion(best, own, num_classes)
    judged = int(matrix.sum())
    suspects = (own >= 0) & (best >= 0) & (own != best) & (votes >= min(FEWEST, len(others)))
    return AnnotatorAudit(
        name=name,
        labelled=int((own >= 0).sum()),
        judged=judged,
        agreement=float(np.trace(matrix)) / judged if judged else float("nan"),
        kappa=kappa(matrix),
        confusion=matrix,
        reliability=np.diag(confused).copy(),
        suspects=np.flatnonzero(suspects),
    )
