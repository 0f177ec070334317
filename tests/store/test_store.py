"""The database, its migrations and what survives a fault. Mirrors auditor/store: store.py,
database.py, datasets.py, tables.py, migrations.py."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading

import pytest
from sqlalchemy import inspect, text

from auditor.errors import StoreError
from auditor.store import migrations
from auditor.store.database import Database
from auditor.store.operations import Item, Operation
from auditor.store.tables import METADATA
from tests.store.faces import CLASSES


def tables_in(engine):
    """Column names of every table the database has, by table."""
    found = inspect(engine)
    return {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}


def test_the_tables_in_code_are_those_the_migrations_make(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    made = tables_in(database.engine)
    made.pop("migrations")
    made.pop("sqlite_sequence", None)
    assert made == {table.name: {column.name for column in table.columns} for table in METADATA.sorted_tables}


def test_a_killed_migration_leaves_the_step_undone_and_the_next_start_finishes_it(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    broken = (*migrations.STEPS, ("CREATE TABLE later (a INTEGER)", "THIS IS NOT SQL"))
    monkeypatch.setattr(migrations, "STEPS", broken)
    with pytest.raises(StoreError, match="cannot be opened"):
        Database.open(url)
    monkeypatch.setattr(migrations, "STEPS", (*broken[:-1], broken[-1][:1]))
    assert "later" in tables_in(Database.open(url).engine)


def test_a_database_of_a_newer_program_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database = Database.open(url)
    with database.write() as connection:
        connection.execute(text("INSERT INTO migrations VALUES (99, 'tomorrow')"))
    with pytest.raises(StoreError, match="schema version 99"):
        Database.open(url)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "a.db").write_bytes(b"these are not the pages you are looking for" * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        Database.open(f"sqlite:///{tmp_path / 'a.db'}")


@pytest.mark.parametrize("url", ["nonsense", "mysql://a@b/c", "nosuch+thing://x"])
def test_a_url_of_another_kind_is_refused_without_showing_it(url):
    with pytest.raises(StoreError, match="AUDITOR_DATABASE_URL"):
        Database.open(url)


def test_an_unreachable_server_is_named_without_its_password():
    with pytest.raises(StoreError) as caught:
        Database.open("postgresql://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_sqlite_is_durable_and_referential(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    with database.read() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_read_waits_for_no_writer(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    with database.write() as writer:
        writer.execute(text("DELETE FROM operations"))
        with (
            database.read() as reader
        ):  # the writer never lets go here: to wait for it would end in "database is locked"
            assert reader.execute(text("SELECT count(*) FROM operations")).scalar_one() == 0
    database.close()


def test_a_data_set_is_remembered(store):
    record = store.datasets.get("0123456789ab")
    assert record.classes == CLASSES and record.images == 6
    with pytest.raises(StoreError, match="Data page"):
        store.datasets.get("ffffffffffff")


def test_two_threads_that_send_the_same_operations_save_each_once(store):
    def send():
        for number in range(40):
            decide(store, f"op-{number}")

    threads = [threading.Thread(target=send) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(store.decisions.state("0123456789ab").records.values()) == 40


KILLED = """
import os, sys
from auditor.config import Workspace
from auditor.store.store import Store
from tests.store.test_store import decide
from pathlib import Path
store = Store.open(Workspace(Path(sys.argv[1])))
number = 0
while True:
    decide(store, f"op-{number}")
    os.write(1, f"{number}\\n".encode())
    number += 1
"""


def test_kill_minus_nine_loses_no_acknowledged_decision(store, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "workspace")], stdout=subprocess.PIPE, env={**os.environ}
    ) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(25)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split()]
    saved = {record.operation.op_id for record in store.decisions.state("0123456789ab").records.values()}
    assert {f"op-{number}" for number in acknowledged} <= saved
    file = tmp_path / "workspace" / "auditor.db"
    if file.exists():
        with contextlib.closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def decide(store, op_id, image="b.jpg", action="relabel", **item):
    values = {"row": 1, "from_class": "anger", "to_class": "joy", **item}
    return store.decisions.append(
        Operation(op_id, "0123456789ab", "ada", session="s", items=(Item(image, action=action, **values),))
    )
