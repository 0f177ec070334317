"""The data sets that were opened, with what is needed to open them again."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, and_, func, insert, select

from auditor.data import content, index
from auditor.data.dataset import Content
from auditor.data.images import held_of_root
from auditor.errors import RefusedError
from auditor.store.database import Database
from auditor.store.recognising import Known, Place, Recognised, Recognising
from auditor.store.tables import DATASETS, ITEMS, OPERATIONS, PLACES

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset


@dataclass(frozen=True)
class DatasetRecord:
    """A data set that was opened: enough to open it again.

    Attributes:
        key: Its identity, 12 hex digits.
        root: Its folder, where it was last opened.
        format: The format's name.
        label_file: The label file, relative to root; empty for image folders.
        title: A short name for the screen.
        images: Number of images, all splits.
        classes: Class names in the data set's order.
        opened_at: When it was last opened, seconds since 1970.
        content: The index of its content; None where it was last opened before there was one.
    """

    key: str
    root: str
    format: str
    label_file: str
    title: str
    images: int
    classes: tuple[str, ...]
    opened_at: float
    content: Content | None = None


class Datasets:
    """The one writer of the tables `datasets` and `places`."""

    def __init__(self, database: Database, cache: Path | None = None) -> None:
        """Take the database.

        Args:
            database: The open database.
            cache: The workspace's cache folder, whose indexes recognise data sets of before there was one in the
                database; None where it is not needed.
        """
        self._database = database
        self._cache = cache

    def recognise(self, dataset: Dataset) -> Recognised:
        """Return a data set under the key by which this workspace knows it, without recording that it was opened.

        Args:
            dataset: A data set as it was opened.
        """
        return Recognising(
            [self._known_record(record) for record in self.list()], self.places(), self._judged
        ).find(dataset)  # fmt: skip

    def register(self, dataset: Dataset) -> Recognised:
        """Remember a data set, or that it was opened again, and return it under the key by which it is known."""
        recognised = self.recognise(dataset)
        known_dataset = recognised.dataset
        values = {
            "root": str(known_dataset.root),
            "format": known_dataset.format,
            "label_file": known_dataset.label_file,
            "title": known_dataset.title,
            "images": len(known_dataset),
            "classes": json.dumps(list(known_dataset.classes)),
            "opened_at": time.time(),
        }
        if known_dataset.content is not None:
            values["content"] = json.dumps(asdict(known_dataset.content))
        place = asdict(Place.of(known_dataset))
        here = and_(*(PLACES.c[column] == value for column, value in place.items()))
        with self._database.write() as connection:
            # Update first: the key is referenced by decisions, so the row may not be replaced.
            updated = connection.execute(DATASETS.update().where(DATASETS.c.key == known_dataset.key).values(**values))
            if updated.rowcount == 0:
                connection.execute(insert(DATASETS).values(key=known_dataset.key, **values))
            if connection.execute(PLACES.update().where(here).values(dataset=known_dataset.key)).rowcount == 0:
                connection.execute(insert(PLACES).values(dataset=known_dataset.key, **place))
        if recognised.message and self._cache is not None:
            self._follow(known_dataset, self._cache)
        return recognised

    def _follow(self, dataset: Dataset, cache: Path) -> None:
        """Let no decoded face stay in the caches of a folder that the data set has left."""
        for place, key in self.places().items():
            before = Path(place.root)
            if key == dataset.key and before != dataset.root and not place.is_there() and not before.exists():
                held_of_root.follow(before, dataset.root, cache)
                index.index_file(cache, before, place.format, place.label_file).unlink(missing_ok=True)

    def places(self) -> dict[Place, str]:
        """Return the key of each place that was opened."""
        with self._database.read() as connection:
            rows = connection.execute(select(PLACES)).all()
        return {Place(row.root, row.format, row.label_file): row.dataset for row in rows}

    def _known_record(self, record: DatasetRecord) -> Known:
        last = Place(record.root, record.format, record.label_file)
        return Known(record.key, record.title, last, record.content, lambda: self._labelled(last))

    def _labelled(self, place: Place) -> tuple[str, str] | None:
        """Digests of the names and labels of a place, from the index that an earlier opening wrote."""
        if self._cache is None:
            return None
        digests = index.remembered(self._cache, Path(place.root), place.format, place.label_file)
        return None if digests is None else content.digests(*digests)

    def _judged(self, key: str) -> int:
        """The number of images with decisions, those that were undone included."""
        images = select(func.count(ITEMS.c.image.distinct())).join(OPERATIONS, OPERATIONS.c.seq == ITEMS.c.seq)
        with self._database.read() as connection:
            return int(connection.execute(images.where(OPERATIONS.c.dataset == key)).scalar_one())

    def list(self) -> list[DatasetRecord]:
        """Return every data set, the last opened first."""
        with self._database.read() as connection:
            rows = connection.execute(select(DATASETS).order_by(DATASETS.c.opened_at.desc())).mappings()
            return [_record(row) for row in rows]

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


def _record(row: RowMapping) -> DatasetRecord:
    stored, parsed = row["content"], None
    if stored:
        fields = json.loads(stored)
        parsed = Content(fields["names"], fields["labels"], tuple((name, digest) for name, digest in fields["sample"]))
    return DatasetRecord(**{**row, "classes": tuple(json.loads(row["classes"])), "content": parsed})
