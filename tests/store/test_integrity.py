"""integrity.py: a database that lost data is not opened as if it were intact."""

import random
import threading

import pytest

from auditor.config import Workspace
from auditor.errors import StoreError
from auditor.store import integrity
from auditor.store.database import Database
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from tests.store.faces import dataset as six_faces


@pytest.fixture
def file(tmp_path):
    """A closed database with 200 decisions."""
    store = Store.open(Workspace(tmp_path))
    dataset = six_faces()
    store.datasets.register(dataset)
    for number in range(200):
        item = item_of(dataset, number % 6, "relabel", 1)
        store.decisions.append(Operation(f"operation-{number}", dataset.key, "ada", items=(item,)))
    store.close()
    return tmp_path / "auditor.db"


def open_again(file):
    Store.open(Workspace(file.parent)).close()


def test_a_whole_one_opens(file):
    open_again(file)


def test_an_emptied_one_is_refused_and_stays_as_it_is(file, monkeypatch):
    monkeypatch.setattr(integrity, "PATIENCE", 0.05)
    file.write_bytes(b"")
    with pytest.raises(StoreError, match=r"is empty \(0 bytes\).*restore a backup"):
        open_again(file)
    assert file.stat().st_size == 0


def test_one_that_another_process_is_just_making_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(integrity, "PATIENCE", 120.0)  # of a busy machine; it is there as soon as the other made it
    file = tmp_path / "auditor.db"
    file.touch()
    maker = threading.Timer(0.2, lambda: Database.open(f"sqlite:///{tmp_path / 'other.db'}").close())
    maker.start()
    maker.join()
    threading.Timer(0.2, lambda: (tmp_path / "other.db").replace(file)).start()
    open_again(file)
    assert file.stat().st_size


def test_newest_changes_without_their_database_are_refused_and_kept(file):
    log = file.with_name("auditor.db-wal")
    log.write_bytes(b"changes")
    file.unlink()
    with pytest.raises(StoreError, match=r"newest changes are in auditor\.db-wal"):
        open_again(file)
    assert log.read_bytes() == b"changes"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_shortened_one_is_refused(file, share):
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(StoreError, match=r"damaged|cannot be opened"):
        open_again(file)


def test_a_damaged_page_is_refused(file):
    data = bytearray(file.read_bytes())
    rng = random.Random(0)
    for place in range(8192, len(data) - 8, 4096):  # the head of every page but the first two
        data[place : place + 8] = rng.randbytes(8)
    file.write_bytes(data)
    with pytest.raises(StoreError, match=r"damaged|cannot be opened"):
        open_again(file)
