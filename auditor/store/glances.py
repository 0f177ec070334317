"""Who looked at faces: one line for each person, data set, page and hour, and none for single faces."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import and_, insert, select

from auditor.store.database import Database
from auditor.store.tables import GLANCES

HOUR = 3600


@dataclass(frozen=True)
class Glance:
    """That somebody looked at a page with faces during one hour.

    Attributes:
        dataset: The data set's key.
        who: The person's name.
        page: The page's name, such as 'review'.
        first_at: When they were first seen on it in that hour, seconds since 1970.
        last_at: When last; a page that stays open is noted every minute at most, and only while it is used.
        times: How often it was noted.
    """

    dataset: str
    who: str
    page: str
    first_at: float
    last_at: float
    times: int


class Glances:
    """The one writer of the table `glances`, but for the name of an erased annotator (erasing.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, dataset: str, who: str, page: str, now: float | None = None) -> None:
        """Note that somebody looks at a page.

        Args:
            dataset: The data set's key.
            who: The person's name.
            page: The page's name.
            now: Seconds since 1970; the present where it is left out.

        Raises:
            UnavailableError: The database is away or busy.
        """
        at = time.time() if now is None else now
        line = {"dataset": dataset, "who": who, "page": page, "hour": int(at // HOUR)}
        same = and_(*(GLANCES.c[column] == value for column, value in line.items()))
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":  # two servers that note the same person's first look
                connection.exec_driver_sql("LOCK TABLE glances IN SHARE ROW EXCLUSIVE MODE")
            again = GLANCES.update().where(same).values(last_at=at, times=GLANCES.c.times + 1)
            if connection.execute(again).rowcount == 0:
                connection.execute(insert(GLANCES).values(**line, first_at=at, last_at=at, times=1))

    def list(self, dataset: str | None = None, newest: int = 1000) -> list[Glance]:
        """Return the newest lines, of one data set or of all, the newest first."""
        query = select(GLANCES).order_by(GLANCES.c.last_at.desc(), GLANCES.c.page).limit(newest)
        if dataset is not None:
            query = query.where(GLANCES.c.dataset == dataset)
        with self._database.read() as connection:
            return [
                Glance(row.dataset, row.who, row.page, row.first_at, row.last_at, row.times)
                for row in connection.execute(query)
            ]
