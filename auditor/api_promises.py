"""A promise in a script or a notebook: accept many labels at once with a bound on how many are wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.exports.faces import grid

if TYPE_CHECKING:
    from auditor.evidence.desk import Desk
    from auditor.store.store import Store


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of a blind sample that are left to judge; a notebook shows them with their numbers alone.

    Attributes:
        rows: The row in the data set of each face, by its number in the sample, from 1.
        dataset: The data set.
    """

    rows: Mapping[int, int]
    dataset: Dataset

    def __len__(self) -> int:
        return len(self.rows)

    def _repr_html_(self) -> str:
        """Return the faces with their numbers as HTML with embedded pictures, which needs no server."""
        return grid(self.dataset, [(row, f"face {number}") for number, row in self.rows.items()], named=False)


class Promise:
    """A promise on the way: first the sizes, then a blind sample, its answers, and the set to accept.

    The methods are the steps in their order. The sample is kept in the workspace: the app, the command line and a later
    script go on with it.

    Attributes:
        kind: 'suggestions' or 'unflagged'.
        tolerance: The tolerated share of wrong ones among the accepted.
        confidence: The probability that the promise holds.
    """

    def __init__(self, audit: Promises, kind: str | None, tolerance: float | None, confidence: float | None) -> None:
        self._audit = audit
        with audit._desk(kind, tolerance, confidence) as desk:
            self.kind, self.tolerance, self.confidence = desk.kind, desk.tolerance, desk.confidence

    def __repr__(self) -> str:
        return f"<Promise on {self.kind}: at most {self.tolerance:.3g} wrong, {self.confidence:.3g} sure>"

    @contextmanager
    def _at(self) -> Iterator[Desk]:
        with self._audit._desk(self.kind, self.tolerance, self.confidence) as desk:
            yield desk

    def sizes(self) -> dict[int, int]:
        """Return how many faces may be judged, each with how many more are then probably accepted (0: probably none).

        The second number is the evidence's own estimate, which the promise does not rest on.

        Raises:
            EvidenceError: No method was trained yet.
        """
        with self._at() as desk:
            return desk.sizes()

    def draw(self, number: int, *, annotator: str) -> Faces:
        """Draw a random sample of faces to judge blind.

        Args:
            number: How many.
            annotator: Who draws them.

        Raises:
            ConfigError: There are too few faces.
            EvidenceError: A sample is open already, or no method was trained yet.
        """
        with self._at() as desk:
            desk.draw(number, annotator)
            return Faces(desk.to_judge(), desk.dataset)

    def to_judge(self) -> Faces:
        """Return the faces that are left to judge.

        Raises:
            EvidenceError: No sample is open.
        """
        with self._at() as desk:
            return Faces(desk.to_judge(), desk.dataset)

    def judge(self, answers: Mapping[int, str], *, annotator: str) -> int:
        """Save blind answers, all or none.

        Args:
            answers: By the face's number: a class, as the label file spells it or by its name, or 'ambiguous',
                'exclude' or 'skip'.
            annotator: Who judged.

        Returns:
            The number of new answers.

        Raises:
            DataError: A face is not in the sample, or an answer is none of these; then nothing is saved.
            EvidenceError: No sample is open.
        """
        with self._at() as desk:
            return desk.judge(answers, annotator)

    def offer(self) -> str:
        """Return what the answers allow as a sentence, such as 'Accept 420 suggestions: at most 5 % of them are wrong'.

        Raises:
            EvidenceError: No sample is open.
        """
        with self._at() as desk:
            return desk.sentence(desk.judged())

    def accept(self, *, annotator: str) -> int:
        """Accept the offered set as one operation that can be undone; its record and the ledger hold the promise.

        Args:
            annotator: Who accepts.

        Returns:
            The number of faces accepted.

        Raises:
            EvidenceError: The sample is not judged to the end, or no set keeps the promise.
        """
        with self._at() as desk:
            return len(desk.accept(annotator).items)

    def give_up(self) -> None:
        """Give the sample up; it counts as a try, so the next sample's test is stricter.

        Raises:
            EvidenceError: No sample is open.
        """
        with self._at() as desk:
            desk.give_up()


class Promises(ABC):
    """The part of an audit that makes promises.

    Attributes:
        dataset: What is audited.
        workspace: Where everything is written.
    """

    dataset: Dataset
    workspace: Workspace

    @abstractmethod
    def _store(self) -> Store:
        """Open the audit's store, or return the open one."""

    @contextmanager
    def _desk(self, kind: str | None, tolerance: float | None, confidence: float | None) -> Iterator[Desk]:
        from auditor.evidence.desk import Desk

        store = self._store()
        try:
            yield Desk.at(self.workspace, self.dataset, store, kind, tolerance, confidence)
        finally:
            store.close()

    def promise(
        self, kind: str | None = None, *, tolerance: float | None = None, confidence: float | None = None
    ) -> Promise:
        """Begin, or go on with, a promise: of the labels accepted at once, at most so many are wrong.

            promise = audit.promise("suggestions", tolerance=0.05, confidence=0.95)
            promise.sizes()                              # {100: 310, 150: 420}: faces to judge, faces then accepted
            promise.draw(150, annotator="ada")           # shows the faces in a notebook
            promise.judge({1: "happiness", 2: "fear"}, annotator="ada")
            promise.offer()
            promise.accept(annotator="ada")

        Args:
            kind: 'suggestions' (labels that the evidence would change; the default) or 'unflagged' (the
                others).
            tolerance: The tolerated share of wrong ones, in (0, 0.5]; 0.05 where it is left out.
            confidence: The probability that the promise holds, in [0.5, 1); 0.95 where it is left out.

        Raises:
            ConfigError: A value is out of range, or the sample of another promise is open.
        """
        return Promise(self, kind, tolerance, confidence)
