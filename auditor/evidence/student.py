"""A student of the methods: the one network that has learnt their consensus instead of the labels.

Where a run has trained one, it takes half of the weight of the methods that it has learnt from (more in small data
sets): it combines what they know, and was misled by fewer wrong labels than any of them. It has no vote of its own
beside theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import consensus, features
from auditor.evidence.gather import OUT_OF_FOLD, FloatArray, Strand
from auditor.evidence.opinions import Memorisation, Opinion, gain, mean_of
from auditor.evidence.versions import EvidenceVersion
from models import titles

NAME: Final = titles.student()

SAY = 0.5
"""Its share of the weight of the methods that it replaces, in a large data set. Alone it finds as many errors, but
repeats its teachers' mistakes about whole classes: two trainings of everything then agree less (docs/notebook.md). In
small data sets, where the classes' error rates count little, its share approaches 1 (`consensus.few`).
"""

LATE = 0.25
"""The share of a student's epochs, from the last backwards, whose predictions are used: its targets hold few wrong
labels that it could memorise, so it knows most at the end."""


@dataclass(frozen=True, eq=False)
class StudentPrediction:
    """The mean prediction of the students of all runs.

    Attributes:
        strands: Those that were trained to their end and have learnt something.
        probs: float32 [M, C], p(y|x), their mean; uniform where none has scored the image.
        scored: bool [M], scored by any.
        skill: Accuracy beyond chance against all given labels, as a share of what is possible; their mean.
    """

    strands: tuple[Strand, ...]
    probs: FloatArray
    scored: NDArray[np.bool_]
    skill: float

    @property
    def runs(self) -> frozenset[str]:
        """Ids of the runs whose methods it was trained on."""
        return frozenset(strand.run for strand in self.strands)

    def speaks_for(self, opinion: Opinion) -> float:
        """Return the share of a method's trainings that it has learnt from, in [0, 1]."""
        return sum(strand.run in self.runs for strand in opinion.strands) / len(opinion.strands)


def networks(version: EvidenceVersion) -> list[str]:
    """Return the networks with columns in a version of the evidence: its methods, and the student if there is one."""
    has_student = f"{NAME}_pred" in version.table and NAME not in version.methods
    return [*version.methods, *([NAME] if has_student else [])]


def apart(strands: Sequence[Strand]) -> tuple[list[Strand], list[Strand]]:
    """Split strands into the methods' and their students'; where only students are left, they count as methods."""
    methods = [strand for strand in strands if strand.method != NAME]
    runs = {strand.run for strand in methods}
    students = [strand for strand in strands if strand.method == NAME and strand.run in runs]
    return (methods, students) if methods else (list(strands), [])


def combine(students: Sequence[Strand]) -> StudentPrediction | None:
    """Combine the students that are trained to their end and have learnt something; None where there are none."""
    learnt = []
    for strand in students:
        if whole(strand):
            probs = late(strand)
            # By all images: the only ones that it holds out may be those that a reviewer excluded.
            skill, error = gain(strand, probs, strand.scored)
            if skill > 2 * error:
                learnt.append((strand, probs, skill))
    if not learnt:
        return None
    strands, probs_of, skills = zip(*learnt, strict=True)
    scored = np.any([strand.scored for strand in strands], axis=0)
    return StudentPrediction(strands, mean_of(strands, probs_of), scored, float(np.mean(skills)))


def whole(strand: Strand) -> bool:
    """Whether a student was trained to its end: every epoch, and every fold."""
    folded = any(record.fold is not None for record in strand.records)
    return all(record.epochs_done >= record.epochs for record in strand.records) and not (
        folded and strand.kind != OUT_OF_FOLD
    )


def late(strand: Strand) -> FloatArray:
    """Return the geometric mean of p(y|x) over the late epochs, float32 [M, C]; NaN for images that are not scored."""
    epochs = range(strand.epochs - max(1, round(strand.epochs * LATE)), strand.epochs)
    logs = sum(np.log(np.maximum(strand.probs(epoch), features.FLOOR)) for epoch in epochs)
    return features.normalised(np.asarray(logs, np.float32) / len(epochs))


def say(images: int) -> float:
    """Return a student's share of the weight of the methods it learnt from, in [`SAY`, 1], by the number of images."""
    return SAY + (1 - SAY) * consensus.few(images)


def place(images: int, memory: Memorisation | None) -> float:
    """Return the weight of a student's embedding as a share of all methods' together, in (0, 1].

    Networks that memorised their labels place faces of one label together, whatever they show, and a student's targets
    hold few wrong labels. Its embedding therefore counts as much as the share that the methods memorised, and at least
    as in any data set of that size (`consensus.few`, docs/notebook.md).
    """
    return max(consensus.few(images), 0.0 if memory is None else memory.share)


def blend(opinions: Sequence[Opinion], student: StudentPrediction | None = None) -> FloatArray:
    """Return the weighted geometric mean of the opinions' p(y|x), with the student's share in those it learnt from.

    Args:
        opinions: The methods' opinions.
        student: The students' mean prediction.

    Returns:
        float32 [M, C]; of an image that only some have scored, the mean of those; uniform where none has.
    """
    total = np.zeros(opinions[0].probs.shape, np.float32)
    weight = np.zeros(len(total), np.float32)
    full_share = say(len(total))
    for opinion in opinions:
        own_weight = np.where(opinion.scored, opinion.weight, 0).astype(np.float32)
        logs = np.log(np.maximum(opinion.probs, features.FLOOR))
        if student is not None:
            share = np.float32(full_share * student.speaks_for(opinion)) * student.scored[:, None]
            logs = (1 - share) * logs + share * np.log(np.maximum(student.probs, features.FLOOR))
        total += own_weight[:, None] * logs
        weight += own_weight
    return features.normalised(total / np.maximum(weight, 1e-9)[:, None])
