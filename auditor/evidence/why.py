"""Explain why an image is suspect, or is not: a sentence and its numbers, all true of this image.

The sentence is about the suggested class. Reasons for it come first, those for other classes after 'but'. If no single
reason names it, the sentence begins with the consensus probabilities of the suggested class and the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.errors import EvidenceError
from auditor.evidence import schema, student
from auditor.evidence.versions import ASSIGNMENTS, CLEAN, NOISY, EvidenceVersion
from auditor.plural import counted
from models.titles import descriptions, title

if TYPE_CHECKING:
    import pandas as pd

NEAREST = 10
THIN = "No method has learnt enough to judge this face."
LOST = "The class that the evidence suggests is no longer one of this data set, so it suggests nothing; train again."
GONE = "a class that is gone"
DISAGREE = "the methods disagree"


@dataclass(frozen=True)
class Fact:
    """One number: its name, its value, and its meaning in a few words."""

    name: str
    value: float
    text: str


@dataclass(frozen=True)
class Reason:
    """A part of the sentence.

    Attributes:
        text: The words.
        classes: Classes that it supports by name; empty where it only supports or opposes the given label.
        keeps: Whether it supports the given label (True), another one (False), or neither (None).
    """

    text: str
    classes: frozenset[int] = frozenset()
    keeps: bool | None = None

    def supports(self, suggested: int, given: int) -> bool:
        """Whether it is a reason for the suggestion."""
        if self.classes or self.keeps is None:
            return suggested in self.classes
        return self.keeps == (suggested == given)


@dataclass(frozen=True)
class Explanation:
    """A sentence for the screen and the facts it is made of."""

    sentence: str
    facts: tuple[Fact, ...]


def explain(evidence: EvidenceVersion, row: int) -> Explanation:
    """Explain the evidence's suggestion for a row of the data set.

    Raises:
        EvidenceError: The row is not one of the training images that this evidence was built for.
    """
    place = evidence.place(row)
    if place < 0:
        raise EvidenceError(f"Evidence {evidence.name} has no row {row} of the data set; build it again.")
    line = evidence.table.iloc[place]
    if line[schema.SUGGESTED] < 0:
        return Explanation(LOST, ())
    classes = [*evidence.summary["classes"], GONE]  # the last one for -1
    if line[schema.VOTES_TOTAL] == 0:
        share = _share(evidence.probs[place][int(line[schema.SUGGESTED])])
        guess = f" The suggestion, {classes[int(line[schema.SUGGESTED])]} ({share}), is hardly more than a guess."
        return Explanation(THIN + guess, ())
    votes = _votes(evidence, line)
    reasons = [*_heads(line, classes, votes), *_support(evidence, line, place, classes)]
    sentence = _sentence(reasons, evidence, place, line)
    first = sentence[:1] if sentence.startswith("p(") else sentence[:1].upper()  # P would be another quantity
    return Explanation(first + sentence[1:] + ".", tuple(_facts(evidence, line, classes)))


def _sentence(reasons: Sequence[Reason], evidence: EvidenceVersion, place: int, line: pd.Series[Any]) -> str:
    """Return the reasons for the suggested class, then the others; first the consensus where none names that class."""
    suggested, given = int(line[schema.SUGGESTED]), int(line[schema.GIVEN])
    speaking = [reason for reason in reasons if reason.supports(suggested, given)]
    others = [reason.text for reason in reasons if reason not in speaking]
    doubtful = suggested == given and line[schema.P_MISLABELLED] > 0.5
    parts = [reason.text for reason in speaking]
    if doubtful or not any(suggested in reason.classes for reason in speaking):
        parts.insert(0, _consensus(evidence, place, suggested, given, doubtful))
    return "; ".join(parts) + (f"; but {'; '.join(others)}" if others else "")


def _consensus(evidence: EvidenceVersion, place: int, suggested: int, given: int, doubtful: bool) -> str:
    """Return the consensus probabilities of the suggested and the next class, and the class error rate behind them."""
    classes, probs = evidence.summary["classes"], np.asarray(evidence.probs[place], np.float32)
    rest = np.where(np.arange(len(probs)) == suggested, -1, probs)
    shares = f"{classes[suggested]} {_share(probs[suggested])}"
    shares += f" and {classes[int(rest.argmax())]} {_share(rest.max())}" if len(probs) > 1 else ""
    if doubtful:
        start = "the given label is probably wrong, but no other class is more likely"
        return f"{start}: all evidence together gives {shares}"
    rate = _rate(evidence, given, suggested)
    source = f", because an estimated {rate:.0%} of the faces labelled {classes[given]} are {classes[suggested]}"
    return (
        f"no single part of the evidence puts {classes[suggested]} first, but all of it together gives {shares}"
        f"{source if rate else ''}"
    )


def _rate(evidence: EvidenceVersion, given: int, suggested: int) -> float:
    """Return the estimated share of a given class that is the suggested one, in [0, 1]; 0 if under 1 % or the same."""
    matrix = evidence.summary.get("transition")
    rate = float(matrix[given][suggested]) if matrix and given != suggested else 0.0
    return rate if rate >= 0.01 else 0.0


def _votes(evidence: EvidenceVersion, line: pd.Series[Any]) -> dict[str, int]:
    """Return the votes of the methods that have learnt something and scored this image."""
    weights = evidence.summary["weights"]
    votes = {m: int(line[f"{m}_assignment"]) for m in evidence.methods if weights.get(m, 0) > 0}
    return {method: vote for method, vote in votes.items() if vote >= 0}


def _heads(line: pd.Series[Any], classes: list[str], votes: dict[str, int]) -> Iterator[Reason]:
    """Yield the methods' predictions by class; where some call the label clean and others noisy, each one's call."""
    seen = {method: int(line[schema.own(method, schema.PRED)]) for method in votes}
    if CLEAN in votes.values() and NOISY in votes.values():
        calls = (
            f"{title(m)} sees {classes[seen[m]]} and calls the label {ASSIGNMENTS[vote]}" for m, vote in votes.items()
        )
        yield Reason(f"{DISAGREE}: {', '.join(calls)}", frozenset(seen.values()))
        return
    noisy = sum(vote == NOISY for vote in votes.values())
    for label in dict.fromkeys(seen.values()):
        who = [method for method in votes if seen[method] == label]
        text = f"{_together(who, len(votes))} {classes[label]}"
        text += "".join(_networks(line, classes, method, label) for method in who if votes[method] != CLEAN)
        yield Reason(text, frozenset({label}))
    if noisy and len(votes) > 1:
        yield Reason(f"{noisy} of {counted(len(votes), 'method')} call the label noisy", keeps=False)


def _together(who: list[str], number: int) -> str:
    """Return the subject and verb, such as 'all methods see', 'MAN and RUL see', 'RUL sees'."""
    if len(who) == number > 1:
        return "all methods see"
    *first, last = [title(method) for method in who]
    return f"{', '.join(first)} and {last} see" if first else f"{last} sees"


def _networks(line: pd.Series[Any], classes: list[str], method: str, label: int) -> str:
    """Return p(given) of each network of one method, where all predict the same other class; else ''."""
    described = descriptions().get(method)
    names = () if described is None else described.networks
    given = int(line[schema.GIVEN])
    needed = [f"{method}_{what}_{name}" for what in ("pred", "p") for name in names]
    if label == given or len(names) < 2 or any(column not in line for column in needed):
        return ""
    if any(int(line[f"{method}_pred_{name}"]) != label for name in names):
        return ""
    who = (
        f"both {title(method)} networks"
        if len(names) == 2
        else f"all {counted(len(names), 'network')} of {title(method)}"
    )
    shares = " and ".join(_share(line[f"{method}_p_{name}"]) for name in names)
    return f" ({who}, which leave {classes[given]} {shares})"


def _share(p: float) -> str:
    """Return a probability as text; none is shown as 0."""
    return f"{p:.2f}" if p >= 0.005 else "under 0.01"


def _support(evidence: EvidenceVersion, line: pd.Series[Any], place: int, classes: list[str]) -> Iterator[Reason]:
    """Yield reasons from the student, the neighbours, the course over the epochs, and duplicates with another label."""
    seen = int(line[schema.own(student.NAME, schema.PRED)]) if schema.own(student.NAME, schema.PRED) in line else -1
    given = int(line[schema.GIVEN])
    if seen >= 0:
        leaves = f" and leaves {classes[given]} {_share(line[f'{student.NAME}_p_given'])}" if seen != given else ""
        yield Reason(f"the student sees {classes[seen]}{leaves}", frozenset({seen}))
    near = neighbour_labels(evidence, place)
    if near:
        yield _nearest(near, classes, int(line[schema.SUGGESTED]))
    name, course = classes[given], np.asarray(evidence.p_given()[place], np.float32)
    if np.isfinite(course).all() and len(course) >= 3:
        if course.max() < 0.5:
            most = np.ceil(course.max() * 20) / 20
            yield Reason(f"p({name}) never passed {most:.2f} in {counted(len(course), 'epoch')}", keeps=False)
        elif course[-1] >= 0.8:
            # Epochs are counted from 1 on the screen.
            since = int(np.flatnonzero(course < 0.8)[-1]) + 2 if (course < 0.8).any() else 1
            yield Reason(f"p({name}) has stayed above 0.8 since epoch {since}", frozenset({given}), keeps=True)
    yield from _twins(evidence, line, classes)


def _nearest(near: list[int], classes: list[str], suggested: int) -> Reason:
    """Return the labels of the nearest faces as a reason for the most frequent label, or for several if tied."""
    ranked = sorted(((near.count(label), label == suggested, label) for label in set(near)), reverse=True)
    counts = [(count, label) for count, _, label in ranked]
    listed = ", ".join(f"{count} {classes[label]}" for count, label in counts[:3])
    rest = sum(count for count, _ in counts[3:])
    others = f" and {rest} of other classes" if rest else ""
    most = frozenset(label for count, label in counts[:3] if count == counts[0][0])
    return Reason(f"its {counted(len(near), 'nearest face is', 'nearest faces are')} labelled {listed}{others}", most)


def neighbour_labels(evidence: EvidenceVersion, place: int, most: int = NEAREST) -> list[int]:
    """Given labels of the nearest faces, nearest first."""
    near = np.asarray(evidence.neighbours[place][:most])
    places = np.searchsorted(evidence.rows, near[near >= 0])  # -1 is an image that is gone
    labels: list[int] = evidence.table[schema.GIVEN].to_numpy()[places].tolist()
    return labels


def _twins(evidence: EvidenceVersion, line: pd.Series[Any], classes: list[str]) -> Iterator[Reason]:
    if line[schema.DUPLICATE_GROUP] < 0:
        return
    table, row = evidence.duplicates, int(line[schema.ROW])
    pairs = table[table["contradicting"] & ((table[schema.ROW] == row) | (table["other"] == row))]
    for _, pair in pairs.head(1).iterrows():
        place = evidence.place(int(pair["other"] if pair[schema.ROW] == row else pair[schema.ROW]))
        if place >= 0:
            other = evidence.table.iloc[place]
            label = int(other[schema.GIVEN])
            yield Reason(f"the same picture, {other['name']}, is labelled {classes[label]}", frozenset({label}))


def _facts(evidence: EvidenceVersion, line: pd.Series[Any], classes: list[str]) -> Iterator[Fact]:
    given = classes[int(line[schema.GIVEN])]
    rate = evidence.summary["noise"]["by_class"][int(line[schema.GIVEN])]
    yield Fact("p_mislabelled", float(line[schema.P_MISLABELLED]), "probability that the given label is wrong")
    yield Fact("ambiguity", float(line[schema.AMBIGUITY]), "how spread out the evidence is, 0 to 1")
    yield Fact(
        "stability", float(line[schema.STABILITY]), "share of epochs and networks that agree with the assignment"
    )
    if rate is not None:
        yield Fact("class_rate", float(rate), f"estimated share of wrong labels among {given}")
    yield Fact(
        "knn_disagreement", float(line[schema.KNN_DISAGREEMENT]), "share of the nearest faces with another label"
    )
    yield Fact("aum", float(line[schema.AUM]), "area under the margin; below 0 another class is more probable")
    for name in student.networks(evidence):
        yield Fact(f"{name}_p_given", float(line[f"{name}_p_given"]), f"p({given}) by {title(name)}")
