"""One opinion a method: what its strands say together, and how far it can be trusted, judged without the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import stacking
from auditor.evidence.features import ENOUGH, Features, describe
from auditor.evidence.gather import OUT_OF_FOLD, FloatArray, Strand

LEAST_TO_MAP = 20
"""Held-out images of a class from which their scores are mapped within the class."""

UNSURE = 150
"""Held-out images that say as much about a method as its own training images do."""

SURE = 200
"""Held-out images from which an accuracy must be beyond chance by two standard errors to prove that much was learnt."""


@dataclass(frozen=True)
class Memory:
    """How far networks have learnt their training labels by heart; it says what their agreement with a label is worth.

    Attributes:
        dissent: share of held-out images whose answer is not the given label, in [0, 1].
        share: how much smaller the same share is on training images, in [0, 1]: 0 nothing memorised, 1 everything.
    """

    dissent: float
    share: float


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a method says, over all of its strands (seeds, runs).

    Attributes:
        method: its name.
        strands: its strands, and `features` theirs, in the same order.
        probs: float32 [M, C], p(y|x) over the epochs and strands; uniform where no strand scored the image.
        skill: share of what can be learnt that it has learnt, in [0, 1], see `skill`.
        weight: its say in the consensus, in [0, 1]; the largest is 1, an unlearnt method's 0, see `stacking`.
        memory: what its networks have memorised; None where too few images were held out to tell.
    """

    method: str
    strands: tuple[Strand, ...]
    features: tuple[Features, ...]
    probs: FloatArray
    skill: float
    weight: float
    memory: Memory | None = None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Bool [M], scored by any strand."""
        scored: NDArray[np.bool_] = np.any([strand.scored for strand in self.strands], axis=0)
        return scored

    def mean(self, name: str) -> FloatArray:
        """A feature by name, averaged over the strands that scored the image; float32 [M], NaN where none did."""
        values = np.stack([getattr(features, name).astype(np.float32) for features in self.features])
        there = np.stack([strand.scored for strand in self.strands]) & np.isfinite(values)
        with np.errstate(invalid="ignore"):
            average: FloatArray = np.where(there, values, 0).sum(0) / there.sum(0)
        return average.astype(np.float32)

    def course(self) -> NDArray[np.float16]:
        """p(given) over the epochs, float16 [M, E], the mean over strands at the epochs of the longest."""
        longest = max(features.p_given.shape[1] for features in self.features)
        total = np.zeros((len(self.probs), longest), np.float32)
        count = np.zeros(len(total), np.float32)
        for strand, features in zip(self.strands, self.features, strict=True):
            total[strand.scored] += stretch(features.p_given, longest)[strand.scored]
            count += strand.scored
        with np.errstate(invalid="ignore"):
            course: NDArray[np.float16] = (total / np.where(count, count, np.nan)[:, None]).astype(np.float16)
        return course


def stretch(course: NDArray[np.float16], epochs: int) -> FloatArray:
    """The course of one training at as many epochs as another had, by the nearest epoch; float32 [M, epochs]."""
    had = course.shape[1]
    nearest = np.minimum((np.arange(epochs) + 0.5) * had / epochs, had - 1).astype(int)
    return course[:, nearest].astype(np.float32)


def opinions(strands: Sequence[Strand]) -> list[Opinion]:
    """One opinion a method, in the order the methods first appear."""
    grouped: dict[str, list[Strand]] = {}
    for strand in strands:
        grouped.setdefault(strand.method, []).append(strand)
    raw = []
    for method, mine in grouped.items():
        features = [describe(strand) for strand in mine]
        own = [skill(strand, each.probs) for strand, each in zip(mine, features, strict=True)]
        remembered, probs = memory(mine, features), mean_of(mine, [each.probs for each in features])
        raw.append((method, tuple(mine), tuple(features), probs, float(np.mean(own)), remembered))
    skills = np.array([entry[4] for entry in raw])
    # Squared, for what a weak method adds in noise grows faster than what it adds in knowledge; where none has learnt
    # anything all count the same, and `report` says so.
    says = stacking.weights([entry[1:3] for entry in raw], skills**2) if skills.max() > 0 else np.ones(len(raw))
    return [Opinion(*entry[:5], float(say), entry[5]) for entry, say in zip(raw, says, strict=True)]


def memory(strands: Sequence[Strand], features: Sequence[Features]) -> Memory | None:
    """What the in-sample strands have memorised, their mean; None where none has held out `ENOUGH` images."""
    found = []
    for strand, each in zip(strands, features, strict=True):
        held, trained = strand.held_out & strand.scored, strand.scored & ~strand.held_out
        if held.sum() >= ENOUGH and trained.any():
            outside = float((each.probs[held].argmax(axis=1) != strand.labels[held]).mean())
            inside = float((strand.probs(strand.epochs - 1)[trained].argmax(axis=1) != strand.labels[trained]).mean())
            found.append((outside, float(np.clip(1 - inside / max(outside, 1e-9), 0, 1))))
    return Memory(*np.mean(found, axis=0).tolist()) if found else None


def joint_memory(asked: Sequence[Opinion]) -> Memory | None:
    """The methods' memory by their weights; None where none is known."""
    known = [(each.memory, each.weight) for each in asked if each.memory is not None and each.weight > 0]
    if not known:
        return None
    pairs, weights = [(m.dissent, m.share) for m, _ in known], [weight for _, weight in known]
    return Memory(*np.average(pairs, axis=0, weights=weights).tolist())


def skill(strand: Strand, probs: FloatArray) -> float:
    """How much of the given labels a method predicts beyond always naming the commonest class, in [0, 1].

    Measured on images it was not trained on. Few of them say little (50 have a standard error of 7 %), so as many as
    `UNSURE` images' worth of what it says about its own training images is added, within three standard errors of the
    former: memorised labels prove nothing. 0 where held-out images are not beyond chance by one standard error (by two,
    where they are `SURE`). The given labels are noisy, but noise lowers every method's accuracy alike.
    """
    held, trained = strand.held_out & strand.scored, strand.scored & ~strand.held_out
    number = int(held.sum())
    if number < LEAST_TO_MAP or not trained.any():
        learnt, error = gain(strand, probs, strand.scored)
        return learnt if learnt > 2 * error else 0.0
    outside, error = gain(strand, probs, held)
    if outside <= (2 if number >= SURE else 1) * error:
        return 0.0
    inside, _ = gain(strand, probs, trained)
    both = (number * outside + UNSURE * inside) / (number + UNSURE)
    return float(np.clip(min(both, outside + 3 * error), 0, 1))


def skill_error(strands: Sequence[Strand], features: Sequence[Features]) -> float:
    """The standard error of a method's mean skill over its strands, from the images that each was not trained on."""
    squares = []
    for strand, each in zip(strands, features, strict=True):
        held = strand.held_out & strand.scored
        judged = held if held.sum() >= LEAST_TO_MAP else strand.scored
        labels = strand.labels[judged].astype(np.int64)
        right = float((each.probs[judged].argmax(axis=1) == labels).mean())
        chance = float(np.bincount(labels).max()) / len(labels)
        squares.append(right * (1 - right) / len(labels) / max(1 - chance, 1e-9) ** 2)
    return float(np.sqrt(sum(squares)) / len(squares))


def gain(strand: Strand, probs: FloatArray, judged: NDArray[np.bool_]) -> tuple[float, float]:
    """Accuracy beyond chance as a share of what is possible, and the standard error of chance on that scale."""
    labels = strand.labels[judged].astype(np.int64)
    chance = float(np.bincount(labels).max()) / len(labels)
    right = float((probs[judged].argmax(axis=1) == labels).mean())
    possible = max(1 - chance, 1e-9)
    return (right - chance) / possible, float(np.sqrt(max(chance * (1 - chance), 1e-9) / len(labels))) / possible


def mean_of(strands: Sequence[Strand], probs: Sequence[FloatArray]) -> FloatArray:
    """p(y|x) of a method's strands, float32 [M, C], the mean of those that scored the image; uniform where none did."""
    total = np.zeros(probs[0].shape, np.float32)
    count = np.zeros(len(total), np.float32)
    for strand, each in zip(strands, probs, strict=True):
        total[strand.scored] += level_held_out(each, strand)[strand.scored]
        count += strand.scored
    total[count == 0] = 1 / strands[0].classes
    blended: FloatArray = total / np.maximum(count, 1)[:, None]
    return blended


def level_held_out(probs: FloatArray, strand: Strand) -> FloatArray:
    """Put images that an in-sample training held out on one scale with those it was trained on.

    A network is surer of labels it was trained on, so a held-out image would look suspect for that alone. Its p(given)
    is replaced by the value at the same quantile of the in-sample images of its class (of all, where its class has
    under `LEAST_TO_MAP` held-out images); its other probabilities keep their proportions.
    """
    if strand.kind == OUT_OF_FOLD or not (strand.held_out & strand.scored).any():
        return probs
    given = np.maximum(strand.labels, 0).astype(np.int64)
    index = np.arange(len(probs))
    own = probs[index, given]
    mapped = own.copy()
    held, trained = strand.held_out & strand.scored, strand.scored & ~strand.held_out
    for label in np.unique(given[held]):
        mine = held & (given == label)
        alike = mine if mine.sum() >= LEAST_TO_MAP else held
        pool = trained & (given == label)
        if not pool.any():
            continue
        reference = np.sort(own[alike])
        low, high = np.searchsorted(reference, own[mine], "left"), np.searchsorted(reference, own[mine], "right")
        mapped[mine] = np.quantile(own[pool], (low + high) / 2 / len(reference))
    out = probs * ((1 - mapped) / np.maximum(1 - own, 1e-6))[:, None]
    out[index, given] = mapped
    levelled: FloatArray = np.where(held[:, None], out / out.sum(axis=1, keepdims=True), probs)
    return levelled
