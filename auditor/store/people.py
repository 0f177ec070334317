"""Measure how far people agree on the faces that several of them judged.

Each person's latest valid decision on a face counts; skips, repeats and final decisions do not. An answer is the
resulting label (kept or relabelled), ambiguous, or excluded. Agreement beyond chance is Cohen's kappa for two people
(Cohen, 1960) and Fleiss' kappa for several (Fleiss, 1971), 1 = the same, 0 = as by chance. For one answer both are the
kappa of 'this answer' against 'any other'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from auditor.data.agreement import confusion, kappa
from auditor.store.operations import PersonalDecision
from auditor.store.state import DecisionState

AMBIGUOUS, EXCLUDED = "ambiguous", "excluded"

Votes = NDArray[np.int64]
"""The number of times that each answer was given to each face: int64 [F, A]."""


@dataclass(frozen=True)
class Pair:
    """The agreement of two people.

    Attributes:
        first: One of them.
        second: The other.
        shared: Number of faces that both judged.
        same: Number of those on which they agree.
        kappa: Cohen's kappa in [-1, 1]; NaN where they share no face.
        by_answer: Cohen's kappa of each answer against the others, in the order of `People.answers`; NaN where neither
            gave it.
    """

    first: str
    second: str
    shared: int
    same: int
    kappa: float
    by_answer: tuple[float, ...]


@dataclass(frozen=True)
class People:
    """The agreement of everybody who judged a face that somebody else judged too.

    Attributes:
        names: The people, in alphabetical order.
        answers: The answers given: class names as they were given, then 'ambiguous' and 'excluded'.
        faces: Number of faces with decisions of two people or more.
        contested: Number of those on which people differ.
        pairs: Every pair that shares a face.
        fleiss: Fleiss' kappa over all faces; NaN with fewer than two people.
        fleiss_by_answer: Of each answer against the others, in the order of `answers`.
    """

    names: tuple[str, ...]
    answers: tuple[str, ...]
    faces: int
    contested: int
    pairs: tuple[Pair, ...]
    fleiss: float
    fleiss_by_answer: tuple[float, ...]


def agreement(state: DecisionState) -> People:
    """Measure how far people agree on a data set.

    Args:
        state: Its decisions.
    """
    judged = [image.opinions for image in list(state.by_image.values()) if len(image.opinions) > 1]
    names = tuple(sorted({opinion.annotator for opinions in judged for opinion in opinions}))
    answers, codes = _encoded(judged, names)
    votes = np.stack([(codes == answer).sum(axis=1) for answer in range(len(answers))], axis=1) if answers else None
    return People(
        names=names,
        answers=answers,
        faces=len(judged),
        contested=int(sum(len({opinion.answer for opinion in opinions}) > 1 for opinions in judged)),
        pairs=tuple(
            pair
            for i, j in combinations(range(len(names)), 2)
            if (pair := _pair(names[i], names[j], codes[:, i], codes[:, j], len(answers))).shared
        ),
        fleiss=float("nan") if votes is None else fleiss_kappa(votes),
        fleiss_by_answer=() if votes is None else fleiss_by_answer(votes),
    )


def fleiss_kappa(votes: Votes) -> float:
    """Return Fleiss' kappa, (P - P_e) / (1 - P_e); P is the mean over faces of the share of pairs of people who agree.

    Faces may have different numbers of answers, each two or more (Fleiss has one number for all).

    Args:
        votes: int64 [F, A].

    Returns:
        In [-1, 1]; NaN without faces, 1 where everybody only ever gave one answer.
    """
    if not len(votes):
        return float("nan")
    people = votes.sum(axis=1)
    alike = (votes * (votes - 1)).sum(axis=1) / (people * (people - 1))
    shares = votes.sum(axis=0) / votes.sum()
    chance = float((shares**2).sum())
    return 1.0 if chance >= 1 else (float(alike.mean()) - chance) / (1 - chance)


def fleiss_by_answer(votes: Votes) -> tuple[float, ...]:
    """Return Fleiss' kappa of each answer, (P_j - p_j) / (1 - p_j).

    P_j is the probability that a second person gives the answer that a first one gave.

    Args:
        votes: int64 [F, A].

    Returns:
        One number per answer; NaN for an answer that nobody gave, 1 for one that everybody always gave.
    """
    people = votes.sum(axis=1, keepdims=True)
    expected = (votes * (people - 1)).sum(axis=0)
    again = (votes * (votes - 1)).sum(axis=0)
    shares = votes.sum(axis=0) / max(votes.sum(), 1)
    return tuple(
        float("nan") if not total else 1.0 if share >= 1 else (float(twice) / float(total) - float(share)) / (1 - share)
        for total, twice, share in zip(expected, again, shares, strict=True)
    )


def _pair(
    first: str, second: str, first_codes: NDArray[np.int16], second_codes: NDArray[np.int16], answers: int
) -> Pair:
    matrix = confusion(first_codes, second_codes, answers)
    total = int(matrix.sum())
    by_answer = [_against_others(matrix, answer, total) for answer in range(answers)]
    return Pair(first, second, total, int(np.trace(matrix)), kappa(matrix), tuple(by_answer))


def _against_others(matrix: NDArray[np.int64], answer: int, total: int) -> float:
    agreed, first, second = int(matrix[answer, answer]), int(matrix[answer].sum()), int(matrix[:, answer].sum())
    if not first and not second:
        return float("nan")
    return kappa(
        np.array([[agreed, first - agreed], [second - agreed, total - first - second + agreed]], dtype=np.int64)
    )


def _encoded(
    judged: Sequence[Sequence[PersonalDecision]], names: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """Return the answers as they are shown, and each person's answer to each face: int16 [F, S], -1 for none."""
    labels = {opinion.answer: opinion.label or "no label" for opinions in judged for opinion in opinions}
    order = sorted((answer for answer in labels if answer[0] == "label"), key=lambda answer: answer[1])
    order += [(action, "") for action in ("ambiguous", "exclude") if (action, "") in labels]
    words = {"ambiguous": AMBIGUOUS, "exclude": EXCLUDED}
    code, place = {answer: k for k, answer in enumerate(order)}, {name: k for k, name in enumerate(names)}
    codes = np.full((len(judged), len(names)), -1, dtype=np.int16)
    for face, opinions in enumerate(judged):
        for opinion in opinions:
            codes[face, place[opinion.annotator]] = code[opinion.answer]
    return tuple(words.get(answer[0], labels[answer]) for answer in order), codes
