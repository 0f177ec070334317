"""How far each person has got with their part, how fast, and how far they agree with others and with themselves.

A decision counts where it is a person's latest valid one on the face; skips do not count. A second look is compared
with what holds of the first, and never changes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from auditor.store.naming import alike
from auditor.store.operations import DECIDING, PersonalDecision
from auditor.store.parts import REPEAT
from auditor.store.sharing import Share
from auditor.store.state import DecisionState

PAUSE = 120.0
"""Seconds between two decisions after which somebody was away: such gaps are no part of the pace."""


@dataclass(frozen=True)
class Agreement:
    """How often two answers were the same.

    Attributes:
        same: How many.
        compared: Of how many.
    """

    same: int = 0
    compared: int = 0

    @property
    def share(self) -> float | None:
        """In [0, 1]; None where nothing was compared."""
        return self.same / self.compared if self.compared else None

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.same + other.same, self.compared + other.compared)


@dataclass(frozen=True)
class PartProgress:
    """One person's part.

    Attributes:
        person: Their name.
        faces: Faces in the part, each look counted.
        judged: Of these, how many are judged.
        pace: Decisions a minute while at work; None before there are two without a pause between them.
        last: When they judged a face of the part last, seconds since 1970; None for never.
        others: Agreement with everybody else who judged the same face, each pair of answers counted.
        by_class: The same by this person's answer: a class, 'ambiguous' or 'excluded'.
        itself: Agreement of the second look with the first.
        known: Agreement with the answers that the lead knows.
        known_by_class: The same by the right class.
    """

    person: str
    faces: int
    judged: int
    pace: float | None
    last: float | None
    others: Agreement
    by_class: Mapping[str, Agreement] = field(default_factory=dict)
    itself: Agreement = Agreement()
    known: Agreement = Agreement()
    known_by_class: Mapping[str, Agreement] = field(default_factory=dict)

    @property
    def left(self) -> float | None:
        """Minutes that the rest takes at this pace; None where that is unknown."""
        return (self.faces - self.judged) / self.pace if self.pace else None


def progress(share: Share, state: DecisionState) -> list[PartProgress]:
    """Return how far everybody has got, in the order of the terms.

    Args:
        share: What is shared out.
        state: The data set's decisions.
    """
    return [_of(person, share, state) for person in share.terms.people if person in share.parts]


def looks(state: DecisionState, person: str, since: float) -> dict[str, PersonalDecision]:
    """Return a person's latest valid second looks, by image.

    Args:
        state: The data set's decisions.
        person: Who looked.
        since: Seconds since 1970; earlier ones belong to what was shared out before.
    """
    by_image = {}
    for record in list(state.records.values()):
        operation = record.operation
        if record.active and operation.mode == "repeat" and operation.annotator == person and record.at >= since:
            for item in operation.items:
                if item.action in DECIDING:
                    by_image[item.image] = PersonalDecision(
                        person, item.action, item.result, record.at, operation.op_id
                    )
    return by_image


def opinion(state: DecisionState, image: str, person: str) -> PersonalDecision | None:
    """Return what a person thinks of an image at present, or None."""
    held = state.alike(image)
    opinions = () if held is None else held.opinions
    return next((each for each in opinions if each.annotator == person), None)


def _of(person: str, share: Share, state: DecisionState) -> PartProgress:
    second = looks(state, person, share.at)
    first, again = list[PersonalDecision](), list[PersonalDecision]()
    itself, with_known, others = Agreement(), Agreement(), Agreement()
    by_class: dict[str, Agreement] = defaultdict(Agreement)
    known_by_class: dict[str, Agreement] = defaultdict(Agreement)
    for face in share.parts[person]:
        own = opinion(state, face.image, person)
        if face.kind == REPEAT:
            look = second.get(face.image)
            if look is not None:
                again.append(look)
                itself += Agreement() if own is None else Agreement(int(own.answer == look.answer), 1)
            continue
        if own is None:
            continue
        first.append(own)
        with_others = _with_others(own, state, face.image)
        others += with_others
        by_class[spoken(own)] += with_others
        if face.image in share.known:
            right = share.known[face.image]
            met = Agreement(int(own.answer == ("label", alike(right))), 1)
            with_known += met
            known_by_class[right] += met
    times = sorted(each.at for each in (*first, *again))
    return PartProgress(
        person, len(share.parts[person]), len(first) + len(again), pace(times), times[-1] if times else None, others,
        {name: each for name, each in sorted(by_class.items()) if each.compared}, itself, with_known,
        dict(sorted(known_by_class.items())),
    )  # fmt: skip


def _with_others(own: PersonalDecision, state: DecisionState, image: str) -> Agreement:
    held = state.alike(image)
    answers = [each.answer for each in (() if held is None else held.opinions) if each.annotator != own.annotator]
    return Agreement(sum(answer == own.answer for answer in answers), len(answers))


def pace(times: Sequence[float]) -> float | None:
    """Return decisions a minute over the time at work; None where there is too little to tell.

    Args:
        times: When each was made, ascending, seconds since 1970.
    """
    gaps = [later - sooner for sooner, later in pairwise(times) if later - sooner <= PAUSE]
    return 60 * len(gaps) / sum(gaps) if sum(gaps) > 0 else None


def spoken(opinion: PersonalDecision) -> str:
    """Return an answer's word: a class, 'ambiguous' or 'excluded'."""
    return {"ambiguous": "ambiguous", "exclude": "excluded"}.get(opinion.action, opinion.label or "no label")
