"""The stability of each image's assignment over epochs, folds, seeds and methods.

The assignment depends on the dissent: the share of late epochs at which a network's prediction is not the given label.
A single lucky epoch changes it by one epoch's share only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.consensus import Consensus
from auditor.evidence.features import late_epochs
from auditor.evidence.gather import FloatArray
from auditor.evidence.opinions import Opinion
from auditor.evidence.versions import AMBIGUOUS, CLEAN, NOISY

CLEAN_BELOW, NOISY_FROM = 0.3, 0.6
"""Dissent under the first is a method's vote for clean, from the second on for noisy."""

LEAST_DISSENT = 0.5
"""The weighted dissent of all methods from which an image may be called noisy at all."""


@dataclass(frozen=True, eq=False)
class Calls:
    """The assignment of each image and the votes of each method.

    Attributes:
        assignment: int8 [M], the final one.
        stability: float32 [M] in [0, 1], share of the late epochs of all strands that agree with it.
        votes: By method, int8 [M] in clean, ambiguous, noisy; -1 where it has not scored the image.
        votes_noisy, votes_total: int8 [M], over the methods that have learnt something.
        dissent: float32 [M] in [0, 1], weighted mean over the methods.
        changes: float32 [M], how often the prediction changed between given and other, late epochs, mean over strands.
    """

    assignment: NDArray[np.int8]
    stability: FloatArray
    votes: dict[str, NDArray[np.int8]]
    votes_noisy: NDArray[np.int8]
    votes_total: NDArray[np.int8]
    dissent: FloatArray
    changes: FloatArray


def judge(opinions: Sequence[Opinion], result: Consensus, labels: NDArray[np.integer]) -> Calls:
    """Return the methods' votes and the final assignment: noisy only if most late epochs dissent, else ambiguous."""
    size = len(labels)
    total, weight, changes, networks = (np.zeros(size, np.float32) for _ in range(4))
    votes, noisy, counted = {}, np.zeros(size, np.int8), np.zeros(size, np.int8)
    for opinion in opinions:
        dissent = method_dissent(opinion)
        scored = np.isfinite(dissent)
        vote = np.where(dissent >= NOISY_FROM, NOISY, np.where(dissent < CLEAN_BELOW, CLEAN, AMBIGUOUS))
        votes[opinion.method] = np.where(scored, vote, -1).astype(np.int8)
        total[scored] += opinion.weight * dissent[scored]
        weight += opinion.weight * scored
        if opinion.weight > 0:
            counted += scored
            noisy += scored & (vote == NOISY)
        for strand, features in zip(opinion.strands, opinion.features, strict=True):
            changes[strand.scored] += features.changes[strand.scored]
            networks += strand.scored
    share = np.where(weight > 0, total / np.maximum(weight, 1e-9), 0.5).astype(np.float32)
    assignment = np.where((result.assignment == NOISY) & (share < LEAST_DISSENT), AMBIGUOUS, result.assignment)
    assignment[weight == 0] = AMBIGUOUS
    agreement = np.choose(assignment, [1 - share, 1 - np.abs(2 * share - 1), share])
    return Calls(
        assignment.astype(np.int8), agreement.astype(np.float32), votes, noisy, counted, share,
        changes / np.maximum(networks, 1),
    )  # fmt: skip


def method_dissent(opinion: Opinion) -> FloatArray:
    """Return a method's dissent, float32 [M] in [0, 1]; NaN where it has not scored the image.

    For a method that divides the images itself (MAN): half its mean code (0 clean, 1 ambiguous, 2 noisy) over the late
    epochs.
    """
    if not all(strand.has("assignment") for strand in opinion.strands):
        return opinion.mean("dissent")
    total = np.zeros(len(opinion.probs), np.float32)
    networks = np.zeros(len(total), np.float32)
    for strand in opinion.strands:
        epochs = range(late_epochs(strand.epochs), strand.epochs)
        share = np.mean([strand.column("assignment", epoch) for epoch in epochs], axis=0) / 2
        total[strand.scored] += share[strand.scored]
        networks += strand.scored
    with np.errstate(invalid="ignore"):
        dissent: FloatArray = np.where(networks > 0, total / networks, np.nan).astype(np.float32)
    return dissent
