"""Check that the SQLite file of a workspace is intact, before anything is read from it or written to it.

SQLite opens an emptied file as a new database and reads past many kinds of damage; decisions would be lost in silence.
A PostgreSQL server checks its own pages.
"""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from auditor.custody import private
from auditor.errors import StoreError

PATIENCE = 2.0
"""Seconds that another process may take between creating the file and its first table."""

RESTORE = "restore a backup (python -m auditor restore FILE)"


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database, or None for another kind of database."""
    parsed = make_url(url)
    named = parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:"
    return Path(str(parsed.database)) if named else None


def check_file(file: Path) -> None:
    """Refuse a database file that is empty, or missing while its write-ahead log exists.

    Raises:
        StoreError: The file is empty, or only its write-ahead log is left.
    """
    log = file.with_name(f"{file.name}-wal")
    if not file.exists() and log.exists() and log.stat().st_size:
        raise StoreError(
            f"The database {file} is missing, but its newest changes are in {log.name}; put the file back beside it, "
            f"or {RESTORE}."
        )
    end = time.monotonic() + PATIENCE
    while file.exists() and file.stat().st_size == 0:
        if time.monotonic() > end:
            raise StoreError(
                f"The database {file} is empty (0 bytes), so it contains no decisions; {RESTORE}, or delete "
                "the file to begin a new one."
            )
        time.sleep(0.02)


def check_pages(engine: Engine, file: Path) -> None:
    """Refuse a database with damaged pages.

    Raises:
        StoreError: SQLite finds it malformed; the message says how.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one_or_none()
    if verdict != "ok":
        raise StoreError(f"The database {file} is damaged ({str(verdict).splitlines()[-1]}); {RESTORE}.")


def make_private(file: Path) -> None:
    """Let nobody but the owner read the database and the two files that SQLite keeps beside it."""
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        private.close_file(file.with_name(name))
