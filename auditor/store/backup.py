"""Back up the database while it is in use, and restore it.

SQLite's online backup reads one consistent state, including the newest decisions in the write-ahead log; a plain copy
of the file alone would miss those. PostgreSQL's own pg_dump and pg_restore do the same for a server.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

from sqlalchemy.engine import make_url

from auditor import writing
from auditor.errors import StoreError
from auditor.store.integrity import sqlite_file
from auditor.store.migrations import STEPS

HEAD = b"SQLite format 3\0"


def backup(url: str, out: Path) -> None:
    """Write the whole database to a file, completely or not at all; the database may be in use meanwhile.

    Args:
        url: The database's URL.
        out: The file; an existing one is replaced.

    Raises:
        StoreError: There is no database, it is damaged, or the file cannot be written.
    """
    file = sqlite_file(url)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with writing.replacing(out, sync=True) as aside:
            if file is None:
                _postgres("pg_dump", url, "--format=custom", f"--file={aside}")
            else:
                _copy(file, aside)
    except OSError as error:
        raise StoreError(
            f"The file {out} cannot be written ({error.strerror}); name a file where there is room."
        ) from error


def restore(url: str, source: Path) -> Path | None:
    """Replace the database by a backup; no process may have the database open.

    Args:
        url: The database's URL.
        source: A file that `backup` wrote.

    Returns:
        Where the previous database was moved to; None where there was none (and for PostgreSQL, which replaces its
        tables in one transaction).

    Raises:
        StoreError: The file is not such a backup, or the database is in use; then nothing is changed.
    """
    file = sqlite_file(url)
    if not source.is_file():
        raise StoreError(f"There is no backup {source}; check the path.")
    if file is None:
        _postgres("pg_restore", url, "--clean", "--if-exists", "--single-transaction", "--no-owner", str(source))
        return None
    check(source)
    _refuse_in_use(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing.replacing(file) as aside:
            _copy(source, aside)
            aside.chmod(0o600)
            previous = _keep(file)
    except OSError as error:
        raise StoreError(
            f"The database {file} cannot be replaced ({error.strerror}); free some space and try again."
        ) from error
    return previous


def check(file: Path) -> int:
    """Check that a file is an intact database of this program.

    Returns:
        The number of operations in it.

    Raises:
        StoreError: It is another kind of file, damaged, or made by a newer program.
    """
    try:
        with file.open("rb") as stream:
            if stream.read(len(HEAD)) != HEAD:
                raise StoreError(f"The file {file} is not a backup of a database; name a file that `backup` wrote.")
        with contextlib.closing(_connect(file)) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if verdict != "ok":
                raise StoreError(f"The file {file} is damaged ({str(verdict).splitlines()[-1]}); use another backup.")
            version = connection.execute("SELECT MAX(number) FROM migrations").fetchone()[0]
            if version is None or version > len(STEPS):
                raise StoreError(
                    f"The file {file} has schema version {version} and this program knows up to {len(STEPS)}; "
                    "use the newer program."
                )
            return int(connection.execute("SELECT COUNT(*) FROM operations").fetchone()[0])
    except sqlite3.Error as error:
        raise StoreError(
            f"The file {file} is not an intact database of this program ({error}); use another backup."
        ) from error
    except OSError as error:
        raise StoreError(f"The file {file} cannot be read ({error.strerror}); check the path.") from error


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=5, isolation_level=None)


def _copy(file: Path, aside: Path) -> None:
    """Copy one consistent state of a database into a new file, and check that file."""
    if not file.is_file() or not file.stat().st_size:
        raise StoreError(f"There is no database {file} to copy; check --workspace.")
    try:
        with contextlib.closing(_connect(file)) as source, contextlib.closing(sqlite3.connect(aside)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # all in the one file
    except sqlite3.Error as error:
        raise StoreError(f"The database {file} cannot be copied ({error}); restore an earlier backup.") from error
    check(aside)


def _refuse_in_use(file: Path) -> None:
    """Refuse a database in use: SQLite does not leave write-ahead logging while another process has it open."""
    if not file.exists():
        return
    try:
        with contextlib.closing(_connect(file)) as connection:
            connection.execute("PRAGMA busy_timeout = 500")
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(
                f"The database {file} is in use; stop the app and the trainings of this workspace, then restore."
            ) from error
    except sqlite3.Error:
        pass  # it is damaged, which is why it is being replaced


def _keep(file: Path) -> Path | None:
    """Rename the existing database and the files beside it, so that nothing is lost; return the new path."""
    if not file.exists():
        return None
    previous = file.with_name(f"{file.stem}-before-restore-{time.strftime('%Y%m%d-%H%M%S')}{file.suffix}")
    for ending in ("-wal", "-shm", ""):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.replace(previous.with_name(previous.name + ending))
    return previous


def _postgres(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; the environment holds the password, so no list of processes shows it."""
    executable = shutil.which(program)
    if executable is None:
        raise StoreError(
            f"The program {program} is not on this computer; install PostgreSQL's client programs and try again."
        )
    parsed = make_url(url)
    plain = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(parsed.password)} if parsed.password else {})}
    ended = subprocess.run(
        [executable, f"--dbname={plain}", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        lines = ended.stderr.strip().splitlines()
        reason = lines[-1] if lines else ended.returncode
        raise StoreError(f"The program {program} failed ({reason}); nothing was replaced.")
