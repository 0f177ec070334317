"""The promises of a data set: what was drawn to be judged, what came of it, and the one operation that accepts.

Everything that the guarantee rests on is fixed in a file before the first face is judged: the faces in question in
their order, the sample, the tolerated share, the confidence and the level. <workspace>/promises/<key>/<id>.json
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.errors import EvidenceError
from auditor.evidence import promise, schema
from auditor.evidence.promise import Offer, Pool
from auditor.evidence.versions import EvidenceVersion
from auditor.store.naming import class_numbers
from auditor.store.operations import LABEL_ACTIONS, Item, Operation, item_of
from auditor.store.state import DecisionState

FOLDER = "promises"
OPEN, ACCEPTED, GIVEN_UP = "open", "accepted", "given up"


@dataclass(frozen=True)
class Promise:
    """A sample that was drawn to make a promise.

    Attributes:
        id: Its file's name.
        kind: One of `promise.KINDS`.
        risk: The tolerated share of wrong ones.
        confidence: How sure one wants to be, over all tries on this version of the evidence.
        delta: The level of its tests.
        attempt: 0 for the first try.
        evidence: The version's name.
        names: Images of the pool, the surest first.
        targets: The class that accepting gives each of them, by name.
        sure: The evidence's estimates for them.
        sample: Positions in the pool that are judged.
        by: Who drew it.
        at: When, seconds since 1970; only answers given since count.
        state: 'open', 'accepted' or 'given up'.
        op_id: The operation that accepted, or ''.
    """

    id: str
    kind: str
    risk: float
    confidence: float
    delta: float
    attempt: int
    evidence: str
    names: tuple[str, ...]
    targets: tuple[str, ...]
    sure: tuple[float, ...]
    sample: tuple[int, ...]
    by: str
    at: float
    state: str = OPEN
    op_id: str = ""

    @cached_property
    def pool(self) -> Pool:
        """The faces in question; places are positions here."""
        return Pool(self.kind, np.arange(len(self.names)), np.array(self.sure))

    @property
    def sampled(self) -> list[str]:
        """Names of the faces to judge."""
        return [self.names[position] for position in self.sample]


@dataclass(frozen=True)
class Judged:
    """How far a promise's sample is judged.

    Attributes:
        done: Faces of the sample that have a blind answer.
        total: Faces of the sample.
        wrong: Of the judged ones, those that contradict; known only when all are judged, else -1.
        offer: The largest set that keeps the promise; None while faces are left to judge.
        left: Names of the offered faces that nobody has decided, in the pool's order.
    """

    done: int
    total: int
    wrong: int
    offer: Offer | None
    left: tuple[str, ...] = ()


def listed(workspace: Workspace, key: str) -> list[Promise]:
    """Return a data set's promises, the oldest first.

    Raises:
        EvidenceError: A file cannot be read.
    """
    stored = []
    for file in (workspace.path / FOLDER / key).glob("*.json"):
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
            lists = {name: tuple(facts[name]) for name in ("names", "targets", "sure", "sample")}
            stored.append(Promise(**{**facts, **lists}))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise EvidenceError(f"The promise in {file} cannot be read ({error}); delete that file.") from error
    return sorted(stored, key=lambda each: each.at)


def attempt(existing: Sequence[Promise], kind: str, version: str) -> int:
    """Return how many samples were drawn in vain for this kind and version of the evidence since one was accepted."""
    tries = 0
    for each in existing:
        if each.kind == kind and each.evidence == version:
            tries = 0 if each.state == ACCEPTED else tries + 1
    return tries


def draw(
    workspace: Workspace,
    dataset: Dataset,
    evidence: EvidenceVersion,
    pool: Pool,
    sample: int,
    *,
    risk: float,
    confidence: float,
    by: str,
) -> Promise:
    """Draw the sample of a promise and write it down.

    Args:
        workspace: Where it is kept.
        dataset: The data set in hand.
        evidence: Aligned with it.
        pool: The faces in question (`promise.pool`); the sample is spread over the surest of them (`promise.cut`).
        sample: How many faces to judge.
        risk: The tolerated share of wrong ones.
        confidence: How sure one wants to be.
        by: Who draws.

    Raises:
        EvidenceError: It cannot be written.
    """
    tries = attempt(listed(workspace, dataset.key), pool.kind, evidence.name)
    delta = promise.level(confidence, tries)
    part = promise.cut(pool, sample, risk, delta)
    table, numbers = evidence.table.iloc[part.places], class_numbers(dataset)
    column = schema.SUGGESTED if pool.kind == promise.SUGGESTIONS else schema.GIVEN
    drawn = Promise(
        id=time.strftime("p%Y%m%d-%H%M%S-") + uuid.uuid4().hex[:4], kind=pool.kind, risk=risk, confidence=confidence,
        delta=delta, attempt=tries, evidence=evidence.name, names=tuple(map(str, table[schema.NAME])),
        targets=tuple(numbers.name(int(number)) for number in table[column]),
        sure=tuple(round(float(value), 6) for value in part.sure),
        # Nobody can know the sample beforehand, or draw until one pleases without leaving a trace.
        sample=tuple(int(position) for position in promise.draw(part, sample, uuid.uuid4().int % 2**32)),
        by=by, at=time.time(),
    )  # fmt: skip
    save(workspace, dataset.key, drawn)
    return drawn


def save(workspace: Workspace, key: str, drawn: Promise) -> None:
    """Write a promise.

    Raises:
        EvidenceError: It cannot be written.
    """
    file: Path = workspace.path / FOLDER / key / f"{drawn.id}.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        writing.write_text(file, json.dumps(asdict(drawn), ensure_ascii=False), sync=True)
    except OSError as error:
        raise EvidenceError(f"The promise cannot be written to {file} ({error.strerror}); free some space.") from error


def judged(drawn: Promise, dataset: Dataset, state: DecisionState) -> Judged:
    """Hold a promise against the answers that were given since it was drawn.

    A face's answer is the blind one of whoever judged it; where two people differ, one that contradicts counts. Faces
    of the pool that are gone, that have another given label now, or that were decided otherwise are not offered.

    Args:
        drawn: The promise.
        dataset: The data set in hand.
        state: Its decisions.
    """
    answers = _blind_answers(drawn, state)
    done = [position for position in drawn.sample if drawn.names[position] in answers]
    total = len(drawn.sample)
    if len(done) < total:
        return Judged(len(done), total, -1, None)
    numbers = class_numbers(dataset)
    targets = [numbers.number(name) for name in drawn.targets]
    wrong = np.array(
        [any(_contradicts(numbers.number(x), targets[at]) for x in answers[drawn.names[at]]) for at in drawn.sample]
    )
    free = _free(drawn, dataset, state, targets)
    sample = np.array(drawn.sample, np.int64)
    outside = np.setdiff1d(np.arange(len(drawn.names)), sample)
    gone = outside[~free[outside]]
    offered = promise.offer(drawn.pool, sample, wrong, drawn.risk, drawn.delta, gone)
    left = [drawn.names[at] for at in outside if at < offered.faces and free[at]]
    return Judged(total, total, int(wrong.sum()), offered, tuple(left))


def answered(drawn: Promise, state: DecisionState) -> set[str]:
    """Return the faces of a sample that have a blind answer since it was drawn, by name; a skip is none."""
    return set(_blind_answers(drawn, state))


def _blind_answers(drawn: Promise, state: DecisionState) -> dict[str, list[str | None]]:
    """Everybody's last blind answer to each face of the sample: a class name, None for ambiguous and excluded."""
    wanted = set(drawn.sampled)
    by_image: dict[str, dict[str, Item]] = {}
    for record in list(state.records.values()):
        operation = record.operation
        if record.active and operation.mode == "blind" and record.at >= drawn.at:
            for item in operation.items:
                if item.image in wanted and item.action in LABEL_ACTIONS:
                    by_image.setdefault(item.image, {})[operation.annotator] = item
    answers = {}
    for image, by_annotator in by_image.items():
        labelled = [item for item in by_annotator.values() if item.action != "skip"]
        if labelled:
            answers[image] = [item.result if item.action in ("keep", "relabel") else None for item in labelled]
    return answers


def _contradicts(answer: int | None, target: int | None) -> bool:
    return answer is None or target is None or answer != target


def _free(drawn: Promise, dataset: Dataset, state: DecisionState, targets: Sequence[int | None]) -> NDArray[np.bool_]:
    """Faces of the pool that can still be accepted: there, undecided, of a class that is there, with their label."""
    rows = dataset.rows_of(drawn.names)
    free = (rows >= 0) & np.array([target is not None for target in targets], np.bool_)
    if drawn.kind == promise.LABELS:
        labels = np.array([-1 if target is None else target for target in targets])
        free &= np.where(rows >= 0, dataset.labels[rows], -1) == labels
    for at, name in enumerate(drawn.names):
        held = state.by_image.get(name)
        if held is not None and held.action not in (None, "skip"):
            free[at] = False
    return free


def sentence(drawn: Promise, faces: int) -> str:
    """Return the promise on a number of faces, in words."""
    return promise.sentence(drawn.kind, faces, drawn.risk, drawn.confidence)


def operation(drawn: Promise, result: Judged, dataset: Dataset, annotator: str) -> Operation:
    """Return the one operation that accepts what a promise offers; each of its items carries the promise.

    Raises:
        EvidenceError: Nothing is offered.
    """
    if result.offer is None or not result.left:
        raise EvidenceError("This sample does not allow any face to be accepted; judge all of it, or draw another one.")
    target_of, numbers = dict(zip(drawn.names, drawn.targets, strict=True)), class_numbers(dataset)
    words = (
        f"{sentence(drawn, len(result.left))} Sample {drawn.id}: {result.wrong} of {result.total} wrong, evidence "
        f"{drawn.evidence}, level {drawn.delta:.4g}."
    )
    items = []
    for name in result.left:
        row = dataset.index_of(name)
        label = numbers.number(target_of[name])
        if label == int(dataset.labels[row]):
            items.append(item_of(dataset, row, "keep", text=words))
        else:
            items.append(item_of(dataset, row, "relabel", label, text=words))
    op_id = f"promise-{drawn.id}-{uuid.uuid4().hex[:8]}"
    return Operation(op_id, dataset.key, annotator, evidence=drawn.evidence, items=tuple(items))


def accepted(drawn: Promise, op_id: str) -> Promise:
    """Return the promise as one that was accepted by an operation."""
    return replace(drawn, state=ACCEPTED, op_id=op_id)


def given_up(drawn: Promise) -> Promise:
    """Return the promise as one that was given up; it counts as a try."""
    return replace(drawn, state=GIVEN_UP)
