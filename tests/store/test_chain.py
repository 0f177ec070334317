"""chain.py, sealing.py and verifying.py: a log that was changed after it was saved is found, with the last good record.

Every change is made behind the program's back, straight in the tables or in the file's bytes."""

import contextlib
import random
import shutil
import sqlite3

import pytest
from sqlalchemy import text

from auditor.config import Workspace
from auditor.errors import StoreError
from auditor.store import migrations
from auditor.store.chain import BrokenChainError
from auditor.store.decisions import Decisions
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from auditor.store.verifying import check_database, verify
from tests.store.faces import dataset as six_faces

KEY = six_faces().key


def decide(store, number, **more):
    item = item_of(six_faces(), number % 6, "relabel", number % 3, shown_at=number / 7, **more)
    store.decisions.append(Operation(f"operation-{number}", KEY, "ada", items=(item,)))


@pytest.fixture
def ten(store):
    """A store with ten decisions, one of them undone, and a fresh reader of it."""
    for number in range(9):
        decide(store, number, soft=None if number % 2 else (0.5, 0.5, 0))
    store.decisions.append(Operation("undo", KEY, "ben", kind="undo", target="operation-8"))
    return store


def read_again(store):
    return Decisions(store.database).state(KEY)


def test_an_untouched_log_holds_for_a_new_reader_and_one_that_goes_on(ten):
    assert len(read_again(ten).records) == 10
    before = ten.decisions.state(KEY)
    decide(ten, 10)
    assert len(ten.decisions.state(KEY).records) == 11 and ten.decisions.state(KEY) is before
    assert [(found.end.length, found.fault) for found in verify(ten)] == [(11, "")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE items SET to_class = 'anger' WHERE seq = (SELECT seq FROM operations WHERE op_id = 'operation-5')",
        "UPDATE items SET image = 'c.jpg' WHERE seq = (SELECT seq FROM operations WHERE op_id = 'operation-5')",
        "UPDATE items SET shown_at = 3 WHERE seq = (SELECT seq FROM operations WHERE op_id = 'operation-5')",
        "UPDATE items SET salt = NULL WHERE seq = (SELECT seq FROM operations WHERE op_id = 'operation-5')",
        "UPDATE operations SET annotator = 'eve' WHERE op_id = 'operation-5'",
        "UPDATE operations SET at = at + 1 WHERE op_id = 'operation-5'",
        "UPDATE operations SET mode = 'blind' WHERE op_id = 'operation-5'",
        "DELETE FROM items WHERE seq = (SELECT seq FROM operations WHERE op_id = 'operation-5')",
    ],
)
def test_a_changed_record_is_found_and_the_one_before_it_named(ten, change):
    with ten.database.write() as connection:
        connection.execute(text(change))
        good = connection.execute(text("SELECT seq FROM operations WHERE op_id = 'operation-4'")).scalar_one()
    with pytest.raises(BrokenChainError, match=rf"the last good one is operation {good} of .* by ada"):
        read_again(ten)
    assert "restore" in verify(ten)[0].fault


@pytest.mark.parametrize(
    "change",
    [
        ["DELETE FROM operations WHERE op_id = 'undo'"],
        ["DELETE FROM chain"],
        ["UPDATE chain SET length = length + 1"],
        [
            "DELETE FROM items WHERE seq = (SELECT MIN(seq) FROM items)",
            "DELETE FROM operations WHERE op_id = 'operation-0'",
        ],
    ],
)
def test_a_lost_record_is_found_and_nothing_is_written_behind_it(ten, change):
    with ten.database.write() as connection:
        for statement in change:
            connection.execute(text(statement))
    with pytest.raises(BrokenChainError):
        read_again(ten)
    if "operation-0" not in change[-1] and "length" not in change[0]:
        with pytest.raises(BrokenChainError, match="nothing is saved after it"):
            decide(ten, 11)


def test_a_log_that_was_replaced_by_a_shorter_one_is_found_by_a_reader_that_saw_more(ten):
    ten.decisions.state(KEY)
    seen = {verdict.dataset: (verdict.end.length, verdict.end.digest) for verdict in verify(ten)}
    with ten.database.write() as connection:
        before = connection.execute(text("SELECT digest FROM operations WHERE op_id = 'operation-8'")).scalar_one()
        connection.execute(text("DELETE FROM operations WHERE op_id = 'undo'"))
        connection.execute(text("UPDATE chain SET length = 9, digest = :digest"), {"digest": before})
    with pytest.raises(BrokenChainError):
        ten.decisions.state(KEY)
    assert verify(ten)[0].fault == ""  # whole in itself
    assert "ended after 10 operations before" in verify(ten, seen)[0].fault
    assert "is not any more" in verify(ten, {"elsewhere": (3, "d")})[-1].fault


def test_a_log_of_before_the_chain_is_sealed_as_it_is(tmp_path):
    store = Store.open(Workspace(tmp_path))
    store.datasets.register(six_faces())
    for number in range(5):
        decide(store, number)
    before = list(store.decisions.state(KEY).records.values())
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "auditor.db")) as old, old:
        old.execute("DROP TABLE chain")
        for table, columns in (("operations", ("salt", "who", "digest")), ("items", ("salt", "digest"))):
            for column in columns:
                old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        for table in ("views", "trail", "roles", "places", "parts", "shares", "glances"):  # what later steps make
            old.execute(f"DROP TABLE {table}")
        old.execute("ALTER TABLE runs DROP COLUMN started_by")
        old.execute("ALTER TABLE datasets DROP COLUMN content")
        chained = next(number for number, step in enumerate(migrations.STEPS, 1) if migrations.seal_log in step)
        old.execute("DELETE FROM migrations WHERE number >= ?", (chained,))
    again = Store.open(Workspace(tmp_path))
    assert list(again.decisions.state(KEY).records.values()) == before
    decide(again, 5)
    assert verify(again)[0].end.length == 6


def test_five_flipped_bytes_anywhere_in_the_decisions_are_found(tmp_path):
    store = Store.open(Workspace(tmp_path / "whole"))
    store.datasets.register(six_faces())
    for number in range(300):
        decide(store, number)
    whole = read_again(store).records
    store.close()
    data = (tmp_path / "whole" / "auditor.db").read_bytes()
    unseen = []
    for trial in range(40):
        rng = random.Random(trial)
        damaged = bytearray(data)
        for place in rng.sample(range(4096, len(data)), 5):
            damaged[place] ^= 1 << rng.randrange(8)
        folder = tmp_path / str(trial)
        folder.mkdir()
        (folder / "auditor.db").write_bytes(damaged)
        try:
            opened = Store.open(Workspace(folder))
            check_database(opened)
            if any(verdict.fault for verdict in verify(opened)) or not verify(opened):
                continue
            assert read_again(opened).records == whole
            unseen.append(trial)  # the bytes were of nothing: free space, another table
        except StoreError:
            continue
        finally:
            shutil.rmtree(folder)
    assert len(unseen) < 20
