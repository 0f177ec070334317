"""Work shared out: which faces each person is to judge, kept until the lead shares out anew or ends it."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.parts import PartFace, divide
from auditor.store.tables import PARTS, SHARES


@dataclass(frozen=True)
class Terms:
    """How the faces are shared out.

    Attributes:
        people: Who judges.
        per_face: How many people judge each face.
        repeats: Share of a person's faces that come a second time, in [0, 0.5].
        seed: Of the draws.
    """

    people: tuple[str, ...]
    per_face: int = 1
    repeats: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Share:
    """Work that is shared out.

    Attributes:
        number: Its number.
        dataset: The data set's key.
        terms: How.
        by: Which lead shared it out.
        at: When, seconds since 1970.
        known: The right label of the images whose answer the lead knows, class by image name.
        parts: Each person's part, in the order it is shown.
    """

    number: int
    dataset: str
    terms: Terms
    by: str
    at: float
    known: Mapping[str, str]
    parts: Mapping[str, tuple[PartFace, ...]]


class Sharing:
    """The one writer of the tables `shares` and `parts`, but for what is erased (erasing.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def share(
        self, dataset: str, images: Sequence[str], terms: Terms, *, by: str, known: Mapping[str, str] | None = None
    ) -> Share:
        """Share out faces; what was shared out before on this data set ends, its decisions stand.

        Args:
            dataset: The data set's key.
            images: The images' names, those to be judged first in front.
            terms: How.
            by: Who shares it out.
            known: The right class of some images by name; everybody gets these.

        Raises:
            RefusedError: The terms cannot be used; nothing is changed.
            UnavailableError: The database is away or busy.
        """
        answers = dict(known or {})
        parts = divide(
            images, terms.people, per_face=terms.per_face, repeats=terms.repeats, known=answers, seed=terms.seed
        )
        now = time.time()
        values = {
            "dataset": dataset, "made_by": by, "at": now, "terms": json.dumps(asdict(terms)),
            "known": pack(answers), "ended_at": None,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(_ending(dataset))
            number = int(connection.execute(insert(SHARES).returning(SHARES.c.number), [values]).scalar_one())
            rows = [
                {"share": number, "person": person, "faces": pack([[face.image, face.kind] for face in part])}
                for person, part in parts.items()
            ]
            connection.execute(insert(PARTS), rows)
        return Share(number, dataset, terms, by, now, answers, parts)

    def end(self, dataset: str) -> None:
        """End what is shared out; the decisions stand.

        Raises:
            RefusedError: Nothing is shared out.
        """
        with self._database.write() as connection:
            if connection.execute(_ending(dataset)).rowcount == 0:
                raise RefusedError("Nothing is shared out on this data set; share it out first.")

    def current(self, dataset: str) -> Share | None:
        """Return what is shared out now on a data set, or None."""
        with self._database.read() as connection:
            row = connection.execute(_current(dataset)).mappings().first()
            if row is None:
                return None
            parts = connection.execute(select(PARTS).where(PARTS.c.share == row["number"])).mappings().all()
        return _share(row, {part["person"]: _faces(part) for part in parts})

    def part(self, dataset: str, person: str) -> Share | None:
        """Return what is shared out now, with one person's part alone; None where they have none."""
        with self._database.read() as connection:
            row = connection.execute(_current(dataset)).mappings().first()
            if row is None:
                return None
            own = (PARTS.c.share == row["number"]) & (PARTS.c.person == person)
            part = connection.execute(select(PARTS).where(own)).mappings().first()
        return None if part is None else _share(row, {person: _faces(part)})


def pack(content: Any) -> bytes:
    """Names of images as they are stored: JSON, compressed."""
    return zlib.compress(json.dumps(content).encode())


def unpack(stored: bytes) -> Any:
    """What `pack` stored."""
    return json.loads(zlib.decompress(stored))


def _current(dataset: str) -> Any:
    open_ones = (SHARES.c.dataset == dataset) & SHARES.c.ended_at.is_(None)
    return select(SHARES).where(open_ones).order_by(SHARES.c.number.desc()).limit(1)


def _ending(dataset: str) -> Any:
    open_ones = (SHARES.c.dataset == dataset) & SHARES.c.ended_at.is_(None)
    return update(SHARES).where(open_ones).values(ended_at=time.time())


def _faces(row: RowMapping) -> tuple[PartFace, ...]:
    return tuple(PartFace(image, kind) for image, kind in unpack(row["faces"]))


def _share(row: RowMapping, parts: Mapping[str, tuple[PartFace, ...]]) -> Share:
    stored = json.loads(row["terms"])
    terms = Terms(tuple(stored["people"]), stored["per_face"], stored["repeats"], stored["seed"])
    return Share(row["number"], row["dataset"], terms, row["made_by"], row["at"], unpack(row["known"]), parts)
