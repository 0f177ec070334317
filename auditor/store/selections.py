"""Lists of images that a link can carry: a lasso, a cell of the matrix, a bar.

Images are stored by name, for an edited label file gives a row to another image. Lists of earlier versions of the
program know rows alone, and are opened only while no file of the data set is newer than they are.
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
from auditor.store.database import Database
from auditor.store.tables import SELECTIONS

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset


@dataclass(frozen=True)
class Selection:
    """A named list of images.

    Attributes:
        token: Names it in a link.
        dataset: The data set's key.
        label: What the list is, for the screen: 'fear seen as surprise'.
        rows: Rows of the data set in hand, int32 [K], in the order they are to be shown.
        note: What a person must know of it in a sentence: images that are gone, or why it holds none; else ''.
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
        """Keep a list; the same images under the same label have the same token.

        Args:
            dataset: The data set in hand.
            rows: Its rows [K].
            label: What the list is.

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

    def labelled(self, dataset: Dataset, label: str) -> list[Selection]:
        """Every list of a data set that was saved under this label, the oldest first."""
        mine = (SELECTIONS.c.dataset == dataset.key) & (SELECTIONS.c.label == label)
        with self._database.read() as connection:
            rows = connection.execute(select(SELECTIONS).where(mine).order_by(SELECTIONS.c.created_at)).mappings().all()
        return [_selection(row, dataset) for row in rows]

    def find(self, token: str, dataset: Dataset) -> Selection | None:
        """The list with that token in the rows of the data set in hand; None where that data set has none."""
        mine = (SELECTIONS.c.dataset == dataset.key) & (SELECTIONS.c.token == token)
        with self._database.read() as connection:
            row = connection.execute(select(SELECTIONS).where(mine)).mappings().first()
        return None if row is None else _selection(row, dataset)


def _selection(row: RowMapping, dataset: Dataset) -> Selection:
    nothing = Selection(row["token"], row["dataset"], row["label"], np.zeros(0, np.int32))
    if row["names"] is None:
        return _of_rows(row, dataset, nothing)
    rows = dataset.rows_of(json.loads(zlib.decompress(row["names"])))
    gone = int(np.count_nonzero(rows < 0))
    note = "" if not gone else (
        f"{gone:,} of the {len(rows):,} images of the saved list “{row['label']}” "
        f"{'is' if gone == 1 else 'are'} no longer in the data set; the others are shown."
    )  # fmt: skip
    return replace(nothing, rows=rows[rows >= 0].astype(np.int32), note=note)


def _of_rows(row: RowMapping, dataset: Dataset, nothing: Selection) -> Selection:
    """A list that knows rows alone: they hold while the data set's files are older than the list."""
    rows = np.frombuffer(zlib.decompress(row["row_numbers"]), dtype="<i4").astype(np.int32)
    if changed_at(dataset) < row["created_at"] and (rows < len(dataset)).all():
        return replace(nothing, rows=rows)
    note = (
        f"The saved list “{row['label']}” was made by an earlier version for another state of the data set, and which "
        "images it meant is not known any more; make it again where it came from."
    )
    return replace(nothing, note=note)
