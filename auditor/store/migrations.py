"""The database's schema, changed only through numbered steps.

Each step is committed together with the record that it ran, so a process killed in between leaves either both or
neither. A step, once released, is never edited: a later one changes what it made. The tables that the code uses
are declared in tables.py; a test keeps the two in step.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from auditor.errors import StoreError
from auditor.store.sealing import seal_log

_IDENTITY = {
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}
_BLOB = {"sqlite": "BLOB", "postgresql": "BYTEA"}
# Any fixed number: it keeps two processes that open a fresh PostgreSQL database from migrating it at once.
_ADVISORY_LOCK = 7_261_993_411

STEPS: tuple[tuple[str | Callable[[Connection], None], ...], ...] = (
    (
        """CREATE TABLE datasets (
            key TEXT PRIMARY KEY, root TEXT NOT NULL, format TEXT NOT NULL, label_file TEXT NOT NULL,
            title TEXT NOT NULL, images INTEGER NOT NULL, classes TEXT NOT NULL,
            opened_at DOUBLE PRECISION NOT NULL)""",
        """CREATE TABLE operations (
            seq {identity}, op_id TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL REFERENCES datasets (key),
            annotator TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('decide', 'undo', 'redo')),
            target TEXT REFERENCES operations (op_id), evidence TEXT, mode TEXT NOT NULL, session TEXT NOT NULL,
            at DOUBLE PRECISION NOT NULL, CHECK ((kind = 'decide') = (target IS NULL)))""",
        "CREATE INDEX operations_by_dataset ON operations (dataset, seq)",
        "CREATE INDEX operations_by_session ON operations (session)",
        """CREATE TABLE items (
            id {identity}, seq BIGINT NOT NULL REFERENCES operations (seq), image TEXT NOT NULL,
            row_number INTEGER NOT NULL,
            action TEXT NOT NULL, from_class TEXT, to_class TEXT, soft TEXT, note TEXT, shown_at DOUBLE PRECISION)""",
        "CREATE INDEX items_by_operation ON items (seq)",
        """CREATE TABLE runs (
            id TEXT PRIMARY KEY, dataset TEXT NOT NULL REFERENCES datasets (key), kind TEXT NOT NULL,
            state TEXT NOT NULL, config TEXT NOT NULL, created_at DOUBLE PRECISION NOT NULL,
            started_at DOUBLE PRECISION, ended_at DOUBLE PRECISION,
            host TEXT, pid INTEGER, pid_started TEXT, heartbeat DOUBLE PRECISION,
            cancel_requested INTEGER NOT NULL DEFAULT 0, method TEXT, fold INTEGER, epoch INTEGER, epochs INTEGER,
            step INTEGER, steps INTEGER, progress DOUBLE PRECISION NOT NULL DEFAULT 0, eta_seconds DOUBLE PRECISION,
            phase TEXT, message TEXT, metrics TEXT)""",
        "CREATE INDEX runs_by_dataset ON runs (dataset, created_at)",
        """CREATE TABLE selections (
            token TEXT PRIMARY KEY, dataset TEXT NOT NULL REFERENCES datasets (key), label TEXT NOT NULL,
            row_numbers {blob} NOT NULL, created_at DOUBLE PRECISION NOT NULL)""",
    ),
    # Rows move when a label file is edited, so lists store their images' names. Older lists have none.
    ("ALTER TABLE selections ADD COLUMN names {blob}",),
    # The hash chain (chain.py). What was saved before it is sealed as it is found.
    (
        "ALTER TABLE operations ADD COLUMN salt TEXT",
        "ALTER TABLE operations ADD COLUMN who TEXT",
        "ALTER TABLE operations ADD COLUMN digest TEXT",
        "ALTER TABLE items ADD COLUMN salt TEXT",
        "ALTER TABLE items ADD COLUMN digest TEXT",
        """CREATE TABLE chain (
            dataset TEXT PRIMARY KEY REFERENCES datasets (key), length BIGINT NOT NULL, digest TEXT NOT NULL)""",
        seal_log,
    ),
    # Saved views of the review room.
    (
        """CREATE TABLE views (
            dataset TEXT NOT NULL REFERENCES datasets (key), name TEXT NOT NULL, parameters TEXT NOT NULL,
            annotator TEXT NOT NULL, saved_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (dataset, name))""",
    ),
    # Erasures, which every reader of a log must notice, and the audit trail.
    (
        "ALTER TABLE chain ADD COLUMN erasures BIGINT NOT NULL DEFAULT 0",
        """CREATE TABLE trail (
            id {identity}, at DOUBLE PRECISION NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, dataset TEXT,
            detail TEXT NOT NULL)""",
        "CREATE INDEX trail_by_time ON trail (at)",
    ),
    # Who may do what, where people log in, and who started a run.
    (
        """CREATE TABLE roles (
            id {identity}, person TEXT NOT NULL, role TEXT NOT NULL
            CHECK (role IN ('none', 'viewer', 'annotator', 'lead')),
            given_by TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX roles_by_person ON roles (person, id)",
        "ALTER TABLE runs ADD COLUMN started_by TEXT",
    ),
    # A data set is known by its content. The keys of before, which came from the path, stay those of their places.
    (
        "ALTER TABLE datasets ADD COLUMN content TEXT",
        """CREATE TABLE places (
            root TEXT NOT NULL, format TEXT NOT NULL, label_file TEXT NOT NULL,
            dataset TEXT NOT NULL REFERENCES datasets (key), PRIMARY KEY (root, format, label_file))""",
        """INSERT INTO places (root, format, label_file, dataset)
            SELECT root, format, label_file, MAX(key) FROM datasets GROUP BY root, format, label_file""",
    ),
    # Work shared out among people, and which pages with faces somebody looked at.
    (
        """CREATE TABLE shares (
            number {identity}, dataset TEXT NOT NULL REFERENCES datasets (key), made_by TEXT NOT NULL,
            at DOUBLE PRECISION NOT NULL, terms TEXT NOT NULL, known {blob} NOT NULL, ended_at DOUBLE PRECISION)""",
        "CREATE INDEX shares_by_dataset ON shares (dataset, number)",
        """CREATE TABLE parts (
            share BIGINT NOT NULL REFERENCES shares (number), person TEXT NOT NULL, faces {blob} NOT NULL,
            PRIMARY KEY (share, person))""",
        """CREATE TABLE glances (
            dataset TEXT NOT NULL, who TEXT NOT NULL, page TEXT NOT NULL, hour BIGINT NOT NULL,
            first_at DOUBLE PRECISION NOT NULL, last_at DOUBLE PRECISION NOT NULL, times BIGINT NOT NULL,
            PRIMARY KEY (dataset, who, page, hour))""",
    ),
)


def migrate(engine: Engine) -> int:
    """Bring the database to the newest schema.

    Args:
        engine: A database, empty or of any earlier version.

    Returns:
        The schema's version, the number of steps.

    Raises:
        StoreError: The database was made by a newer program.
    """
    with engine.begin() as connection:
        _lock(connection)
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)")
        )
        done = connection.execute(text("SELECT COALESCE(MAX(number), 0) FROM migrations")).scalar_one()
        if done > len(STEPS):
            raise StoreError(
                f"The database has schema version {done} and this program knows up to {len(STEPS)}; "
                "open it with the newer program, or choose another workspace."
            )
    for number in range(done + 1, len(STEPS) + 1):
        with engine.begin() as connection:
            _lock(connection)
            _apply(connection, number)
    return len(STEPS)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _apply(connection: Connection, number: int) -> None:
    ran = connection.execute(text("SELECT 1 FROM migrations WHERE number = :n"), {"n": number}).first()
    if ran:  # another process was faster between the look and the lock
        return
    dialect = connection.dialect.name
    for change in STEPS[number - 1]:
        if callable(change):
            change(connection)
        else:
            connection.execute(text(change.format(identity=_IDENTITY[dialect], blob=_BLOB[dialect])))
    connection.execute(
        text("INSERT INTO migrations (number, applied_at) VALUES (:n, :at)"),
        {"n": number, "at": datetime.now(UTC).isoformat(timespec="seconds")},
    )
