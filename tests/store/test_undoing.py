"""Many decisions undone and redone at once. Mirrors auditor/store/undoing.py."""

import time

import pytest

from auditor.errors import RefusedError, UnavailableError
from auditor.store import undoing
from auditor.store.database import Database
from auditor.store.operations import Operation
from tests.store.test_decisions import KEY, decide, item, undo


def records(store):
    return store.decisions.state(KEY).records.values()


def test_everything_by_one_person_since_a_decision_is_undone_and_brought_back(store):
    decide(store, "1", item("a.jpg"))
    decide(store, "2", item("b.jpg"), item("c.jpg"))
    decide(store, "3", item("d.jpg"), annotator="bob")
    decide(store, "4", item("c.jpg"))
    undo(store, "5", "4")
    decide(store, "6", item("e.jpg"))
    second = store.decisions.state(KEY).records["2"]
    chosen = undoing.choose(records(store), annotators=["ada"], from_seq=second.seq)
    assert [record.operation.op_id for record in chosen.records] == ["2", "6"]
    assert (chosen.images, "2 decisions on 3 images: 2 by ada, made " in chosen.sentence) == (3, True)
    store.decisions.append_all(chosen.operations(KEY, "cyd"))
    state = store.decisions.state(KEY)
    assert set(state.by_image) == {"a.jpg", "d.jpg"}
    assert state.records["2"].undone_by == "cyd"
    again = undoing.of(state, ["2", "6", "never"], "redo")
    store.decisions.append_all(again.operations(KEY, "cyd"))
    assert set(store.decisions.state(KEY).by_image) == {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"}
    assert undoing.of(store.decisions.state(KEY), ["2"], "redo").records == ()


def test_a_pass_is_undone_whole_or_not_at_all(store):
    decide(store, "1")
    good = undoing.choose(records(store)).operations(KEY, "ada")
    with pytest.raises(RefusedError, match="not in this data set's log"):
        store.decisions.append_all([*good, Operation("x", KEY, "ada", "undo", "never")])
    assert store.decisions.state(KEY).records["1"].active
    assert len(store.decisions.state(KEY).records.values()) == 1


def test_since_when():
    now = time.mktime((2026, 3, 5, 14, 30, 0, 0, 0, -1))
    assert undoing.moment("today", now) == time.mktime((2026, 3, 5, 0, 0, 0, 0, 0, -1))
    assert undoing.moment("2026-03-05 14:30") == now
    assert undoing.moment("1970-01-01T00:00:00+00:00") == 0
    with pytest.raises(RefusedError, match="write today"):
        undoing.moment("yesterday")


def test_a_database_that_is_away_is_told_from_values_it_refuses(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    columns = "op_id, dataset, annotator, kind, mode, session, at"
    for kind in ("decide", "eat"):  # of a data set that is not there, then of a kind that is not either
        wrong = f"INSERT INTO operations ({columns}) VALUES ('1', 'nothing', 'a', '{kind}', 'open', '', 0)"
        with pytest.raises(RefusedError, match="does not accept"), database.write() as connection:
            connection.exec_driver_sql(wrong)
    for table in ("operations", "items"):
        with database.write() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    with pytest.raises(UnavailableError, match="away or busy"), database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM operations")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnavailableError, match="cannot be opened"):
        Database.open(f"sqlite:///{tmp_path / 'folder'}")
