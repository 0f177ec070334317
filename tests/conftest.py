"""Fixtures for all tests: where the real faces are, and the figures to reproduce."""

import json
import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from auditor.jobs import environment

# Before anything loads torch. Test processes side by side share the cores: each with a thread for every core, they
# would mostly wait for one another.
SIDE_BY_SIDE = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if SIDE_BY_SIDE > 1:
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // SIDE_BY_SIDE)))
environment.prepare()

REPOSITORY = Path(__file__).resolve().parent.parent
REFERENCE = Path(__file__).resolve().parent / "reference"


def pytest_collection_modifyitems(items):
    """Begin with the files that take long, so that no process works on one while the others have nothing left."""
    long = {item.path for item in items if item.get_closest_marker("e2e") or item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


def reference_data() -> Path:
    """The folder of real faces, which is not part of the repository."""
    return Path(os.environ.get("AUDITOR_REFERENCE_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def fer_raf() -> Path:
    """A folder of real faces in RAF-DB's layout; the test is skipped where it is absent."""
    folder = reference_data() / "fer-raf"
    if not folder.is_dir():
        pytest.skip(f"no real faces at {folder} (set AUDITOR_REFERENCE_DATA)")
    return folder


@pytest.fixture(scope="session")
def fer_raf_votes() -> Path:
    """The crowd's votes, to judge an audit by, never as its input."""
    file = reference_data() / "fer-raf-votes.csv"
    if not file.is_file():
        pytest.skip(f"no votes at {file} (set AUDITOR_REFERENCE_DATA)")
    return file


@pytest.fixture(scope="session")
def reference():
    """Load a JSON file of published figures by name."""

    def load(name: str):
        return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))

    return load


@pytest.fixture(autouse=True)
def closed_databases():
    """Close the connections to SQLite files that a test opened and left to the collector: Python 3.13 warns of them."""
    opened = []

    def note(connection, _record):
        if isinstance(connection, sqlite3.Connection):
            opened.append(connection)

    event.listen(Pool, "connect", note)
    yield
    event.remove(Pool, "connect", note)
    for connection in opened:
        connection.close()


@pytest.fixture(autouse=True)
def own_workspace(tmp_path, monkeypatch):
    """No test may meet the workspace or the database of the person who runs it."""
    monkeypatch.setenv("AUDITOR_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.delenv("AUDITOR_DATABASE_URL", raising=False)
