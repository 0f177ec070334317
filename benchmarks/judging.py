"""Measures of an audit's quality by a crowd's votes: the definitions of the detection benchmark."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from auditor.errors import DataError

SHARES = (0.01, 0.05, 0.10)
CLOSE = 1e-6  # for votes that are not counted in tens


@dataclass(frozen=True, eq=False)
class Truth:
    """The crowd's judgement of each image.

    Attributes:
        given: int [M], the label that is audited.
        mislabelled: bool [M], given is not the crowd's majority.
        strict: bool [M], given has at most 1 of 10 votes.
        entropy: float [M], of the votes for the classes.
        three: int [M], 2 noisy (strict, and the top class has at least 6 votes), else 1 ambiguous (the top class has at
            most 5), else 0 clean.
        crowd: int [M], the crowd's majority, where it is known.
    """

    given: NDArray[np.int64]
    mislabelled: NDArray[np.bool_]
    strict: NDArray[np.bool_]
    entropy: NDArray[np.float64]
    three: NDArray[np.int64]
    crowd: NDArray[np.int64] | None = None

    def of(self, places: NDArray[np.integer]) -> Truth:
        """Return the truth of some of the images."""
        parts: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        parts = {name: None if values is None else values[places] for name, values in parts.items()}
        return Truth(**parts)


def read_votes(file: Path, names: list[str], classes: tuple[str, ...], given: NDArray[np.integer]) -> Truth:
    """The truth of the named images from a CSV with `name`, `crowd_label` (1-based) and `votes_<class>` columns.

    An image is found by its name in the data set, or by the last part of it ('train/3/face.png' by 'face.png').

    Raises:
        DataError: A column is missing, or an image has no line or more than one.
    """
    with file.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        lines = list(reader)
    wanted = ("name", "crowd_label", *(f"votes_{each}" for each in classes))
    missing = [column for column in wanted if column not in (reader.fieldnames or ())]
    if missing:
        raise DataError(f"{file} has no column {', '.join(missing)}: expected {', '.join(wanted)}")
    by_name = {line["name"]: line for line in lines}
    keys = [name if name in by_name else PurePosixPath(name).name for name in names]
    absent = next((name for name, here in zip(names, keys, strict=True) if here not in by_name), None)
    if absent is not None:
        raise DataError(f"{file} has no line for {absent}: expected one for every training image")
    if len(set(keys)) < len(keys) or len(by_name) < len(lines):
        raise DataError(f"{file} has two lines, or two images, of one name: expected one line for every image")
    try:
        votes = np.array([[float(by_name[name][f"votes_{each}"]) for each in classes] for name in keys])
        crowd = np.array([int(by_name[name]["crowd_label"]) - 1 for name in keys])
    except ValueError as error:
        raise DataError(f"{file} holds something else than numbers in its votes or crowd labels ({error})") from error
    if crowd.min() < 0 or not np.isfinite(votes).all() or votes.min() < 0:
        raise DataError(f"{file} holds a crowd label below 1 or a vote that is no count: classes are numbered from 1")
    return from_votes(votes, crowd, given)


def from_votes(votes: NDArray[np.float64], crowd: NDArray[np.integer], given: NDArray[np.integer]) -> Truth:
    """The truth from votes [M, C] and the crowd's majority [M].

    Thresholds are of ten votes: where every image has fewer (or shares of 1), votes count as many times more.
    """
    labels = given.astype(np.int64)
    votes = votes * (10 / max(float(votes.sum(axis=1).max()), 1e-9))
    strict = votes[np.arange(len(labels)), labels] <= 1 + CLOSE
    share = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(axis=1)
    top = votes.max(axis=1)
    three = np.where(strict & (top >= 6 - CLOSE), 2, np.where(top <= 5 + CLOSE, 1, 0)).astype(np.int64)
    return Truth(labels, labels != crowd, strict, entropy, three, crowd.astype(np.int64))


def ranking(suspicion: NDArray[np.floating], truth: Truth) -> dict[str, float]:
    """Return AUROC, average precision, precision among the most suspect, within-class AUROC, strict AP, and the share
    of the wrong labels that is missed by looking at as many images as there are wrong labels (false-negative rate).
    """
    suspicion = filled(suspicion)
    order = np.argsort(-suspicion, kind="stable")
    hits = truth.mislabelled[order]
    result = {
        "AUROC": float(roc_auc_score(truth.mislabelled, suspicion)),
        "AP": float(average_precision_score(truth.mislabelled, suspicion)),
    }
    result |= {f"P@{share:.0%}": float(hits[: max(1, int(share * len(hits)))].mean()) for share in SHARES}
    result["within-class"] = within_class(suspicion, truth)
    strict = average_precision_score(truth.strict, suspicion) if truth.strict.any() else np.nan
    wrong = int(truth.mislabelled.sum())
    missed = 1 - float(hits[:wrong].sum()) / wrong  # whoever looks at as many images as there are wrong labels
    return result | {"strict AP": float(strict), "missed": missed}


def filled(suspicion: NDArray[np.floating]) -> NDArray[np.floating]:
    """Fill missing scores (images that could not be read) with the median."""
    return np.where(np.isnan(suspicion), np.nanmedian(suspicion), suspicion)


def within_class(suspicion: NDArray[np.floating], truth: Truth) -> float:
    """Return the mean AUROC within each given class, weighted by the class's pairs of a wrong and a right label."""
    total = pairs = 0.0
    for label in np.unique(truth.given):
        of_class = truth.given == label
        wrong = truth.mislabelled[of_class]
        weight = float(wrong.sum()) * float((~wrong).sum())
        if weight:
            total += weight * float(roc_auc_score(wrong, suspicion[of_class]))
            pairs += weight
    return total / pairs if pairs else float("nan")


def calibration_error(p: NDArray[np.floating], wrong: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the mean distance of predicted and actual share of wrong labels over equal bins, weighted by images."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.abs(np.bincount(place, p, bins) - np.bincount(place, wrong.astype(float), bins))
    return float(gap.sum() / max(1, count.sum()))


def verdict(
    assignment: NDArray[np.integer], ambiguity: NDArray[np.floating], p: NDArray[np.floating], truth: Truth
) -> dict[str, float]:
    """Return three-way F1, Spearman's correlation of ambiguity with the votes' entropy, and calibration error."""
    return {
        "micro F1": float(f1_score(truth.three, assignment, average="micro")),
        "macro F1": float(f1_score(truth.three, assignment, average="macro")),
        "ambiguity": float(spearmanr(ambiguity, truth.entropy)[0]),
        "calibration": calibration_error(p, truth.mislabelled),
    }


def yield_curve(
    suspicion: NDArray[np.floating], wrong: NDArray[np.bool_], points: int = 101
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of images looked at, and the share of all wrong labels among them, [points] each."""
    wrong_seen = np.concatenate([[0], np.cumsum(wrong[np.argsort(-suspicion, kind="stable")])])
    looked = np.linspace(0, 1, points)
    return looked, wrong_seen[np.round(looked * len(wrong)).astype(int)] / max(1, wrong.sum())
