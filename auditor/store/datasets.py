"""The data sets that were opened, with what is needed to open them again."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.tables import DATASETS

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset


@dataclass(frozen=True)
class DatasetRecord:
    """A data set that was opened: enough to open it again.

    Attributes:
        key: Its identity, 12 hex digits.
        root: Its folder.
        format: The format's name.
        label_file: The label file, relative to root; empty for image folders.
        title: A short name for the screen.
        images: Number of images, all splits.
        classes: Class names in the data set's order.
        opened_at: When it was last opened, seconds since 1970.
    """

    key: str
    root: str
    format: str
    label_file: str
    title: str
    images: int
    classes: tuple[str, ...]
    opened_at: float


class Datasets:
    """The one writer of the table `datasets`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, dataset: Dataset) -> None:
        """Remember a data set, or that it was opened again."""
        values = {
            "root": str(dataset.root),
            "format": dataset.format,
            "label_file": dataset.label_file,
            "title": dataset.title,
            "images": len(dataset),
            "classes": json.dumps(list(dataset.classes)),
            "opened_at": time.time(),
        }
        with self._database.write() as connection:
            # Update first: the key is referenced by decisions, so the row may not be replaced.
            updated = connection.execute(DATASETS.update().where(DATASETS.c.key == dataset.key).values(**values))
            if updated.rowcount == 0:
                connection.execute(insert(DATASETS).values(key=dataset.key, **values))

    def list(self) -> list[DatasetRecord]:
        """Return every data set, the last opened first."""
        with self._database.read() as connection:
            rows = connection.execute(select(DATASETS).order_by(DATASETS.c.opened_at.desc())).mappings()
            return [DatasetRecord(**{**row, "classes": tuple(json.loads(row["classes"]))}) for row in rows]

    def find(self, key: str) -> DatasetRecord | None:
        """Return one data set, or None where it was never opened."""
        return next((record for record in self.list() if record.key == key), None)

    def get(self, key: str) -> DatasetRecord:
        """Return one data set.

        Raises:
            RefusedError: It was never opened in this workspace.
        """
        record = self.find(key)
        if record is None:
            raise RefusedError(f"The data set {key} is not in this workspace; open it on the Data page first.")
        return record
