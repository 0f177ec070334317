"""Decisions follow an image through a copy by a Mac, and never move to another. Mirrors auditor/store/state.py."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.store.operations import Operation, item_of
from auditor.store.state import IMAGE_GONE
from auditor.store.store import Store

LINUX = "joy/café.png"
MAC = unicodedata.normalize("NFD", LINUX)


def draw(root, *names):
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), 20 * number, np.uint8)).save(root / name)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(Workspace(tmp_path / "workspace"))
    yield opened
    opened.close()


def decide(store, dataset, name, label="sad", op_id=None):
    row = int(dataset.index_of(name))
    item = item_of(dataset, row, "relabel", dataset.classes.index(label))
    store.datasets.register(dataset)
    store.decisions.append(Operation(op_id or name, dataset.key, "ada", mode="open", session="s", items=(item,)))
    return store.decisions.state(dataset.key)


def standing(state, dataset):
    return {name: each.state.label for name, each in state.on(dataset).items()}


@pytest.mark.parametrize(("before", "after"), [(MAC, LINUX), (LINUX, MAC)], ids=["from a Mac", "to a Mac"])
def test_a_decision_is_found_under_the_other_unicode_form(store, tmp_path, before, after):
    root = tmp_path / "faces"
    draw(root, before, "joy/b.png", "sad/c.png")
    state = decide(store, open_dataset(root), before)
    (root / before).rename(root / after)
    copied = open_dataset(root)
    row = copied.index_of(after)
    assert copied.names[row] == after != before
    assert standing(state, copied) == {after: "sad"} and state.lapsed(copied) == ()
    assert state.standing(copied, after) == state.standing(copied, before) == state.on(copied)[after]
    assert state.spelling(copied, after) == before and state.apply(copied).changed.tolist() == [row]
    token = store.selections.save(copied, [row], "a list")
    (root / after).rename(root / before)
    again = open_dataset(root)
    assert store.selections.find(token, again).rows.tolist() == [again.index_of(before)]


def test_of_two_forms_in_the_log_the_data_sets_own_counts_and_the_other_lapses(store, tmp_path):
    root = tmp_path / "faces"
    draw(root, MAC, "joy/b.png", "sad/c.png")
    decide(store, open_dataset(root), MAC, "sad")
    (root / MAC).rename(root / LINUX)
    copied = open_dataset(root)
    state = decide(store, copied, LINUX, "joy")
    assert standing(state, copied) == {LINUX: "joy"} and state.standing(copied, MAC) is None
    assert [(each.image, each.reason) for each in state.lapsed(copied)] == [(MAC, IMAGE_GONE)]
    undo = Operation("undo", copied.key, "ada", kind="undo", target=LINUX)
    store.decisions.append(undo)
    assert standing(store.decisions.state(copied.key), copied) == {LINUX: "sad"}


def test_two_images_whose_names_differ_in_their_unicode_form_are_two(store, tmp_path):
    root = tmp_path / "faces"
    draw(root, MAC, LINUX, "sad/c.png")
    dataset = open_dataset(root)
    state = decide(store, dataset, MAC)
    assert standing(state, dataset) == {MAC: "sad"} and state.standing(dataset, LINUX) is None
    assert state.apply(dataset).changed.tolist() == [dataset.index_of(MAC)]


@pytest.mark.parametrize(("decided", "other"), [(MAC, LINUX), (LINUX, MAC)], ids=["a Mac's", "Linux's"])
def test_of_two_unicode_forms_the_decision_on_one_lapses_with_its_image(store, tmp_path, decided, other):
    root = tmp_path / "faces"
    alone = unicodedata.normalize("NFD", "joy/é.png")
    draw(root, decided, other, alone, "sad/c.png")
    dataset = open_dataset(root)
    decide(store, dataset, alone)
    decide(store, dataset, decided)
    (root / decided).unlink()
    (root / alone).rename(root / unicodedata.normalize("NFC", alone))
    left = store.datasets.register(open_dataset(root)).dataset
    with Store.opened(Workspace(tmp_path / "workspace")) as another:  # as it is in the log
        state = another.decisions.state(dataset.key)
    assert standing(state, left) == {unicodedata.normalize("NFC", alone): "sad"}
    assert [(each.image, each.reason) for each in state.lapsed(left)] == [(decided, IMAGE_GONE)]
    assert state.spelling(left, other) is None and other not in {left.names[row] for row in state.apply(left).changed}
    items = [record.operation.items[0] for record in state.records.values()]
    assert [(item.row, item.exact) for item in items] == [
        (dataset.index_of(alone), False), (dataset.index_of(decided), True),
    ]  # fmt: skip
    # Nor does somebody who judges the other face meet a newer decision on it.
    mine = item_of(left, left.index_of(other), "exclude")
    checked = store.decisions.append_unless_newer(Operation("other", left.key, "ben", items=(mine,)), 0)
    assert not checked.newer
    assert store.decisions.state(left.key).on(left)[other].action == "exclude"


@pytest.mark.parametrize(("first", "second"), [("Happy/a.png", "happy/a.png"), ("happy/A.png", "happy/a.png")])
def test_a_decision_never_moves_to_the_image_whose_name_differs_in_case(store, tmp_path, first, second):
    root = tmp_path / "faces"
    draw(root, first, second, "happy/b.png", "sad/c.png")
    dataset = open_dataset(root)
    state = decide(store, dataset, first)
    assert list(state.on(dataset)) == [first]
    token = store.selections.save(dataset, [dataset.index_of(first)], "a list")
    (root / first).unlink()
    if not any((root / first).parent.iterdir()):
        (root / first).parent.rmdir()
    left = store.datasets.register(open_dataset(root)).dataset
    assert second in left.names and first not in left.names
    assert state.on(left) == {} and state.standing(left, second) is None
    assert [(each.image, each.reason) for each in state.lapsed(left)] == [(first, IMAGE_GONE)]
    assert not len(state.apply(left).changed) and not len(store.selections.find(token, left).rows)
