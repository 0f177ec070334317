"""Stores to test on: SQLite always, PostgreSQL where AUDITOR_TEST_POSTGRES names a server."""

import os
import uuid

import psycopg
import pytest

from auditor.config import Workspace
from auditor.store.store import Store
from tests.store.faces import dataset


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request, tmp_path, monkeypatch):
    """An open store that knows the six faces."""
    name = None
    if request.param == "postgresql":
        server = os.environ.get("AUDITOR_TEST_POSTGRES")
        if not server:
            pytest.skip("no PostgreSQL server (set AUDITOR_TEST_POSTGRES)")
        name = f"auditor_{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        monkeypatch.setenv("AUDITOR_DATABASE_URL", f"{server.rsplit('/', 1)[0]}/{name}")
    opened = Store.open(Workspace(tmp_path / "workspace"))
    opened.datasets.register(dataset())
    yield opened
    opened.close()
    if name:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
