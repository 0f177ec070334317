"""Lists of images that a link can carry: a lasso, a cell of the matrix, a bar."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import RowMapping, insert, select

from auditor.store.database import Database
from auditor.store.tables import SELECTIONS


@dataclass(frozen=True)
class Selection:
    """A named list of images.

    Attributes:
        token: Names it in a link.
        dataset: The data set's key.
        label: What the list is, for the screen: 'fear seen as surprise'.
        rows: Data set rows, int32 [K], in the order they are to be shown.
    """

    token: str
    dataset: str
    label: str
    rows: NDArray[np.int32]


class Selections:
    """The one writer of the table `selections`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, dataset: str, rows: Sequence[int] | NDArray[np.integer], label: str) -> str:
        """Keep a list; the same list under the same label has the same token.

        Args:
            dataset: The data set's key.
            rows: Data set rows [K].
            label: What the list is.

        Returns:
            The token, 16 hex digits.
        """
        packed = np.asarray(rows, dtype="<i4").tobytes()
        token = hashlib.sha256(f"{dataset}\0{label}\0".encode() + packed).hexdigest()[:16]
        with self._database.write() as connection:
            if connection.execute(select(SELECTIONS.c.token).where(SELECTIONS.c.token == token)).first() is None:
                connection.execute(
                    insert(SELECTIONS).values(
                        token=token,
                        dataset=dataset,
                        label=label,
                        row_numbers=zlib.compress(packed),
                        created_at=time.time(),
                    )
                )
        return token

    def labelled(self, dataset: str, label: str) -> list[Selection]:
        """Every list of a data set that was saved under this label, the oldest first."""
        mine = (SELECTIONS.c.dataset == dataset) & (SELECTIONS.c.label == label)
        with self._database.read() as connection:
            rows = connection.execute(select(SELECTIONS).where(mine).order_by(SELECTIONS.c.created_at)).mappings().all()
        return [_selection(row) for row in rows]

    def find(self, token: str) -> Selection | None:
        """The list with that token, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(SELECTIONS).where(SELECTIONS.c.token == token)).mappings().first()
        return None if row is None else _selection(row)


def _selection(row: RowMapping) -> Selection:
    rows = np.frombuffer(zlib.decompress(row["row_numbers"]), dtype="<i4").astype(np.int32)
    return Selection(row["token"], row["dataset"], row["label"], rows)
