"""auditor/ui/screens/history/lines.py and decide.py: decisions in words, made and undone."""

import pytest

from auditor.config import Workspace
from auditor.errors import RefusedError
from auditor.store.operations import Item, Operation, OperationRecord, item_of
from auditor.store.store import Store
from auditor.ui.screens.history import lines as history_data
from auditor.ui.state import decide
from tests.ui.invented import dataset

FACES = dataset([0, 1, 2, 0])


@pytest.fixture
def store(tmp_path):
    opened = Store.open(Workspace(tmp_path / "workspace"))
    opened.datasets.register(FACES)
    yield opened
    opened.close()


def lines(store):
    records = store.decisions.state(FACES.key).records
    return history_data.lines(FACES, list(records.values()), records)


def test_a_bulk_decision_is_one_operation_that_one_undo_takes_back(store):
    op_id = decide.on_rows(store, FACES, [0, 3], "relabel", annotator="ada", label=1)
    assert lines(store)[0].words == "relabelled 2 images, surprise to fear"
    assert lines(store)[0].can == "undo"
    decide.undo(store, FACES, op_id, annotator="bob")
    first, second = lines(store)
    assert (first.can, first.record.undone_by) == ("redo", "bob")
    assert (second.words, second.rows) == ("undid: relabelled 2 images, surprise to fear", (0, 3))
    decide.redo(store, FACES, op_id, annotator="ada")
    assert store.decisions.state(FACES.key).apply(FACES).changed.tolist() == [0, 3]


def test_nonsense_is_refused_before_it_is_saved(store):
    with pytest.raises(RefusedError):
        decide.on_rows(store, FACES, [0], "relabel", annotator="ada", label=9)
    with pytest.raises(RefusedError):
        decide.undo(store, FACES, "never-made", annotator="ada")
    assert lines(store) == []


def items(*triples):
    return tuple(item_of(FACES, row, action, label, text=text) for row, action, label, text in triples)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (items((1, "keep", None, None)), "kept train_00001.jpg"),
        (items((1, "tag", None, "dim"), (2, "tag", None, "dim")), "tagged 2 images: dim"),
        (items((0, "relabel", 1, None), (3, "relabel", 2, None)),
         "relabelled 2 images, surprise to each its own suggestion"),
        (items((1, "keep", None, None), (2, "relabel", 0, None), (3, "keep", None, None)), "2 kept, 1 relabelled"),
    ],
)  # fmt: skip
def test_what_was_done_is_said_in_words(made, words):
    assert history_data.describe(made) == words


def test_images_that_are_gone_do_not_open():
    gone = (Item("train_00009.jpg", 9, "keep", "fear"), *items((2, "keep", None, None)))
    record = OperationRecord(1, 0.0, Operation("op-1", FACES.key, "ada", items=gone))
    assert history_data.lines(FACES, [record], {})[0].rows == (2,)


def test_activity_counts_standing_decisions_over_time():
    def made(at, who, active=True):
        return OperationRecord(1, at, Operation("op", FACES.key, who, items=items((1, "keep", None, None))), active)

    start = 1_800_000_000.0
    found = history_data.activity([made(start, "ada"), made(start + 130, "bob"), made(start + 60, "ada", False)])
    assert found.step == 60
    assert {name: counts.tolist() for name, counts in found.images.items()} == {"ada": [1, 0, 0], "bob": [0, 0, 1]}
    assert history_data.activity([]) is None


def test_the_number_of_the_label_it_has_keeps_it():
    same = Item("train_00002.jpg", 1, "relabel", "fear", "fear")
    assert history_data.describe([same]) == "kept train_00002.jpg"
    assert (
        history_data.describe([same, Item("train_00003.jpg", 2, "relabel", "disgust", "fear")])
        == "1 kept, 1 relabelled"
    )
