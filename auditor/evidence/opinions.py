"""One opinion for each method: the mean prediction of its strands, and its weight, estimated without true labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import stacking
from auditor.evidence.features import ENOUGH, Features, describe
from auditor.evidence.gather import OUT_OF_FOLD, FloatArray, Strand
from auditor.training.axes import parts

LEAST_TO_MAP = 20
"""Held-out images of a class from which their scores are mapped within the class."""

UNSURE = 150
"""Number of held-out images to which the evidence from a method's own training images is equal in weight."""

SURE = 200
"""With this many held-out images or more, an accuracy must exceed chance by two standard errors to count as learnt."""


@dataclass(frozen=True)
class Memorisation:
    """How far networks have memorised their training labels: the more, the less their agreement with a label proves.

    Attributes:
        dissent: Share of held-out images whose prediction is not the given label, in [0, 1].
        share: One less the same share on training images over `dissent`, in [0, 1]: 0 nothing memorised, 1 everything.
    """

    dissent: float
    share: float


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a method predicts, over all of its strands (seeds, runs).

    Attributes:
        method: Its name.
        strands: Its strands, and `features` theirs, in the same order.
        probs: float32 [M, C], p(y|x) over the epochs and strands; uniform where no strand scored the image.
        skill: Accuracy beyond chance as a share of what is possible, in [0, 1], see `skill`.
        weight: Its weight in the consensus, in [0, 1]; the largest is 1, an unlearnt method's 0, see `stacking`.
        memory: What its networks have memorised; None where too few images were held out to estimate it.
    """

    method: str
    strands: tuple[Strand, ...]
    features: tuple[Features, ...]
    probs: FloatArray
    skill: float
    weight: float
    memory: Memorisation | None = None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Bool [M], scored by any strand."""
        scored: NDArray[np.bool_] = np.any([strand.scored for strand in self.strands], axis=0)
        return scored

    def mean(self, name: str) -> FloatArray:
        """Return a feature by name, the mean over strands that scored the image; float32 [M], NaN where none did."""
        values = np.stack([getattr(features, name).astype(np.float32) for features in self.features])
        scored = np.stack([strand.scored for strand in self.strands]) & np.isfinite(values)
        with np.errstate(invalid="ignore"):
            average: FloatArray = np.where(scored, values, 0).sum(0) / scored.sum(0)
        return average.astype(np.float32)

    def course(self) -> NDArray[np.float16]:
        """Return p(given) after every epoch, float16 [M, E], the mean over strands at the epochs of the longest."""
        longest = max(features.p_given.shape[1] for features in self.features)
        course = np.empty((len(self.probs), longest), np.float16)
        for part in parts(len(course)):
            total, count = np.zeros((len(course[part]), longest), np.float32), np.zeros(len(course[part]), np.float32)
            for strand, features in zip(self.strands, self.features, strict=True):
                scored = strand.scored[part]
                total[scored] += stretch(features.p_given[part], longest)[scored]
                count += scored
            with np.errstate(invalid="ignore"):
                course[part] = total / np.where(count, count, np.nan)[:, None]
        return course


_Entry = tuple[str, tuple[Strand, ...], tuple[Features, ...], FloatArray, float, Memorisation | None]
"""What an `Opinion` is made of, but for its weight."""


def stretch(course: NDArray[np.float16], epochs: int) -> FloatArray:
    """Resample the course of one training to another number of epochs, by the nearest epoch; float32 [M, epochs]."""
    had = course.shape[1]
    nearest = np.minimum((np.arange(epochs) + 0.5) * had / epochs, had - 1).astype(int)
    return course[:, nearest].astype(np.float32)


def opinions_of(strands: Sequence[Strand]) -> list[Opinion]:
    """Return one opinion for each method, in the order in which the methods first appear."""
    grouped: dict[str, list[Strand]] = {}
    for strand in strands:
        grouped.setdefault(strand.method, []).append(strand)
    entries: list[_Entry] = []
    for method, own_strands in grouped.items():
        features = [describe(strand) for strand in own_strands]
        own_skills = [skill(strand, each.probs) for strand, each in zip(own_strands, features, strict=True)]
        memorised, probs = memory(own_strands, features), mean_of(own_strands, [each.probs for each in features])
        entries.append((method, tuple(own_strands), tuple(features), probs, float(np.mean(own_skills)), memorised))
    skills = _bounded(entries)
    entries = [(*entry[:4], float(own), entry[5]) for entry, own in zip(entries, skills, strict=True)]
    # Squared, because a weak method adds noise faster than knowledge. Where none has learnt anything all methods weigh
    # the same, and `report` warns of it.
    weights = (
        stacking.weights([entry[1:3] for entry in entries], skills**2) if skills.max() > 0 else np.ones(len(entries))
    )
    return [Opinion(*entry[:5], float(weight), entry[5]) for entry, weight in zip(entries, weights, strict=True)]


def _bounded(entries: Sequence[_Entry]) -> NDArray[np.float64]:
    """The skills [K], where one that was measured on no unseen image is at most the best of those that were.

    A model that memorised its labels names them all: by that measure it would outweigh every other.
    """
    skills = np.array([entry[4] for entry in entries])
    measured = np.array([any((s.held_out & s.scored).sum() >= ENOUGH for s in entry[1]) for entry in entries])
    return np.where(measured, skills, np.minimum(skills, skills[measured].max())) if measured.any() else skills


def memory(strands: Sequence[Strand], features: Sequence[Features]) -> Memorisation | None:
    """Return what the strands have memorised, their mean; None where none has held out `ENOUGH` images.

    A strand out of fold has memorised nothing: each of its images was held out.
    """
    pairs = []
    for strand, each in zip(strands, features, strict=True):
        held, trained = strand.held_out & strand.scored, strand.scored & ~strand.held_out
        if held.sum() >= ENOUGH:
            outside = inside = float((each.probs[held].argmax(axis=1) != strand.labels[held]).mean())
            if trained.any():
                last = strand.probs(strand.epochs - 1)[trained]
                inside = float((last.argmax(axis=1) != strand.labels[trained]).mean())
            pairs.append((outside, float(np.clip(1 - inside / max(outside, 1e-9), 0, 1))))
    return Memorisation(*np.mean(pairs, axis=0).tolist()) if pairs else None


def joint_memory(opinions: Sequence[Opinion]) -> Memorisation | None:
    """Return the methods' weighted mean memory; None where it is known of no method."""
    weighted = [(each.memory, each.weight) for each in opinions if each.memory is not None and each.weight > 0]
    if not weighted:
        return None
    pairs, weights = [(m.dissent, m.share) for m, _ in weighted], [weight for _, weight in weighted]
    return Memorisation(*np.average(pairs, axis=0, weights=weights).tolist())


def skill(strand: Strand, probs: FloatArray) -> float:
    """Return a method's accuracy on the given labels beyond always naming the commonest class, in [0, 1].

    Measured on images it was not trained on. With few of them the estimate is uncertain (50 have a standard error of
    7 %), so its training images are added with the weight of `UNSURE` images; the sum stays within three standard
    errors of the held-out estimate, because memorised labels prove nothing. 0 where the accuracy on held-out images is
    not beyond chance by one standard error (two, from `SURE` images on). The given labels are noisy, but noise lowers
    every method's accuracy alike.
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
    combined = (number * outside + UNSURE * inside) / (number + UNSURE)
    return float(np.clip(min(combined, outside + 3 * error), 0, 1))


def skill_error(strands: Sequence[Strand], features: Sequence[Features]) -> float:
    """Return the standard error of a method's mean skill over its strands, from the images they were not trained on."""
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
    """Return the accuracy beyond chance as a share of what is possible, and the standard error of chance likewise."""
    labels = strand.labels[judged].astype(np.int64)
    chance = float(np.bincount(labels).max()) / len(labels)
    right = float((probs[judged].argmax(axis=1) == labels).mean())
    possible = max(1 - chance, 1e-9)
    return (right - chance) / possible, float(np.sqrt(max(chance * (1 - chance), 1e-9) / len(labels))) / possible


def mean_of(strands: Sequence[Strand], probs: Sequence[FloatArray]) -> FloatArray:
    """Return the mean p(y|x) of the strands that scored each image, float32 [M, C]; uniform where none did."""
    total = np.zeros(probs[0].shape, np.float32)
    count = np.zeros(len(total), np.float32)
    for strand, each in zip(strands, probs, strict=True):
        total[strand.scored] += level_held_out(each, strand)[strand.scored]
        count += strand.scored
    total[count == 0] = 1 / strands[0].classes
    blended: FloatArray = total / np.maximum(count, 1)[:, None]
    return blended


def level_held_out(probs: FloatArray, strand: Strand) -> FloatArray:
    """Put images that an in-sample training held out on the same scale as those it was trained on.

    A network is surer of labels that it was trained on, so a held-out image would look suspect only because it was held
    out. Its p(given)
    is replaced by the value at the same quantile of the in-sample images of its class (of all, where its class has
    under `LEAST_TO_MAP` held-out images); its other probabilities keep their proportions.
    """
    if strand.kind == OUT_OF_FOLD or not (strand.held_out & strand.scored).any():
        return probs
    given = np.maximum(strand.labels, 0).astype(np.int64)
    index = np.arange(len(probs))
    p_given = probs[index, given]
    mapped = p_given.copy()
    held, trained = strand.held_out & strand.scored, strand.scored & ~strand.held_out
    for label in np.unique(given[held]):
        of_class = held & (given == label)
        alike = of_class if of_class.sum() >= LEAST_TO_MAP else held
        pool = trained & (given == label)
        if not pool.any():
            continue
        reference = np.sort(p_given[alike])
        low, high = (
            np.searchsorted(reference, p_given[of_class], "left"),
            np.searchsorted(reference, p_given[of_class], "right"),
        )
        mapped[of_class] = np.quantile(p_given[pool], (low + high) / 2 / len(reference))
    out = probs * ((1 - mapped) / np.maximum(1 - p_given, 1e-6))[:, None]
    out[index, given] = mapped
    levelled: FloatArray = np.where(held[:, None], out / out.sum(axis=1, keepdims=True), probs)
    return levelled
