"""The summary of one version of the evidence: what holds for the data set as a whole.

Keys: created, images, classes, codes (the source's spellings of the classes), methods, runs, evidence ('in-sample',
'out-of-fold' or both), weights, skills, skill_error (standard error of the highest skill), trainings (see
`trainings`), labels (by run: given or corrected), student (None, or the runs whose methods it speaks for and its
skill), noise (see noise_rate), transition (rows given, columns suggested true), confused, assignments (counts),
agreement (share of images on which two methods vote alike), directions, alone (rank correlation of each method alone
with all together), warnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import Dataset
from auditor.evidence import noise_rate
from auditor.evidence.consensus import Consensus, reach
from auditor.evidence.gather import IN_SAMPLE, OUT_OF_FOLD, FloatArray
from auditor.evidence.opinions import Opinion, skill_error
from auditor.evidence.stability import Calls
from auditor.evidence.student import Student
from auditor.evidence.versions import ASSIGNMENTS
from models import titles


def summary(
    dataset: Dataset,
    labels: NDArray[np.int64],
    asked: Sequence[Opinion],
    result: Consensus,
    calls: Calls,
    near: NDArray[np.int32],
    warnings: Sequence[str],
    taught: Student | None = None,
) -> dict[str, Any]:
    """Everything in the summary, as plain JSON values."""
    learnt = [each for each in asked if each.weight > 0]
    alone = {each.method: reach(labels, each.probs, near, each.memory, result.matrix) for each in learnt}
    weights = {opinion.method: opinion.weight for opinion in asked}
    estimates = [
        (weights[name], rates(labels, each.p_mislabelled, dataset.num_classes)) for name, each in alone.items()
    ]
    matrix = noise_rate.transition_matrix(labels, result.probs)
    ablest = max(asked, key=lambda opinion: opinion.skill)
    noise = noise_rate.noise_rate(labels, result.p_mislabelled, dataset.num_classes, estimates, ablest.skill)
    kinds = {strand.kind for opinion in asked for strand in opinion.strands}
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "images": len(labels),
        "classes": list(dataset.classes),
        "codes": list(dataset.codes),
        "methods": [opinion.method for opinion in asked],
        "runs": sorted({strand.run for opinion in asked for strand in opinion.strands}),
        "evidence": " and ".join(kind for kind in (IN_SAMPLE, OUT_OF_FOLD) if kind in kinds),
        "weights": weights,
        "skills": {opinion.method: opinion.skill for opinion in asked},
        "skill_error": skill_error(ablest.strands, ablest.features),
        "trainings": trainings(asked, taught),
        "student": None if taught is None else {"runs": sorted(taught.runs), "skill": taught.skill},
        "noise": noise,
        "transition": matrix.tolist(),
        "confused": noise_rate.confused_pairs(matrix, noise["images"]),
        "assignments": dict(zip(ASSIGNMENTS, np.bincount(calls.assignment, minlength=3).tolist(), strict=True)),
        "agreement": agreement(calls),
        "directions": directions(asked, near),
        "alone": {name: rank_correlation(each.p_mislabelled, result.p_mislabelled) for name, each in alone.items()},
        "warnings": [*warnings, *said(asked, kinds, taught is not None)],
    }


def trainings(asked: Sequence[Opinion], taught: Student | None) -> dict[str, dict[str, int]]:
    """Finished epochs by run and method: {'r20260101-000000-abcd': {'man': 25}}."""
    strands = [strand for opinion in asked for strand in opinion.strands]
    strands += taught.strands if taught is not None else ()
    found: dict[str, dict[str, int]] = {}
    for strand in strands:
        found.setdefault(strand.run, {})[strand.method] = strand.epochs
    return found


def rates(labels: NDArray[np.integer], p: FloatArray, classes: int) -> NDArray[np.float64]:
    """float64 [1 + C]: mean of p, then by given class (the overall mean for a class without images)."""
    count = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=p, minlength=classes)
    overall = float(p.mean())
    return np.concatenate([[overall], np.where(count > 0, sums / np.maximum(count, 1), overall)])


def agreement(calls: Calls) -> dict[str, dict[str, float]]:
    """Share of images on which two methods vote alike, among those both have scored, in [0, 1]."""
    table: dict[str, dict[str, float]] = {}
    for first, mine in calls.votes.items():
        for second, theirs in calls.votes.items():
            both = (mine >= 0) & (theirs >= 0)
            share = float((mine[both] == theirs[both]).mean()) if both.any() else 0.0
            table.setdefault(first, {})[second] = share
    return table


def directions(asked: Sequence[Opinion], near: NDArray[np.int32]) -> dict[str, dict[str, Any]]:
    """Which way a score of unknown direction (RUL's sigma) points in this run, established without the truth.

    Its rank is compared with the loss of the given label under the predictions for the image's nearest faces, which the
    image's own label has no part in. `points` is 'higher', 'lower' or 'nowhere' (|rank correlation| under 0.05).
    """
    from auditor.evidence.neighbours import average

    found: dict[str, dict[str, Any]] = {}
    for opinion in asked:
        for strand in opinion.strands[:1]:
            for name, info in strand.records[0].columns.items():
                if info.direction != "unknown":
                    continue
                smooth = average(opinion.probs, near)
                index = np.flatnonzero(strand.scored)
                loss = -np.log(np.maximum(smooth[index, strand.labels[index]], 1e-6))
                correlation = rank_correlation(strand.column(name)[index], loss)
                points = "nowhere" if abs(correlation) < 0.05 else "higher" if correlation > 0 else "lower"
                found[f"{opinion.method}_{name}"] = {"points": points, "correlation": correlation}
    return found


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's rank correlation; 0 where one side is constant."""
    from scipy.stats import rankdata

    a, b = rankdata(first), rankdata(second)
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def said(asked: Sequence[Opinion], kinds: set[str], taught: bool) -> list[str]:
    """What a reader must know, in sentences."""
    sentences = []
    learnt = [opinion for opinion in asked if opinion.skill > 0]
    for opinion in asked:
        if opinion.skill <= 0:
            name = titles.title(opinion.method)
            sentences.append(
                f"{name} has not learnt anything yet in this run and counts for nothing; train it longer."
                if learnt
                else f"{name} has not learnt anything yet: this evidence is hardly better than chance."
            )
    known = len(titles.judges())
    if len(learnt) < known:
        lacking, one = ("", "") if taught else (" and no student", ", and a student of them,")
        built = f"Built from {len(learnt)} of {known} methods{lacking}"
        sentences.append(f"{built}; each further one{one} makes the ranking better.")
    elif not taught:
        sentences.append("No student has learnt what they say together; one makes the ranking better.")
    if learnt and max(opinion.skill for opinion in learnt) < noise_rate.LITTLE:
        sentences.append("The methods have learnt little: the share of wrong labels is probably put too high.")
    held = any((strand.held_out & strand.scored).any() for opinion in asked for strand in opinion.strands)
    if IN_SAMPLE in kinds and not held:
        sentences.append(
            "No image was held out: how much each method has learnt is counted on images it may have memorised; train "
            "in folds, or hold a share out, to know it."
        )
    if kinds == {IN_SAMPLE, OUT_OF_FOLD}:
        sentences.append("In-sample and out-of-fold scores of different trainings were averaged.")
    elif IN_SAMPLE in kinds and held:
        sentences.append(
            "Held-out images were ranked among themselves and placed at the same quantiles (see `scored`)."
        )
    return sentences
