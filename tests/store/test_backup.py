"""cli/backup.py and cli/restore.py: a complete copy while annotators work, and a restore that loses nothing."""

import contextlib
import os
import shutil
import sqlite3
import threading
import uuid

import psycopg
import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.errors import StoreError
from auditor.store import backup
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from tests.store.faces import dataset as six_faces


def decide(store, first, count):
    faces = six_faces()
    store.datasets.register(faces)
    for number in range(first, first + count):
        item = item_of(faces, number % 6, "relabel", 1)
        store.decisions.append(Operation(f"operation-{number}", faces.key, "ada", items=(item,)))


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "ws")


def command(name, file, workspace, *more):
    return main([name, str(file), "--workspace", str(workspace.path), *more])


def count(workspace):
    store = Store.open(workspace)
    try:
        return len(store.decisions.state(six_faces().key).records)
    finally:
        store.close()


def test_a_backup_has_what_a_plain_copy_of_the_open_file_has_not(workspace, tmp_path):
    store = Store.open(workspace)
    decide(store, 0, 300)
    plain = tmp_path / "plain.db"
    plain.write_bytes((workspace.path / "auditor.db").read_bytes())
    assert command("backup", tmp_path / "safe.db", workspace) == 0
    store.close()
    assert backup.check(tmp_path / "safe.db") == 300
    try:
        lost = 300 - backup.check(plain)
    except StoreError:
        lost = 300
    assert lost > 0
    assert (tmp_path / "safe.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_under_load_holds_all_that_was_saved_before_it_began(workspace, tmp_path):
    store, stop = Store.open(workspace), threading.Event()
    decide(store, 0, 1)
    saved = [0]

    def annotate():
        while not stop.is_set():
            decide(store, saved[0] + 1, 1)
            saved[0] += 1

    thread = threading.Thread(target=annotate)
    thread.start()
    try:
        for number in range(4):
            before = saved[0]
            backup.backup(workspace.database_url, tmp_path / f"{number}.db")
            assert backup.check(tmp_path / f"{number}.db") >= before + 1
    finally:
        stop.set()
        thread.join()
        store.close()


def test_there_and_back_keeps_what_was_there(workspace, tmp_path, capsys):
    store = Store.open(workspace)
    decide(store, 0, 5)
    store.close()
    assert command("backup", tmp_path / "safe.db", workspace) == 0
    assert command("backup", tmp_path / "safe.db", workspace) == 2  # never over a file unasked
    store = Store.open(workspace)
    decide(store, 5, 3)
    assert command("restore", tmp_path / "safe.db", workspace) == 2
    assert "is in use" in capsys.readouterr().err
    store.close()
    assert command("restore", tmp_path / "safe.db", workspace) == 0
    assert count(workspace) == 5
    (kept,) = workspace.path.glob("auditor-before-restore-*.db")
    assert backup.check(kept) == 8


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "missing"])
def test_a_lost_database_comes_back(workspace, tmp_path, damage):
    store = Store.open(workspace)
    decide(store, 0, 5)
    store.close()
    file = workspace.path / "auditor.db"
    backup.backup(workspace.database_url, tmp_path / "safe.db")
    data = file.read_bytes()
    file.write_bytes({"empty": b"", "cut": data[:5000], "garbage": b"x" * 9000, "missing": b""}[damage])
    if damage == "missing":
        file.unlink()
    assert command("restore", tmp_path / "safe.db", workspace) == 0
    assert count(workspace) == 5


def test_what_is_no_backup_changes_nothing(workspace, tmp_path):
    store = Store.open(workspace)
    decide(store, 0, 5)
    store.close()
    (tmp_path / "text").write_text("no database")
    (tmp_path / "cut").write_bytes((workspace.path / "auditor.db").read_bytes()[:9000])
    with contextlib.closing(sqlite3.connect(tmp_path / "other")) as connection:
        connection.executescript("CREATE TABLE t (x)")
    newer = tmp_path / "newer"
    backup.backup(workspace.database_url, newer)
    with contextlib.closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE migrations SET number = number + 100")
    connection.close()
    for name in ("text", "cut", "other", "newer", "absent"):
        assert command("restore", tmp_path / name, workspace) == 2
    assert count(workspace) == 5 and not list(workspace.path.glob("*before-restore*"))
    assert command("backup", tmp_path / "of-nothing", Workspace(tmp_path / "nowhere")) == 2


@pytest.fixture
def postgres_url():
    server = os.environ.get("AUDITOR_TEST_POSTGRES")
    if not server or shutil.which("pg_dump") is None:
        pytest.skip("no PostgreSQL server (set AUDITOR_TEST_POSTGRES), or no pg_dump on the path")
    name = f"auditor_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{server.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgres
def test_a_server_is_dumped_and_restored_by_its_own_programs(postgres_url, workspace, tmp_path, monkeypatch):
    monkeypatch.setenv("AUDITOR_DATABASE_URL", postgres_url)
    store = Store.open(workspace)
    decide(store, 0, 5)
    assert command("backup", tmp_path / "safe.dump", workspace) == 0
    decide(store, 5, 3)
    store.close()
    assert command("restore", tmp_path / "safe.dump", workspace) == 0
    assert count(workspace) == 5
