"""The steps of a promise outside the app: sizes, the blind sample, its answers, and the one operation that accepts.

The command `promise` and `Audit.promise` are this class with words around it. What is drawn here can be judged in the
app and the other way round, because both keep the sample in the workspace (promises.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.data.formats.classes import label_key
from auditor.data.problems import printable
from auditor.errors import ConfigError, DataError, EvidenceError
from auditor.evidence import choice, promise, promises, schema
from auditor.evidence.gather import NOT_TRAINED
from auditor.evidence.promise import LABELS, SUGGESTIONS, Pool
from auditor.evidence.promises import Judged, Promise
from auditor.evidence.versions import EvidenceVersion
from auditor.plural import counted
from auditor.store.operations import Item, Operation, item_of
from auditor.store.state import DecisionState
from auditor.store.store import Store

KINDS = {"suggestions": SUGGESTIONS, "unflagged": LABELS}
"""What a person can promise of, and its name in the files."""

TOLERANCE, CONFIDENCE = 0.05, 0.95
OTHERS = ("ambiguous", "exclude", "skip")
"""Answers to a face beside the data set's classes."""


@dataclass(frozen=True)
class Desk:
    """One wish for a promise about one data set, and whatever sample is open for it.

    Attributes:
        workspace: The folder that everything is written to.
        dataset: The data set in hand.
        store: Its decisions.
        kind: 'suggestions' or 'unflagged'.
        tolerance: The tolerated share of wrong ones among the faces that are accepted, in (0, 0.5].
        confidence: The probability that the promise holds, in [0.5, 1).
    """

    workspace: Workspace
    dataset: Dataset
    store: Store
    kind: str
    tolerance: float
    confidence: float

    @classmethod
    def at(
        cls,
        workspace: Workspace,
        dataset: Dataset,
        store: Store,
        kind: str | None = None,
        tolerance: float | None = None,
        confidence: float | None = None,
    ) -> Self:
        """Return the desk; what is None is taken from the open sample, else suggestions, 0.05 and 0.95.

        Raises:
            ConfigError: A value is out of range, or the sample of another promise is open.
            EvidenceError: A promise's file cannot be read.
        """
        going = _open(workspace, dataset)
        if going is None:
            wish = (kind or "suggestions", tolerance or TOLERANCE, confidence or CONFIDENCE)
            _check(kind, tolerance, confidence)
            return cls(workspace, dataset, store, *wish)
        of_open = (_kind_of(going), going.risk, going.confidence)
        requested = (kind, tolerance, confidence)
        if any(each is not None and each != now for each, now in zip(requested, of_open, strict=True)):
            raise ConfigError(
                f"The sample of another promise is open ({of_open[0]}, tolerance {going.risk:g}, confidence "
                f"{going.confidence:g}); finish it or give it up first."
            )
        return cls(workspace, dataset, store, *of_open)

    @property
    def sample(self) -> Promise | None:
        """The open sample; None before it is drawn and after it was accepted or given up.

        Raises:
            EvidenceError: A promise's file cannot be read.
        """
        return _open(self.workspace, self.dataset)

    @property
    def tries(self) -> int:
        """How many samples on the evidence in use were drawn in vain; each makes the next test stricter.

        Raises:
            EvidenceError: There is no evidence, or a file cannot be read.
        """
        existing = promises.listed(self.workspace, self.dataset.key)
        return promises.attempt(existing, KINDS[self.kind], self._evidence().name)

    def pool(self) -> Pool:
        """Return the undecided faces in question, the surest first.

        Raises:
            EvidenceError: There is no evidence yet, or it cannot be read.
        """
        evidence = self._evidence()
        by_image = self._state().by_image
        decided = {name for name, held in by_image.items() if held.action not in (None, "skip")}
        undecided = np.array([str(name) not in decided for name in evidence.table[schema.NAME]], np.bool_)
        return promise.pool(evidence, KINDS[self.kind], undecided)

    def sizes(self) -> dict[int, int]:
        """Return how many faces may be judged, each with how many more that probably releases (0: probably none).

        Raises:
            EvidenceError: There is no evidence yet, or it cannot be read.
        """
        return promise.choices(self.pool(), self.tolerance, promise.level(self.confidence, self.tries))

    def draw(self, number: int, annotator: str) -> Promise:
        """Draw a random sample and keep it.

        Args:
            number: How many faces to judge.
            annotator: Who draws it.

        Raises:
            ConfigError: So many faces cannot be drawn.
            EvidenceError: A sample is open already, there is no evidence, or the sample cannot be written.
        """
        if self.sample is not None:
            raise EvidenceError("A sample is open already; judge it to the end or give it up, then draw another one.")
        pool = self.pool()
        if not 0 < number < len(pool):
            what = "suggestions" if self.kind == "suggestions" else "unflagged labels"
            raise ConfigError(
                f"A sample of {number:,} cannot be drawn, because there are {len(pool):,} undecided {what} and some "
                "must be left to accept; choose one of the offered sizes, or review them one by one."
            )
        return promises.draw(
            self.workspace, self.dataset, self._evidence(), pool, number,
            risk=self.tolerance, confidence=self.confidence, by=annotator,
        )  # fmt: skip

    def judge(self, answers: Mapping[int, str], annotator: str) -> int:
        """Save blind answers to faces of the open sample, all or none, as one operation.

        Args:
            answers: By the face's number in the sample, from 1 (images' names and paths may tell the label): the
                class that it shows, as the label file spells it or by its name, or 'ambiguous', 'exclude' or 'skip';
                '' leaves the face open.
            annotator: Who judged.

        Returns:
            The number of answers saved; those that this annotator has given already are not saved again.

        Raises:
            DataError: A face is not in the sample, or an answer is none of these.
            EvidenceError: No sample is open.
        """
        promise = self._drawn()
        items = [item for number, text in answers.items() if (item := self._item(promise, number, text.strip()))]
        earlier = self._answered(promise, annotator)
        new = tuple(item for item in items if earlier.get(item.image) != (item.action, item.result))
        if new:
            done = Operation(
                f"blind-{uuid.uuid4().hex}", self.dataset.key, annotator, evidence=promise.evidence, mode="blind",
                session="promise", items=new,
            )  # fmt: skip
            self.store.decisions.append(done)
        return len(new)

    def to_judge(self) -> dict[int, int]:
        """Return the faces of the open sample without a blind answer: row by number, in the order of the draw.

        Raises:
            EvidenceError: No sample is open.
        """
        promise = self._drawn()
        done, rows = promises.answered(promise, self._state()), self.dataset.rows_of(promise.sampled).tolist()
        left = {n: int(rows[n - 1]) for n, name in enumerate(promise.sampled, 1) if name not in done}
        lost = sum(row < 0 for row in left.values())
        if lost:
            raise EvidenceError(
                f"The sample {promise.id} cannot be judged to the end, because {lost:,} of its images are not in the "
                "data set any more; give it up and draw another one."
            )
        return left

    def judged(self) -> Judged:
        """Hold the open sample against its answers; the offer is known when all faces are judged.

        Raises:
            EvidenceError: No sample is open.
        """
        return promises.judged(self._drawn(), self.dataset, self._state())

    def sentence(self, judged: Judged) -> str:
        """Return where the sample stands, for a person.

        Args:
            judged: From `judged`.

        Raises:
            EvidenceError: No sample is open.
        """
        promise = self._drawn()
        if judged.offer is None:
            return (
                f"The sample has {counted(judged.total, 'face')}, of which {judged.done:,} are judged; judge the "
                "others to get an offer."
            )
        wrong = f"{judged.wrong:,} of {counted(judged.total, 'judged face')} were wrong"
        if not judged.left:
            return f"No set keeps this promise: {wrong}. What was judged stays decided; give the sample up."
        return f"{promises.sentence(promise, len(judged.left))} {wrong[0].upper()}{wrong[1:]}."

    def accept(self, annotator: str) -> Operation:
        """Accept what the promise offers, as one operation that one undo takes back.

        Args:
            annotator: Who accepts.

        Raises:
            EvidenceError: No sample is open, it is not judged to the end, or no set keeps the promise.
        """
        promise = self._drawn()
        done = promises.operation(promise, self.judged(), self.dataset, annotator)
        self.store.decisions.append(done)
        promises.save(self.workspace, self.dataset.key, promises.accepted(promise, done.op_id))
        return done

    def give_up(self) -> None:
        """Give the open sample up; it counts as a try, so the next sample's tests are stricter.

        Raises:
            EvidenceError: No sample is open.
        """
        promises.save(self.workspace, self.dataset.key, promises.given_up(self._drawn()))

    def _evidence(self) -> EvidenceVersion:
        evidence = choice.evidence(self.workspace, self.dataset)
        if evidence is None:
            raise EvidenceError(NOT_TRAINED)
        return evidence

    def _state(self) -> DecisionState:
        return self.store.decisions.state(self.dataset.key)

    def _drawn(self) -> Promise:
        sample = self.sample
        if sample is None:
            raise EvidenceError("No sample of a promise is open; draw one first.")
        return sample

    def _item(self, promise: Promise, number: int, text: str) -> Item | None:
        if not 1 <= number <= len(promise.sample):
            raise DataError(
                f"Face {number} is not in the sample {promise.id}, which has 1 to {len(promise.sample)}; "
                "nothing was saved."
            )
        row = int(self.dataset.rows_of([promise.sampled[number - 1]])[0])
        if row < 0:
            raise DataError(f"Face {number} is not in the data set any more; give the sample up.")
        if not text:
            return None
        label = _class(self.dataset, text)
        if label is not None:
            same = label == int(self.dataset.labels[row])
            return item_of(self.dataset, row, "keep" if same else "relabel", None if same else label)
        if text.casefold() not in OTHERS:
            raise DataError(
                f"The answer {printable(text)!r} to face {number} is none of "
                f"{', '.join((*self.dataset.codes, *OTHERS))}; nothing was saved."
            )
        return item_of(self.dataset, row, text.casefold())

    def _answered(self, promise: Promise, annotator: str) -> dict[str, tuple[str, str | None]]:
        """Return an annotator's last blind answer to each image since the sample was drawn."""
        answers: dict[str, tuple[str, str | None]] = {}
        for record in list(self._state().records.values()):
            operation = record.operation
            own = (operation.mode, operation.annotator) == ("blind", annotator)
            if record.active and record.at >= promise.at and own:
                answers.update({item.image: (item.action, item.result) for item in operation.items})
        return answers


def _open(workspace: Workspace, dataset: Dataset) -> Promise | None:
    existing = promises.listed(workspace, dataset.key)
    return existing[-1] if existing and existing[-1].state == promises.OPEN else None


def _kind_of(promise: Promise) -> str:
    return next(name for name, kind in KINDS.items() if kind == promise.kind)


def _check(kind: str | None, tolerance: float | None, confidence: float | None) -> None:
    """Refuse what cannot be promised.

    Raises:
        ConfigError: Names the value.
    """
    if kind is not None and kind not in KINDS:
        raise ConfigError(f"A promise is about {' or '.join(KINDS)}, not {kind!r}; choose one of them.")
    if tolerance is not None and not 0 < tolerance <= 0.5:
        raise ConfigError(f"The tolerance is {tolerance:g}; give a share above 0 and at most 0.5, such as 0.05.")
    if confidence is not None and not 0.5 <= confidence < 1:
        raise ConfigError(f"The confidence is {confidence:g}; give a share from 0.5 to below 1, such as 0.95.")


def _class(dataset: Dataset, text: str) -> int | None:
    """Return the class with this spelling in the label file, or with this name."""
    for names in (dataset.codes, dataset.classes):
        keys = [label_key(name) for name in names]
        if label_key(text) in keys:
            return keys.index(label_key(text))
    return None
