"""The store: one object that holds the reader and writer of every table."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from auditor.config import Workspace
from auditor.store.database import Database
from auditor.store.datasets import Datasets
from auditor.store.decisions import Decisions
from auditor.store.erasing import Erasing
from auditor.store.glances import Glances
from auditor.store.roles import Roles
from auditor.store.runs import Runs
from auditor.store.selections import Selections
from auditor.store.sharing import Sharing
from auditor.store.trail import Trail
from auditor.store.views import Views


@dataclass(frozen=True)
class Store:
    """Everything that is kept in the workspace's database.

    Attributes:
        database: The open database.
        datasets: Data sets that were opened.
        decisions: The append-only log of what annotators decided.
        runs: Trainings, their state and progress.
        selections: Saved lists of images that a link can refer to.
        roles: Who may do what, where people log in.
        views: Saved views of the review room.
        erasing: Takes an image, an annotator or a data set out of all tables.
        trail: The audit trail: who opened, exported, trained or erased what, and when.
        glances: Who looked at which page with faces, by the hour.
        sharing: Which faces each person is to judge.
    """

    database: Database
    datasets: Datasets
    decisions: Decisions
    runs: Runs
    selections: Selections
    views: Views
    erasing: Erasing
    trail: Trail
    roles: Roles
    sharing: Sharing
    glances: Glances

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Open the workspace's database; create or migrate it where needed.

        Raises:
            ConfigError: The workspace cannot be written to.
            StoreError: The database cannot be reached or is newer than the program.
        """
        workspace.make()
        database = Database.open(workspace.database_url)
        return cls(
            database, Datasets(database, workspace.cache), Decisions(database), Runs(database), Selections(database),
            Views(database), Erasing(database), Trail(database), Roles(database), Sharing(database), Glances(database),
        )  # fmt: skip

    @classmethod
    @contextlib.contextmanager
    def opened(cls, workspace: Workspace, store: Self | None = None) -> Iterator[Self]:
        """Open the store for a block and close it afterwards; a store that the caller has open is used and stays open.

        Raises:
            ConfigError: The workspace cannot be written to.
            StoreError: The database cannot be reached or is newer than the program.
        """
        own = store or cls.open(workspace)
        try:
            yield own
        finally:
            if store is None:
                own.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self.database.close()
