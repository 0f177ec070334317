"""auditor/store/erasing.py: what is erased is in no table and no byte of the file, and the hash chain still holds."""

import threading
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import String, text

from auditor.store.chain import BrokenChainError
from auditor.store.operations import Operation, item_of
from auditor.store.tables import METADATA
from auditor.store.verifying import verify
from tests.store.faces import dataset
from tests.ui import invented

FACES = dataset()


@pytest.fixture
def decided(store):
    """Six decisions by two people; the last one is on two images, with a note."""
    for number, who in enumerate(("oona", "ben", "oona", "ben", "oona")):
        item = item_of(FACES, number, "relabel", (number + 1) % 3, shown_at=1.5)
        store.decisions.append(Operation(f"o{number}", FACES.key, who, items=(item,)))
    both = (item_of(FACES, 2, "note", text="seen before"), item_of(FACES, 5, "keep"))
    store.decisions.append(Operation("o5", FACES.key, "ben", items=both))
    return store


def end(store):
    (verdict,) = verify(store)
    assert verdict.fault == ""
    return verdict.end.digest


@pytest.mark.parametrize("keep", [True, False])
def test_an_erased_image_leaves_its_operations_and_the_chain(decided, keep):
    before = end(decided)
    assert decided.erasing.held_of_images(FACES.key, {"c.jpg"}).decisions == 2
    decided.erasing.images(FACES.key, {"c.jpg"}, keep=keep)
    assert end(decided) == before
    state = decided.decisions.state(FACES.key)
    assert set(state.by_image) == {"a.jpg", "b.jpg", "d.jpg", "e.jpg", "f.jpg"}
    assert [len(record.operation.items) for record in state.records.values()] == [1, 1, 0, 1, 1, 1]
    assert [record.erased for record in state.records.values()] == ([0, 0, 1, 0, 0, 1] if keep else [0] * 6)
    assert decided.erasing.held_of_images(FACES.key, {"c.jpg"}).decisions == 0
    assert decided.erasing.names(FACES.key) == set(FACES.names) - {"c.jpg"}


def test_what_is_written_after_an_erasure_joins_the_chain(decided):
    decided.erasing.images(FACES.key, {"c.jpg", "f.jpg"}, keep=False)
    decided.decisions.append(Operation("u", FACES.key, "oona", kind="undo", target="o2"))  # of an erased one
    decided.decisions.append(Operation("o6", FACES.key, "oona", items=(item_of(FACES, 2, "keep"),)))
    end(decided)
    assert decided.decisions.state(FACES.key).by_image["c.jpg"].action == "keep"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE items SET to_class = 'joy' WHERE action = 'erased'",
        "UPDATE items SET row_number = 4 WHERE action = 'erased'",
        "UPDATE items SET action = 'keep' WHERE action = 'erased'",
        "DELETE FROM items WHERE action = 'erased'",
        "UPDATE operations SET salt = NULL WHERE op_id = 'o1'",
        "UPDATE operations SET annotator = 'eve', salt = NULL WHERE op_id = 'o1'",
    ],
)
def test_an_erasure_is_no_cover_for_another_change(decided, change):
    decided.erasing.images(FACES.key, {"c.jpg"}, keep=True)
    with decided.database.write() as connection:
        connection.execute(text(change))
    with pytest.raises(BrokenChainError):
        decided.decisions.verify(FACES.key)


def test_a_reader_that_has_read_the_log_before_reads_it_again(decided):
    before = decided.decisions.state(FACES.key)
    decided.erasing.annotator([FACES.key], "oona", decided.erasing.new_name())
    after = decided.decisions.state(FACES.key)
    assert after is not before and after.by_image["a.jpg"].annotator == "erased 1"
    assert decided.decisions.state(FACES.key) is after  # once
    assert decided.erasing.new_name() == "erased 2"
    decided.erasing.dataset(FACES.key)
    assert decided.decisions.state(FACES.key).records == {}


def test_an_image_under_another_unicode_form_is_the_same(store):
    names = ("Jose\u0301.jpg", "b.jpg", "c.jpg")
    faces = invented.dataset([0, 1, 2], names=list(names))
    store.datasets.register(faces)
    store.decisions.append(Operation("o", faces.key, "oona", items=(item_of(faces, 0, "keep"),)))
    store.selections.save(faces, np.array([0, 1]), "lasso")
    store.erasing.images(faces.key, {"Jos\u00e9.jpg"}, keep=True)
    assert store.erasing.names(faces.key) == {"b.jpg"}


def test_the_file_forgets_what_is_erased(decided):
    if decided.database.engine.dialect.name != "sqlite":
        pytest.skip("the server's files are not ours to read")
    file = Path(decided.database.engine.url.database)

    def held(word):
        log = file.with_name(f"{file.name}-wal")
        return word in file.read_bytes() + log.read_bytes()

    assert held(b"seen before") and held(b"oona")
    decided.erasing.images(FACES.key, {"c.jpg"}, keep=True)
    decided.erasing.annotator([FACES.key], "oona", "erased 1")
    assert decided.database.compact()
    assert not held(b"seen before") and not held(b"c.jpg") and not held(b"oona") and held(b"b.jpg")


def test_decisions_that_arrive_meanwhile_are_kept(decided):
    def save():
        for number in range(20):
            item = item_of(FACES, number % 2, "keep")
            decided.decisions.append(Operation(f"m{number}", FACES.key, "oona", items=(item,)))

    writer = threading.Thread(target=save)
    writer.start()
    decided.erasing.images(FACES.key, {"c.jpg"}, keep=True)
    decided.database.compact()
    writer.join()
    end(decided)
    assert len(decided.decisions.state(FACES.key).records) == 26


def test_every_column_that_may_name_a_person_or_an_image_is_known_to_the_erasure():
    """A new column of text fails here until somebody has decided what an erasure does with it."""
    nameless = {
        "datasets": {"key", "root", "format", "label_file", "title", "classes"},  # goes with the whole data set
        "places": {"root", "format", "label_file", "dataset"},
        "operations": {"op_id", "dataset", "kind", "target", "evidence", "mode", "session", "who", "digest"},
        "items": {"digest"},
        "chain": {"dataset", "digest"},
        "runs": {"id", "dataset", "kind", "state", "config", "host", "pid_started", "method", "phase", "metrics"},
        "selections": {"token", "dataset"},
        "trail": {"what", "dataset", "detail"},
        "views": {"dataset"},
        "roles": {"role"},
        "shares": {"dataset"},
        "glances": {"dataset", "page"},
    }
    erased = {
        "operations": {"annotator", "salt"},
        "items": {"image", "action", "from_class", "to_class", "soft", "note", "salt"},
        "runs": {"message", "started_by"},
        "selections": {"label"},
        "trail": {"who"},
        "views": {"name", "parameters", "annotator"},
        "roles": {"person", "given_by"},
        "datasets": {"content"},  # digests of a sample's names
        "shares": {"made_by", "terms"},
        "parts": {"person"},
        "glances": {"who"},
    }
    for name, table in METADATA.tables.items():
        texts = {column.name for column in table.columns if isinstance(column.type, String)}
        assert texts == nameless.get(name, set()) | erased.get(name, set()), name
