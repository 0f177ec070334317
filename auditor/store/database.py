"""The connection to the database, SQLite or PostgreSQL.

Reads run in autocommit; writes run in one transaction each. On SQLite a write begins IMMEDIATE, so that two writers
queue on the busy timeout instead of failing half-way, and the log is synced before a decision counts as saved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from auditor.errors import RefusedError, StoreError, UnavailableError
from auditor.store import integrity
from auditor.store.migrations import migrate

BUSY_TIMEOUT_MS = 15_000
CHECKPOINT_TRIES = 3  # each waits for readers as long as a writer does
CONNECT_TIMEOUT_S = "5"  # a server that is switched off does not answer at all


@dataclass(frozen=True)
class Database:
    """An open database at the newest schema.

    Attributes:
        engine: SQLAlchemy's engine with its pool; safe to share between threads.
    """

    engine: Engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect and migrate.

        Args:
            url: `sqlite:///file` or `postgresql://...`.

        Raises:
            UnavailableError: The server does not answer, or the file cannot be opened.
            StoreError: The URL is not one of these, the file is damaged, or the schema is newer.
        """
        try:
            engine = _open(url)
        except (ArgumentError, NoSuchModuleError) as error:
            raise StoreError(
                "AUDITOR_DATABASE_URL is not a database URL that can be used; "
                "expected sqlite:///file or postgresql://user@host/name."
            ) from error
        except SQLAlchemyError as error:
            raise UnavailableError(_unreachable(url, error)) from error
        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection that sees what is committed now and holds no lock."""
        with _as_store_error(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction: it is committed and on the disk when the block ends without an error."""
        with _as_store_error(), self.engine.begin() as connection:
            yield connection

    def compact(self) -> bool:
        """Rewrite the database without what was deleted, and empty SQLite's write-ahead log.

        Returns:
            False where another process was reading, so that the log still holds what was there before.

        Raises:
            UnavailableError: The database is away or busy; what was deleted is deleted, but may still be in its files.
        """
        with self.read() as connection:
            if self.engine.dialect.name == "postgresql":
                for table in (
                    "operations",
                    "items",
                    "selections",
                    "runs",
                    "trail",
                    "datasets",
                    "places",
                    "shares",
                    "parts",
                ):
                    connection.exec_driver_sql(f"VACUUM FULL {table}")
                return True
            connection.exec_driver_sql("VACUUM")
            for _ in range(CHECKPOINT_TRIES):
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                if not busy:
                    return True
                time.sleep(0.2)
        return False

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


def _open(url: str) -> Engine:
    """Return an engine on an intact database, migrated to the newest schema."""
    file = integrity.sqlite_file(url)
    if file is not None:
        integrity.check_file(file)
    engine = _engine(url)
    if file is not None and file.exists():
        integrity.check_pages(engine, file)
    migrate(engine)
    if file is not None:
        integrity.make_private(file)
    return engine


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        waits = {"connect_timeout": CONNECT_TIMEOUT_S, **parsed.query}
        return create_engine(parsed.set(drivername="postgresql+psycopg", query=waits), pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite":
        raise ArgumentError(parsed.get_backend_name())
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    # The driver's own transaction handling would begin late and commit before DDL; SQLAlchemy's event begins instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",  # what is erased is overwritten, not only unlinked
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # The event comes for autocommit as well; a read that took the write lock would queue behind every writer.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except (IntegrityError, DataError) as error:
        # The same rows would be refused the next time as well.
        raise RefusedError(
            f"The database does not accept these values ({_reason(error)}); nothing of this step was saved."
        ) from error
    except SQLAlchemyError as error:
        raise UnavailableError(
            f"The database is away or busy ({_reason(error)}), so this step may not be saved yet. "
            "Check that its server runs and its disk is not full, and try again."
        ) from error


def _reason(error: SQLAlchemyError) -> str:
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]


def _unreachable(url: str, error: SQLAlchemyError) -> str:
    # The password stays out of the sentence: it may end in a log or on a screen.
    safe_url = make_url(url).render_as_string(hide_password=True)
    return (
        f"The database {safe_url} cannot be opened ({_reason(error)}); "
        "check that it exists, that you may write to it, and AUDITOR_DATABASE_URL."
    )
