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
from auditor.evidence.student import StudentPrediction
from auditor.evidence.versions import ASSIGNMENTS
from auditor.plural import counted
from models import titles


def summary(
    dataset: Dataset,
    labels: NDArray[np.int64],
    opinions: Sequence[Opinion],
    result: Consensus,
    calls: Calls,
    nearest: NDArray[np.int32],
    warnings: Sequence[str],
    students: StudentPrediction | None = None,
) -> dict[str, Any]:
    """Return the summary as plain JSON values."""
    learnt = [each for each in opinions if each.weight > 0]
    alone = {each.method: reach(labels, each.probs, nearest, each.memory, result.matrix) for each in learnt}
    weights = {opinion.method: opinion.weight for opinion in opinions}
    estimates = [
        (weights[name], rates(labels, each.p_mislabelled, dataset.num_classes)) for name, each in alone.items()
    ]
    matrix = noise_rate.transition_matrix(labels, result.probs)
    ablest = max(opinions, key=lambda opinion: opinion.skill)
    # Where no image was held out, memorised labels pass for skill, and the estimate is as uncertain as without any.
    skill = ablest.skill if any(opinion.memory is not None for opinion in opinions) else 0.0
    noise = noise_rate.noise_rate(labels, result.p_mislabelled, dataset.num_classes, estimates, skill) | {
        "skill": skill
    }
    kinds = {strand.kind for opinion in opinions for strand in opinion.strands}
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "images": len(labels),
        "classes": list(dataset.classes),
        "codes": list(dataset.codes),
        "methods": [opinion.method for opinion in opinions],
        "runs": sorted({strand.run for opinion in opinions for strand in opinion.strands}),
        "evidence": " and ".join(kind for kind in (IN_SAMPLE, OUT_OF_FOLD) if kind in kinds),
        "weights": weights,
        "skills": {opinion.method: opinion.skill for opinion in opinions},
        "skill_error": skill_error(ablest.strands, ablest.features),
        "trainings": trainings(opinions, students),
        "student": None if students is None else {"runs": sorted(students.runs), "skill": students.skill},
        "noise": noise,
        "transition": matrix.tolist(),
        "confused": noise_rate.confused_pairs(matrix, noise["images"]),
        "assignments": dict(zip(ASSIGNMENTS, np.bincount(calls.assignment, minlength=3).tolist(), strict=True)),
        "agreement": agreement(calls),
        "directions": directions(opinions, nearest),
        "alone": {name: rank_correlation(each.p_mislabelled, result.p_mislabelled) for name, each in alone.items()},
        "warnings": [*warnings, *notes(opinions, kinds, students is not None)],
    }


def trainings(opinions: Sequence[Opinion], students: StudentPrediction | None) -> dict[str, dict[str, int]]:
    """Return the finished epochs by run and method: {'r20260101-000000-abcd': {'man': 25}}."""
    strands = [strand for opinion in opinions for strand in opinion.strands]
    strands += students.strands if students is not None else ()
    epochs: dict[str, dict[str, int]] = {}
    for strand in strands:
        epochs.setdefault(strand.run, {})[strand.method] = strand.epochs
    return epochs


def rates(labels: NDArray[np.integer], p: FloatArray, classes: int) -> NDArray[np.float64]:
    """Return the mean of p overall, then by given class, float64 [1 + C]; the overall mean for an empty class."""
    count = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=p, minlength=classes)
    overall = float(p.mean())
    return np.concatenate([[overall], np.where(count > 0, sums / np.maximum(count, 1), overall)])


def agreement(calls: Calls) -> dict[str, dict[str, float]]:
    """Return the share of images on which two methods vote alike, among those both have scored, in [0, 1]."""
    table: dict[str, dict[str, float]] = {}
    for first, first_votes in calls.votes.items():
        for second, second_votes in calls.votes.items():
            common = (first_votes >= 0) & (second_votes >= 0)
            share = float((first_votes[common] == second_votes[common]).mean()) if common.any() else 0.0
            table.setdefault(first, {})[second] = share
    return table


def directions(opinions: Sequence[Opinion], nearest: NDArray[np.int32]) -> dict[str, dict[str, Any]]:
    """Estimate which way a score of unknown direction (RUL's sigma) points in this run, without true labels.

    Its rank is compared with the loss of the given label under the mean prediction for the image's nearest faces, which
    does not depend on the image's own label. `points` is 'higher', 'lower' or 'nowhere' (|rank correlation| < 0.05).
    """
    from auditor.evidence.neighbours import average

    points_by_column: dict[str, dict[str, Any]] = {}
    for opinion in opinions:
        for strand in opinion.strands[:1]:
            for name, info in strand.records[0].columns.items():
                if info.direction != "unknown":
                    continue
                smooth = average(opinion.probs, nearest)
                index = np.flatnonzero(strand.scored)
                loss = -np.log(np.maximum(smooth[index, strand.labels[index]], 1e-6))
                correlation = rank_correlation(strand.column(name)[index], loss)
                points = "nowhere" if abs(correlation) < 0.05 else "higher" if correlation > 0 else "lower"
                points_by_column[f"{opinion.method}_{name}"] = {"points": points, "correlation": correlation}
    return points_by_column


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's rank correlation; 0 where one side is constant."""
    from scipy.stats import rankdata

    a, b = rankdata(first), rankdata(second)
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def notes(opinions: Sequence[Opinion], kinds: set[str], with_student: bool) -> list[str]:
    """Return the warnings and remarks on this evidence, one sentence each."""
    sentences = []
    learnt = [opinion for opinion in opinions if opinion.skill > 0]
    for opinion in opinions:
        if opinion.skill <= 0:
            name = titles.title(opinion.method)
            sentences.append(
                f"{name} has not learnt anything yet in this run, so its weight is 0; train it longer."
                if learnt
                else f"{name} has not learnt anything yet: this evidence is hardly better than chance."
            )
    total = len(titles.judges())
    trained = [opinion for opinion in learnt if opinion.method in titles.judges()]
    if len(trained) < total:
        lacking, further = ("", "") if with_student else (" and no student", " and a student")
        built = f"Built from {len(trained)} of {counted(total, 'method')}{lacking}"
        verb = "improves" if with_student else "improve"
        sentences.append(f"{built}; each further method{further} {verb} the ranking.")
    elif not with_student:
        sentences.append("No student was trained on the methods' consensus; one improves the ranking.")
    if learnt and max(opinion.skill for opinion in learnt) < noise_rate.HARDLY:
        sentences.append("The methods have learnt little: the share of wrong labels is uncertain.")
    held = any((strand.held_out & strand.scored).any() for opinion in opinions for strand in opinion.strands)
    if IN_SAMPLE in kinds and not held:
        sentences.append(
            "No image was held out, so each method's skill is measured on images that it may have memorised; train in "
            "folds or hold out a share of the images to measure it."
        )
    if kinds == {IN_SAMPLE, OUT_OF_FOLD}:
        sentences.append("In-sample and out-of-fold scores of different trainings were averaged.")
    elif IN_SAMPLE in kinds and held:
        sentences.append(
            "Held-out images were ranked among themselves and mapped to the same quantiles (column `scored`)."
        )
    return sentences
