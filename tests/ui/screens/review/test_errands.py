"""What the browser asks for beside its page: a whole queue's suggestions, saved views, keys.

review/errands.py, review/asked.py, review/likeness.py, review/keyboard.py.
"""

import numpy as np
import pytest

from auditor.errors import ConfigError, RefusedError
from auditor.store.operations import Operation, item_of
from auditor.ui.screens.review import bulk, errands, saved
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state import key_table
from auditor.ui.state.columns import build
from auditor.ui.state.filters import Filters
from auditor.ui.state.overlay import Overlay


@pytest.fixture
def room(dataset, store, evidence_table, monkeypatch):
    monkeypatch.setattr("auditor.ui.state.session.store", lambda: store)

    def make(**filters):
        state = store.decisions.state(dataset.key)
        overlay = Overlay.empty(len(dataset)).update(dataset, state)
        return ReviewData(dataset, build(dataset, evidence_table), overlay, state, "v0001", "ada", Filters(**filters))

    return make


def line(room, rows=(0, 1, 2, 3, 4, 5, 6)):
    found = np.array(rows, np.int32)
    return Queue((), found, np.zeros(len(found), bool), room.columns, room.dataset, "q1")


def test_the_preview_counts_by_class_and_leaves_out_what_is_reviewed_or_has_no_suggestion(room, dataset, store):
    store.decisions.append(Operation("tabx-1", dataset.key, "ben", items=(item_of(dataset, 3, "keep"),)))
    shown = bulk.preview({}, room(), line(room()))
    # Given 0 0 1 2 2 6, suggested 0 1 1 6 2 6; the fourth is reviewed, and the test image has no suggestion.
    assert (shown["faces"], shown["reviewed"], shown["unknown"]) == (5, 1, 1)
    assert sorted(shown["changes"]) == [[0, 0, 1], [0, 1, 1], [1, 1, 1], [2, 2, 1], [6, 6, 1]]


def test_accepting_is_one_decision_that_comes_once_and_one_undo_takes_back(room, dataset, store):
    errand = {"id": "errand-abcd", "queue": "q1", "faces": 6, "tab": "tabx"}
    done = bulk.apply(errand, room(), line(room()))
    standing = store.decisions.state(dataset.key).on(dataset)
    assert {name: (held.action, held.label) for name, held in standing.items()} == {
        dataset.names[0]: ("keep", 0), dataset.names[1]: ("relabel", 1), dataset.names[2]: ("keep", 1),
        dataset.names[3]: ("relabel", 6), dataset.names[4]: ("keep", 2), dataset.names[5]: ("keep", 6),
    }  # fmt: skip
    records = store.decisions.history(dataset.key)
    assert [(r.operation.op_id, r.operation.session, len(r.operation.items)) for r in records] == [
        (done["op"], "tabx", 6)
    ]
    with pytest.raises(RefusedError, match="has changed"):  # everything is reviewed now
        bulk.apply(errand, room(), line(room()))
    store.decisions.append(Operation("tabx-2", dataset.key, "ada", kind="undo", target=done["op"]))
    assert not store.decisions.state(dataset.key).on(dataset)


@pytest.mark.parametrize("changed", [{"queue": "q0"}, {"faces": 5}])
def test_another_queue_than_the_one_that_was_shown_is_refused(room, store, dataset, changed):
    with pytest.raises(RefusedError, match="look at the preview again"):
        bulk.apply({"id": "errand-abcd", "queue": "q1", "faces": 6, **changed}, room(), line(room()))
    assert not store.decisions.history(dataset.key)


def test_blind_is_told_nothing(room):
    for work in (bulk.preview, errands.KINDS["typical"]):
        with pytest.raises(RefusedError, match="Blind"):
            work({"names": ["x"]}, room(blind=1), line(room()))


def test_a_view_is_saved_listed_and_found_by_its_name_in_the_address(room, dataset):
    seen = room(given="fear", sort="aum", per=30, page=2, image="x.jpg")
    assert saved.save({"name": "my fears"}, seen, line(seen))["name"] == "my fears"
    kept = {"class": "fear", "sort": "aum", "per": "30", "page": "2"}
    assert saved.listed(seen) == [["my fears", {**kept, "named": "my fears"}, "ada"]]
    found = saved.resolve({"named": "my fears", "ds": "x"}, dataset.key)
    assert Filters.read(found) == Filters.read({**kept, "named": "my fears"})
    linked = {"named": "my fears", "class": "anger"}  # a link to exactly that
    assert saved.resolve(linked, dataset.key) is linked
    gone = {"named": "nobody's"}
    assert saved.resolve(gone, dataset.key) is gone
    assert saved.delete({"name": "my fears"}, seen, line(seen)) == {"views": []}


def test_keys_are_kept_for_the_workspace_and_a_damaged_table_is_told_of(workspace):
    assert key_table.readable(workspace) == ({}, "")
    key_table.write(workspace, {"keep": "g"})
    assert key_table.read(workspace) == {"keep": "g"}
    for wrong in ({"keep": 3}, {"keep": "x" * 30}, {str(k): "a" for k in range(200)}, ["keep"]):
        with pytest.raises(ConfigError, match="cannot be kept"):
            key_table.write(workspace, wrong)
    (workspace.path / key_table.FILE).write_text('{"keep": 3}')
    changes, problem = key_table.readable(workspace)
    assert changes == {} and "correct it or delete it" in problem
