"""Saved lists of images that a link can refer to: a lasso, a cell of the matrix, a bar.

Images are stored by name, because editing a label file can move an image to another row. Lists of earlier versions of
the program hold rows only, and are opened only while no file of the data set is newer than they are.
"""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import RowMapping, insert, select

from auditor.data.changed import changed_at
from auditor.plural import agreeing, counted
from auditor.store.database import Database
from auditor.store.tables import SELECTIONS

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset


@dataclass(frozen=True)
class SavedSelection:
    """A named list of images.

    Attributes:
        token: Its identifier in a link.
        dataset: The data set's key.
        label: Its title on the screen: 'fear seen as surprise'.
        rows: Rows of the current data set, int32 [K], in display order.
        note: A sentence where the user must know something: images that are gone, or why the list is empty; else ''.
    """

    token: str
    dataset: str
    label: str
    rows: NDArray[np.int32]
    note: str = ""


class Selections:
    """The one writer of the table `selections`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, dataset: Dataset, rows: Sequence[int] | NDArray[np.integer], label: str) -> str:
        """Save a list; the same images under the same label get the same token.

        Args:
            dataset: The current data set.
            rows: Its rows [K].
            label: The list's title.

        Returns:
            The token, 16 hex digits.
        """
        packed = np.asarray(rows, dtype="<i4")
        names = json.dumps(dataset.names[packed].tolist()).encode()
        token = hashlib.sha256(f"{dataset.key}\0{label}\0".encode() + names).hexdigest()[:16]
        with self._database.write() as connection:
            if connection.execute(select(SELECTIONS.c.token).where(SELECTIONS.c.token == token)).first() is None:
                connection.execute(
                    insert(SELECTIONS).values(
                        token=token,
                        dataset=dataset.key,
                        label=label,
                        row_numbers=zlib.compress(packed.tobytes()),
                        names=zlib.compress(names),
                        created_at=time.time(),
                    )
                )
        return token

    def labelled(self, dataset: Dataset, label: str) -> list[SavedSelection]:
        """Return every list of a data set that was saved under this label, the oldest first."""
        condition = (SELECTIONS.c.dataset == dataset.key) & (SELECTIONS.c.label == label)
        with self._database.read() as connection:
            rows = (
                connection.execute(select(SELECTIONS).where(condition).order_by(SELECTIONS.c.created_at))
                .mappings()
                .all()
            )
        return [_selection(row, dataset) for row in rows]

    def find(self, token: str, dataset: Dataset) -> SavedSelection | None:
        """Return the list with that token, in rows of the current data set; None where the data set has none."""
        condition = (SELECTIONS.c.dataset == dataset.key) & (SELECTIONS.c.token == token)
        with self._database.read() as connection:
            row = connection.execute(select(SELECTIONS).where(condition)).mappings().first()
        return None if row is None else _selection(row, dataset)


def _selection(row: RowMapping, dataset: Dataset) -> SavedSelection:
    empty = SavedSelection(row["token"], row["dataset"], row["label"], np.zeros(0, np.int32))
    if row["names"] is None:
        return _of_rows(row, dataset, empty)
    rows = dataset.rows_of(json.loads(zlib.decompress(row["names"])))
    gone = int(np.count_nonzero(rows < 0))
    note = "" if not gone else (
        f"{gone:,} of the {counted(len(rows), 'image')} of the saved list “{row['label']}” "
        f"{agreeing(gone, 'is', 'are')} no longer in the data set; the others are shown."
    )  # fmt: skip
    return replace(empty, rows=rows[rows >= 0].astype(np.int32), note=note)


def _of_rows(row: RowMapping, dataset: Dataset, empty: SavedSelection) -> SavedSelection:
    """Read a list that holds rows only: they are valid while the data set's files are older than the list."""
    rows = np.frombuffer(zlib.decompress(row["row_numbers"]), dtype="<i4").astype(np.int32)
    if changed_at(dataset) < row["created_at"] and (rows < len(dataset)).all():
        return replace(empty, rows=rows)
    note = (
        f"The saved list “{row['label']}” was made by an earlier version for another state of the data set, so the "
        "images it meant are no longer known; make it again where it came from."
    )
    return replace(empty, note=note)
