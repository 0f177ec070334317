"""Divide faces among people: each face to as many as asked, some twice to the same one, some with known answers.

The same faces, people and seed give the same parts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from auditor.errors import RefusedError
from auditor.plural import counted

OWN, REPEAT, KNOWN = "own", "repeat", "known"
"""A face that is to be judged; one that its person judges once more; one whose answer the lead knows."""

GAP = 90
"""Faces between the first and the second look, so that they are not on one page; half the part where it is short."""

MOST_REPEATS = 0.5


@dataclass(frozen=True)
class PartFace:
    """One place in a person's part.

    Attributes:
        image: The image's name.
        kind: `OWN`, `REPEAT` or `KNOWN`. The person is not told.
    """

    image: str
    kind: str = OWN


def divide(
    images: Sequence[str],
    people: Sequence[str],
    *,
    per_face: int = 1,
    repeats: float = 0.0,
    known: Collection[str] = (),
    seed: int = 0,
) -> dict[str, tuple[PartFace, ...]]:
    """Divide images among people, in the order they are given.

    Of every P images that follow each other, P being the number of people, everybody gets `per_face`, by a new draw:
    so everybody meets easy and hard faces, and anybody shares faces with everybody.

    Args:
        images: Their names, those to be judged first in front.
        people: Their names.
        per_face: How many people judge each image; 1 for disjoint parts.
        repeats: Share of a person's images that come a second time, in [0, 0.5].
        known: Images that everybody gets, at places drawn anew for each.
        seed: Of the draws.

    Returns:
        Each person's part.

    Raises:
        RefusedError: The people or the numbers cannot be used, or there is nothing to divide.
    """
    _check(images, people, per_face, repeats)
    generator = np.random.default_rng(seed)
    apart = set(known)
    shared = [name for name in images if name not in apart]
    own: list[list[str]] = [[] for _ in people]
    for start in range(0, len(shared), len(people)):
        turns = generator.permutation(len(people))
        for place, name in enumerate(shared[start : start + len(people)]):
            for step in range(per_face):
                own[turns[(place + step) % len(people)]].append(name)
    return {
        person: _mixed(each, sorted(apart), repeats, generator) for person, each in zip(people, own, strict=True)
    }  # fmt: skip


def _mixed(
    own: Sequence[str], answered: Sequence[str], repeats: float, generator: np.random.Generator
) -> tuple[PartFace, ...]:
    """A part in the order it is shown: its own images in theirs, the others put in between."""
    length = max(len(own), 1)
    gap = min(GAP, length // 2)
    placed = [(float(place), PartFace(name)) for place, name in enumerate(own)]
    placed += [(float(generator.uniform(-1, length)), PartFace(name, KNOWN)) for name in answered]
    early = np.arange(length - gap) if own else np.arange(0)  # those that leave room for the gap
    for first in sorted(generator.choice(early, min(round(repeats * len(own)), len(early)), replace=False).tolist()):
        placed.append((float(generator.uniform(first + gap, length)), PartFace(own[first], REPEAT)))
    return tuple(face for _, face in sorted(placed, key=lambda each: each[0]))


def _check(images: Sequence[str], people: Sequence[str], per_face: int, repeats: float) -> None:
    if not people or any(not name.strip() for name in people):
        raise RefusedError("Nobody was named to share the faces among; name one person or more.")
    if len(set(people)) < len(people):
        raise RefusedError("A person was named twice; name everybody once.")
    if not 1 <= per_face <= len(people):
        raise RefusedError(
            f"Each face cannot go to {per_face} of {counted(len(people), 'person', 'people')}; give a number from 1 to "
            f"{len(people)}."
        )
    if not 0 <= repeats <= MOST_REPEATS:
        raise RefusedError(
            f"The share of repeats is {repeats:.0%}; give one from 0% to {MOST_REPEATS:.0%} of each person's faces."
        )
    if not images:
        raise RefusedError(
            "There are no faces to share out, because all of them are reviewed; choose a larger part of the queue."
        )
