"""How steadily an image is called what it is called, over epochs, folds, seeds and methods.

A call is made from the dissent: the share of late epochs at which a network's answer is not the given label. One lucky
epoch moves it by one epoch's share and no more.
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
    """Who calls what.

    Attributes:
        assignment: int8 [M], the final one.
        stability: float32 [M] in [0, 1], share of the late epochs of all strands that agree with it.
        votes: by method, int8 [M] in clean, ambiguous, noisy; -1 where it has not scored the image.
        votes_noisy, votes_total: int8 [M], over the methods that have learnt something.
        dissent: float32 [M] in [0, 1], weighted mean over the methods.
        changes: float32 [M], how often a network changed sides in the late epochs, mean over strands.
    """

    assignment: NDArray[np.int8]
    stability: FloatArray
    votes: dict[str, NDArray[np.int8]]
    votes_noisy: NDArray[np.int8]
    votes_total: NDArray[np.int8]
    dissent: FloatArray
    changes: FloatArray


def judge(asked: Sequence[Opinion], result: Consensus, labels: NDArray[np.integer]) -> Calls:
    """The methods' votes and the final assignment: noisy only where most late epochs say so, else ambiguous."""
    size = len(labels)
    total, weight, changes, heads = (np.zeros(size, np.float32) for _ in range(4))
    votes, noisy, counted = {}, np.zeros(size, np.int8), np.zeros(size, np.int8)
    for opinion in asked:
        dissent = method_dissent(opinion)
        there = np.isfinite(dissent)
        vote = np.where(dissent >= NOISY_FROM, NOISY, np.where(dissent < CLEAN_BELOW, CLEAN, AMBIGUOUS))
        votes[opinion.method] = np.where(there, vote, -1).astype(np.int8)
        total[there] += opinion.weight * dissent[there]
        weight += opinion.weight * there
        if opinion.weight > 0:
            counted += there
            noisy += there & (vote == NOISY)
        for strand, features in zip(opinion.strands, opinion.features, strict=True):
            changes[strand.scored] += features.changes[strand.scored]
            heads += strand.scored
    share = np.where(weight > 0, total / np.maximum(weight, 1e-9), 0.5).astype(np.float32)
    assignment = np.where((result.assignment == NOISY) & (share < LEAST_DISSENT), AMBIGUOUS, result.assignment)
    assignment[weight == 0] = AMBIGUOUS
    agreement = np.choose(assignment, [1 - share, 1 - np.abs(2 * share - 1), share])
    return Calls(
        assignment.astype(np.int8), agreement.astype(np.float32), votes, noisy, counted, share,
        changes / np.maximum(heads, 1),
    )  # fmt: skip


def method_dissent(opinion: Opinion) -> FloatArray:
    """float32 [M] in [0, 1], NaN not scored: a method's dissent; of one that divides the images itself (MAN), half its
    mean code (0 clean, 1 ambiguous, 2 noisy) over the late epochs.
    """
    if not all(strand.has("assignment") for strand in opinion.strands):
        return opinion.mean("dissent")
    total = np.zeros(len(opinion.probs), np.float32)
    heads = np.zeros(len(total), np.float32)
    for strand in opinion.strands:
        epochs = range(late_epochs(strand.epochs), strand.epochs)
        share = np.mean([strand.column("assignment", epoch) for epoch in epochs], axis=0) / 2
        total[strand.scored] += share[strand.scored]
        heads += strand.scored
    with np.errstate(invalid="ignore"):
        dissent: FloatArray = np.where(heads > 0, total / heads, np.nan).astype(np.float32)
    return dissent
