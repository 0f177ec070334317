"""Check every log of a workspace from its first operation to its last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from auditor.errors import StoreError
from auditor.plural import counted
from auditor.store.chain import START, BrokenChainError, Link
from auditor.store.integrity import RESTORE
from auditor.store.store import Store
from auditor.store.tables import OPERATIONS


@dataclass(frozen=True)
class Verdict:
    """What was found of one data set's log.

    Attributes:
        dataset: The data set's key.
        title: Its name.
        end: The end of its chain; the start where it does not hold.
        fault: One sentence where it does not hold, else empty.
    """

    dataset: str
    title: str
    end: Link
    fault: str = ""


def verify(store: Store, earlier: Mapping[str, tuple[int, str]] | None = None) -> list[Verdict]:
    """Check the log of every data set.

    Args:
        store: An open store.
        earlier: Ends that the logs had before, length and digest by data set: each must still be in its log.

    Raises:
        UnavailableError: The database is away or busy.
    """
    earlier = dict(earlier or {})
    verdicts = []
    for record in store.datasets.list():
        try:
            end = store.decisions.verify(record.key)
        except BrokenChainError as error:
            verdicts.append(Verdict(record.key, record.title, START, str(error)))
            continue
        fault = _lost(store, record.key, *earlier.pop(record.key, (0, "")))
        verdicts.append(Verdict(record.key, record.title, end, fault))
    for key in earlier:
        verdicts.append(Verdict(key, key, START, f"The data set {key} was in this workspace and is not any more."))
    return verdicts


def check_database(store: Store) -> None:
    """Have SQLite check the whole file, its indexes included; a PostgreSQL server checks its own pages.

    Raises:
        StoreError: It is damaged.
    """
    if store.database.engine.dialect.name != "sqlite":
        return
    with store.database.read() as connection:
        answer = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one_or_none())
    if answer != "ok":
        raise StoreError(f"The database is damaged ({answer.splitlines()[-1]}); {RESTORE}.")


def _lost(store: Store, dataset: str, length: int, digest: str) -> str:
    """A sentence where an earlier end is not in the log any more."""
    if not digest:
        return ""
    with store.database.read() as connection:
        same = (OPERATIONS.c.dataset == dataset) & (OPERATIONS.c.digest == digest)
        there = connection.execute(select(OPERATIONS.c.seq).where(same)).first()
    return (
        ""
        if there
        else f"The log ended after {counted(length, 'operation')} before, and that end is not in it any more."
    )
