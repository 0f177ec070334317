"""Saved views: a name for filters, order and page of the review room, shared by everybody on the data set."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.tables import VIEWS

LONGEST_NAME = 60
MOST = 200


@dataclass(frozen=True)
class SavedView:
    """A named view.

    Attributes:
        name: What people call it, unique within the data set.
        parameters: The view as query parameters of the review room.
        annotator: Who saved it last.
        saved_at: When, seconds since 1970.
    """

    name: str
    parameters: dict[str, str]
    annotator: str
    saved_at: float


class Views:
    """The one writer of the table `views`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, dataset: str, name: str, parameters: Mapping[str, str], annotator: str) -> str:
        """Keep a view under a name; one of that name is replaced.

        Args:
            dataset: The data set's key.
            name: 1 to 60 characters; spaces around it do not count.
            parameters: Query parameters.
            annotator: Who saves it.

        Returns:
            The name as it is kept.

        Raises:
            RefusedError: The name cannot be used, or there are too many views.
            UnavailableError: The database is away.
        """
        tidy = " ".join(name.split())
        if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
            raise RefusedError(f"The name of a view has 1 to {LONGEST_NAME} printable characters; type such a name.")
        if tidy not in {view.name for view in self.list(dataset)} and len(self.list(dataset)) >= MOST:
            raise RefusedError(f"There are {MOST} saved views of this data set; delete one first.")
        values = {"parameters": json.dumps(dict(parameters)), "annotator": annotator, "saved_at": time.time()}
        own = (VIEWS.c.dataset == dataset) & (VIEWS.c.name == tidy)
        with self._database.write() as connection:
            if connection.execute(VIEWS.update().where(own).values(**values)).rowcount == 0:
                connection.execute(insert(VIEWS).values(dataset=dataset, name=tidy, **values))
        return tidy

    def delete(self, dataset: str, name: str) -> None:
        """Take a view off the list; none of that name is no error, for somebody else may have been faster."""
        with self._database.write() as connection:
            connection.execute(delete(VIEWS).where((VIEWS.c.dataset == dataset) & (VIEWS.c.name == name)))

    def list(self, dataset: str) -> list[SavedView]:
        """Every view of a data set, in alphabetical order."""
        with self._database.read() as connection:
            rows = connection.execute(select(VIEWS).where(VIEWS.c.dataset == dataset)).mappings().all()
        views = [
            SavedView(row["name"], json.loads(row["parameters"]), row["annotator"], row["saved_at"]) for row in rows
        ]
        return sorted(views, key=lambda view: view.name.lower())

    def find(self, dataset: str, name: str) -> SavedView | None:
        """The view of that name, or None."""
        return next((view for view in self.list(dataset) if view.name == name), None)
