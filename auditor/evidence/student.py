"""A student of the methods (models/student.py): the one network that has learnt their consensus instead of the labels.

Where a run has trained one, it has half of the say of the methods that it has learnt from (more where images are few):
it knows what they know together, and was misled by fewer wrong labels than any of them. It has no vote of its own
beside theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence import consensus, features, opinions
from auditor.evidence.gather import OUT_OF_FOLD, FloatArray, Strand
from auditor.evidence.opinions import Opinion
from auditor.evidence.versions import EvidenceVersion

NAME = "student"

SAY = 0.5
"""Its share of the say of the methods that it speaks for, in a large data set. Alone it finds as much, but repeats what
its teachers got wrong of whole classes: two trainings of everything then agree less (docs/notebook.md). In small ones,
whose classes' rates count little, its share goes towards the whole (`consensus.few`).
"""

LATE = 0.25
"""The share of its epochs, from the last backwards, that a student is heard in: there are few wrong labels in what it
learns that it could learn by heart, so it knows most at the end."""


@dataclass(frozen=True, eq=False)
class Student:
    """What the students of the runs say together.

    Attributes:
        strands: those that are heard.
        probs: float32 [M, C], p(y|x), their mean; uniform where none has scored the image.
        scored: bool [M], scored by any.
        skill: accuracy beyond chance against all given labels, as a share of what is possible; their mean.
    """

    strands: tuple[Strand, ...]
    probs: FloatArray
    scored: NDArray[np.bool_]
    skill: float

    @property
    def runs(self) -> frozenset[str]:
        """Ids of the runs whose methods it speaks for."""
        return frozenset(strand.run for strand in self.strands)

    def speaks_for(self, opinion: Opinion) -> float:
        """The share of a method's trainings that it has learnt from, in [0, 1]."""
        return sum(strand.run in self.runs for strand in opinion.strands) / len(opinion.strands)


def heard(version: EvidenceVersion) -> list[str]:
    """Who has columns in a version of the evidence: its methods, and the student where there is one."""
    taught = f"{NAME}_pred" in version.table and NAME not in version.methods
    return [*version.methods, *([NAME] if taught else [])]


def apart(strands: Sequence[Strand]) -> tuple[list[Strand], list[Strand]]:
    """The methods' strands, and those of students of one of them; where students alone are left, they are methods."""
    methods = [strand for strand in strands if strand.method != NAME]
    runs = {strand.run for strand in methods}
    students = [strand for strand in strands if strand.method == NAME and strand.run in runs]
    return (methods, students) if methods else (list(strands), [])


def ask(students: Sequence[Strand]) -> Student | None:
    """What students say that are trained to their end and have learnt something; None where there is none."""
    found = []
    for strand in students:
        if whole(strand):
            probs = late(strand)
            # By all images: the only ones that it holds out may be those that a reviewer excluded.
            skill, error = opinions.gain(strand, probs, strand.scored)
            if skill > 2 * error:
                found.append((strand, probs, skill))
    if not found:
        return None
    strands, probs_of, skills = zip(*found, strict=True)
    scored = np.any([strand.scored for strand in strands], axis=0)
    return Student(strands, opinions.mean_of(strands, probs_of), scored, float(np.mean(skills)))


def whole(strand: Strand) -> bool:
    """Whether a student was trained to its end: every epoch, and of folds every one."""
    folded = any(record.fold is not None for record in strand.records)
    return all(record.epochs_done >= record.epochs for record in strand.records) and not (
        folded and strand.kind != OUT_OF_FOLD
    )


def late(strand: Strand) -> FloatArray:
    """Geometric mean of p(y|x) over the late epochs, float32 [M, C]; NaN rows of images that are not scored."""
    epochs = range(strand.epochs - max(1, round(strand.epochs * LATE)), strand.epochs)
    logs = sum(np.log(np.maximum(strand.probs(epoch), features.FLOOR)) for epoch in epochs)
    return features.normalised(np.asarray(logs, np.float32) / len(epochs))


def say(images: int) -> float:
    """A student's share of the say of the methods that it speaks for, in a data set of so many images, [`SAY`, 1]."""
    return SAY + (1 - SAY) * consensus.few(images)


def blend(asked: Sequence[Opinion], student: Student | None = None) -> FloatArray:
    """The opinions' p(y|x), geometric mean by weight, the student having `SAY` or more of those it speaks for.

    Args:
        asked: the methods' opinions.
        student: what the students say.

    Returns:
        float32 [M, C]; an image that only some have scored is judged by those, one that none has is uniform.
    """
    total = np.zeros(asked[0].probs.shape, np.float32)
    weight = np.zeros(len(total), np.float32)
    alone = say(len(total))
    for opinion in asked:
        own = np.where(opinion.scored, opinion.weight, 0).astype(np.float32)
        logs = np.log(np.maximum(opinion.probs, features.FLOOR))
        if student is not None:
            share = np.float32(alone * student.speaks_for(opinion)) * student.scored[:, None]
            logs = (1 - share) * logs + share * np.log(np.maximum(student.probs, features.FLOOR))
        total += own[:, None] * logs
        weight += own
    return features.normalised(total / np.maximum(weight, 1e-9)[:, None])
