"""Why an image is suspect, or is not: a sentence and its numbers, of nothing but what is true of this image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.errors import EvidenceError
from auditor.evidence import schema, student
from auditor.evidence.versions import ASSIGNMENTS, CLEAN, NOISY, EvidenceVersion
from models.titles import descriptions, title

if TYPE_CHECKING:
    import pandas as pd

NEAREST = 10
THIN = "No method has learnt enough to say anything about this face."
DISAGREE = "The methods disagree"


@dataclass(frozen=True)
class Fact:
    """One number: what it is, its value, and what it means in a few words."""

    name: str
    value: float
    text: str


@dataclass(frozen=True)
class Explanation:
    """A sentence for the screen and the facts it is made of."""

    sentence: str
    facts: tuple[Fact, ...]


def explain(evidence: EvidenceVersion, row: int) -> Explanation:
    """Why the evidence says what it says about a row of the data set.

    Raises:
        EvidenceError: The row is not one of the train images this evidence was built for.
    """
    place = evidence.place(row)
    if place < 0:
        raise EvidenceError(f"Evidence {evidence.name} says nothing about row {row}; build it again.")
    line = evidence.table.iloc[place]
    classes = evidence.summary["classes"]
    if line[schema.VOTES_TOTAL] == 0:
        return Explanation(THIN, ())
    votes = _votes(evidence, line)
    parts = [part for part in (_heads(line, classes, votes), *_support(evidence, line, place, classes)) if part]
    sentence = "; ".join(parts)
    return Explanation(sentence[:1].upper() + sentence[1:] + ".", tuple(_facts(evidence, line, classes)))


def _votes(evidence: EvidenceVersion, line: pd.Series[Any]) -> dict[str, int]:
    """The votes of the methods that have learnt something and scored this image."""
    weights = evidence.summary["weights"]
    votes = {m: int(line[schema.own(m, schema.ASSIGNMENT)]) for m in evidence.methods if weights.get(m, 0) > 0}
    return {method: vote for method, vote in votes.items() if vote >= 0}


def _heads(line: pd.Series[Any], classes: list[str], votes: dict[str, int]) -> str:
    """What the methods see: networks of one method that agree, else how many methods do, else that they do not."""
    if CLEAN in votes.values() and NOISY in votes.values():
        says = ", ".join(f"{title(method)} says {ASSIGNMENTS[vote]}" for method, vote in votes.items())
        return f"{DISAGREE}: {says}"
    together = next((words for method in votes if (words := _networks(line, classes, method, votes[method]))), "")
    if together:
        return f"{together}{_others(votes)}"
    seen = {classes[int(line[schema.own(method, schema.PRED)])] for method in votes}
    who = "all methods see" if len(votes) > 1 else f"{title(next(iter(votes)))} sees"
    if len(seen) == 1:
        return f"{who} {next(iter(seen))}{_others(votes)}"
    several = [f"{title(method)} sees {classes[int(line[schema.own(method, schema.PRED)])]}" for method in votes]
    return ", ".join(several)


def _networks(line: pd.Series[Any], classes: list[str], method: str, vote: int) -> str:
    """What the networks of one method see where all see the same other class; '' else, and for a method of one."""
    described = descriptions().get(method)
    names = () if described is None else described.networks
    if vote == CLEAN or len(names) < 2 or any(f"{method}_pred_{name}" not in line for name in names):
        return ""
    given = int(line[schema.GIVEN])
    seen = {int(line[f"{method}_pred_{name}"]) for name in names}
    best = next(iter(seen))
    if len(seen) > 1 or best < 0 or best == given:
        return ""
    who = f"both {title(method)} networks" if len(names) == 2 else f"all {len(names)} networks of {title(method)}"
    left = " and ".join(_share(line[f"{method}_p_{name}"]) for name in names)
    return f"{who} see {classes[best]} and leave {classes[given]} {left}"


def _share(p: float) -> str:
    """A probability as people read it: none is exactly 0."""
    return f"{p:.2f}" if p >= 0.005 else "under 0.01"


def _others(votes: dict[str, int]) -> str:
    noisy = sum(vote == NOISY for vote in votes.values())
    return f" ({noisy} of {len(votes)} methods say noisy)" if len(votes) > 1 and noisy else ""


def _support(evidence: EvidenceVersion, line: pd.Series[Any], place: int, classes: list[str]) -> Iterator[str]:
    """The student, neighbours, the course over the epochs, and duplicates with another label."""
    seen = int(line[schema.own(student.NAME, schema.PRED)]) if schema.own(student.NAME, schema.PRED) in line else -1
    given = classes[int(line[schema.GIVEN])]
    if seen >= 0 and classes[seen] != given:
        share = _share(line[schema.own(student.NAME, schema.P_GIVEN)])
        yield f"the student sees {classes[seen]} and leaves {given} {share}"
    near = neighbour_labels(evidence, place)
    if near:
        counts = sorted(((near.count(label), label) for label in set(near)), reverse=True)
        listed = ", ".join(f"{count} {classes[label]}" for count, label in counts[:3])
        rest = sum(count for count, _ in counts[3:])
        others = f" and {rest} of other classes" if rest else ""
        yield f"its {len(near)} nearest faces are labelled {listed}{others}"
    course = np.asarray(evidence.p_given()[place], np.float32)
    if np.isfinite(course).all() and len(course) >= 3:
        if course.max() < 0.5:
            yield f"p({given}) never passed {np.ceil(course.max() * 20) / 20:.2f} in {len(course)} epochs"
        elif course[-1] >= 0.8:
            # Epochs are counted from 1 on the screen.
            since = int(np.flatnonzero(course < 0.8)[-1]) + 2 if (course < 0.8).any() else 1
            yield f"p({given}) has stayed above 0.8 since epoch {since}"
    yield from _twins(evidence, line, classes)


def neighbour_labels(evidence: EvidenceVersion, place: int, most: int = NEAREST) -> list[int]:
    """Given labels of the nearest faces, nearest first."""
    places = np.searchsorted(evidence.rows, evidence.neighbours[place][:most])
    labels: list[int] = evidence.table[schema.GIVEN].to_numpy()[places].tolist()
    return labels


def _twins(evidence: EvidenceVersion, line: pd.Series[Any], classes: list[str]) -> Iterator[str]:
    if line[schema.DUPLICATE_GROUP] < 0:
        return
    table, row = evidence.duplicates, int(line[schema.ROW])
    mine = table[table["contradicting"] & ((table[schema.ROW] == row) | (table["other"] == row))]
    for _, pair in mine.head(1).iterrows():
        place = evidence.place(int(pair["other"] if pair[schema.ROW] == row else pair[schema.ROW]))
        if place >= 0:
            other = evidence.table.iloc[place]
            yield f"the same picture, {other[schema.NAME]}, is labelled {classes[int(other[schema.GIVEN])]}"


def _facts(evidence: EvidenceVersion, line: pd.Series[Any], classes: list[str]) -> Iterator[Fact]:
    given = classes[int(line[schema.GIVEN])]
    rate = evidence.summary["noise"]["by_class"][int(line[schema.GIVEN])]

    def fact(column: str, text: str) -> Fact:
        return Fact(column, float(line[column]), text)

    yield fact(schema.P_MISLABELLED, "probability that the given label is wrong")
    yield fact(schema.AMBIGUITY, "how spread out the evidence is, 0 to 1")
    yield fact(schema.STABILITY, "share of epochs and networks that agree with the assignment")
    if rate is not None:
        yield Fact("class_rate", float(rate), f"estimated share of wrong labels among {given}")
    yield fact(schema.KNN_DISAGREEMENT, "share of the nearest faces with another label")
    yield fact(schema.AUM, "area under the margin; below 0 the label loses")
    for name in student.heard(evidence):
        yield fact(schema.own(name, schema.P_GIVEN), f"p({given}) by {title(name)}")
