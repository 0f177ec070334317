"""The audit trail: who opened, exported, trained or erased what, and when. It names no image and holds no face."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.tables import TRAIL

KINDS = ("login", "logout", "opening", "export", "download", "training", "sharing", "erasure")


@dataclass(frozen=True)
class Event:
    """One line of the trail.

    Attributes:
        at: When, seconds since 1970.
        who: The person's name.
        what: One of `KINDS`.
        dataset: The data set's key, or None.
        detail: A few words, without the name of an image.
    """

    at: float
    who: str
    what: str
    dataset: str | None
    detail: str


class Trail:
    """The one writer of the table `trail`, but for the name of an erased annotator (erasing.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, who: str, what: str, dataset: str | None = None, detail: str = "") -> None:
        """Record an event.

        Args:
            who: The person's name.
            what: One of `KINDS`.
            dataset: The data set's key, where it is about one.
            detail: A few words. Never the name of an image: the trail stays when an image is erased.

        Raises:
            RefusedError: There is no such kind.
            UnavailableError: The database is away or busy.
        """
        if what not in KINDS:
            raise RefusedError(f"The audit trail has no kind {what!r}; expected one of {', '.join(KINDS)}.")
        event = {"at": time.time(), "who": who, "what": what, "dataset": dataset, "detail": detail}
        with self._database.write() as connection:
            connection.execute(insert(TRAIL).values(**event))

    def list(self, dataset: str | None = None, newest: int = 1000, kinds: Sequence[str] = KINDS) -> list[Event]:
        """Return the newest events of some kinds, of one data set or of all, the newest first."""
        query = select(TRAIL).order_by(TRAIL.c.at.desc(), TRAIL.c.id.desc()).limit(newest)
        query = query.where(TRAIL.c.what.in_(list(kinds)))
        if dataset is not None:
            query = query.where(TRAIL.c.dataset == dataset)
        with self._database.read() as connection:
            return [Event(row.at, row.who, row.what, row.dataset, row.detail) for row in connection.execute(query)]
