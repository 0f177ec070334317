"""The store: one object with a writer for every table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from auditor.config import Workspace
from auditor.store.database import Database
from auditor.store.datasets import Datasets
from auditor.store.decisions import Decisions
from auditor.store.runs import Runs
from auditor.store.selections import Selections
from auditor.store.views import Views


@dataclass(frozen=True)
class Store:
    """What is remembered between two visits.

    Attributes:
        database: The open database.
        datasets: Data sets that were opened.
        decisions: The append-only log of what annotators decided.
        runs: Trainings, their state and progress.
        selections: Named lists of images that a link can carry.
        views: Saved views of the review room.
    """

    database: Database
    datasets: Datasets
    decisions: Decisions
    runs: Runs
    selections: Selections
    views: Views

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Open the workspace's database, made or migrated where that is needed.

        Raises:
            ConfigError: The workspace cannot be written to.
            StoreError: The database cannot be reached or is newer than the program.
        """
        workspace.make()
        database = Database.open(workspace.database_url)
        decisions, runs = Decisions(database), Runs(database)
        return cls(database, Datasets(database), decisions, runs, Selections(database), Views(database))

    def close(self) -> None:
        """Give up the pooled connections."""
        self.database.close()
