"""What the grid is told of a page, and of a face in focus (review_data, detail, opening)."""

import dataclasses
import json

import numpy as np
import pytest

from auditor.errors import DataError
from auditor.store.operations import Operation, item_of
from auditor.store.state import DecisionState
from auditor.ui.screens.data import opening
from auditor.ui.screens.review import payload
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state.columns import build
from auditor.ui.state.filters import Filters
from auditor.ui.state.overlay import Overlay
from auditor.ui.web import detail


@pytest.fixture
def room(dataset, store, evidence_table):
    def make(**filters):
        state = store.decisions.state(dataset.key)
        overlay = Overlay.empty(len(dataset)).update(dataset, state)
        return ReviewData(dataset, build(dataset, evidence_table), overlay, state, "v0001", "ada", Filters(**filters))

    return make


def line(room, rows, repeats):
    return Queue((), rows, repeats, room.columns, room.dataset)


def test_rows_carry_labels_and_the_sorted_by_value_and_blind_ones_none(room):
    rows, again = np.array([1, 3], np.int32), np.array([False, True])
    shown = payload.rows_payload(room(), line(room(), rows, again), rows, again)
    assert (shown["given"], shown["suggested"], shown["value"]) == ([0, 2], [1, 6], [0.9, 0.7])
    assert (shown["form"], shown["repeat"], len(shown["sprites"])) == ("percent", [1], 1)
    blind = payload.rows_payload(room(blind=1), line(room(), rows, again), rows, again)
    assert [blind[name] for name in ("given", "suggested", "assignment", "suspicion", "value")] == [None] * 5
    assert blind["detail"] is None and blind["changes"] is None and blind["row"] is None
    assert blind["face"] == blind["name"] and shown["face"] == blind["face"]


def test_a_blind_page_is_the_same_whatever_the_labels_the_suggestions_and_the_names_are(dataset, store, evidence_table):
    rows, again = np.array([1, 3], np.int32), np.array([False, True])
    items = (item_of(dataset, 1, "ambiguous"),)
    store.decisions.append(Operation("abcdef", dataset.key, "ada", mode="blind", items=items))
    seen = []
    for turn in range(2):
        labels = (dataset.labels + turn) % dataset.num_classes
        other = dataclasses.replace(dataset, labels=labels)
        table = evidence_table.assign(
            given=labels[:6], suggested=(evidence_table["suggested"] + turn) % 7, p_mislabelled=turn * 0.3
        )
        state = DecisionState()
        for record in store.decisions.state(dataset.key).records.values():
            item = dataclasses.replace(record.operation.items[0], from_class=other.classes[int(labels[1])])
            state.add(dataclasses.replace(record, operation=dataclasses.replace(record.operation, items=(item,))))
        overlay = Overlay.empty(len(other)).update(other, state)
        filters = Filters.read({"blind": "1", "class": "fear", "suggested": "happiness", "q": "train"})
        made = ReviewData(other, build(other, table), overlay, state, "v0001", "ada", filters)
        parts = [payload.rows_payload(made, line(made, rows, again), rows, again), payload.states(made, rows)]
        seen.append(json.dumps([*parts, filters.parameters()]))
        assert not any(str(name) in seen[-1] for name in dataset.names)
    assert seen[0] == seen[1]
    assert '"ambiguous", null' in seen[0]


def test_as_many_votes_are_offered_as_methods_vote(room):
    assert payload.options(room(), line(room(), np.array([1], np.int32), np.zeros(1, bool)))["methods"] == 3


def test_states_and_counters_follow_the_decisions_but_blind_hides_open_ones(room, dataset, store):
    item = item_of(dataset, 1, "relabel", 3)
    store.decisions.append(Operation("abcdef", dataset.key, "ada", items=(item,)))
    rows = np.array([1, 3], np.int32)
    assert payload.states(room(), rows) == {dataset.names[1]: ["relabel", 3, None, None, [], "ada", 1, False]}
    assert payload.states(room(blind=1), rows) == {}
    counted = payload.counts(room(), line(room(), rows, np.zeros(2, bool)))
    numbers = {"all": 6, "all_reviewed": 1, "queue": 2, "repeats": 0, "reviewed": 1, "skipped": 0}
    assert counted == numbers | {"consistency": None}


def test_a_final_decision_is_told_as_one_and_a_blind_page_tells_ones_own_alone(room, dataset, store):
    rows = np.array([1, 3], np.int32)
    mine = Operation("abcdef", dataset.key, "ada", mode="blind", items=(item_of(dataset, 1, "relabel", 3),))
    store.decisions.append(mine)
    store.decisions.append(Operation("bcdefg", dataset.key, "bob", mode="final", items=(item_of(dataset, 1, "keep"),)))
    store.decisions.append(Operation("cdefgh", dataset.key, "bob", mode="final", items=(item_of(dataset, 3, "keep"),)))
    shown = payload.states(room(), rows)
    assert [shown[dataset.names[row]][0::7] for row in (1, 3)] == [["keep", True]] * 2
    blind = payload.states(room(blind=1), rows)
    assert list(blind.values()) == [["relabel", 3, None, None, [], "ada", 2, False]]


def test_detail_of_a_face_no_method_has_seen_is_its_label(workspace, dataset, store):
    assert detail.describe(workspace, dataset, 0, 5)["given"] == 6
    assert detail._curve(np.array([0.5, np.nan], np.float16)) == [0.5, None]
    assert len(detail._curve(np.zeros(1000))) == detail.EPOCHS_SHOWN


def test_opening_the_demo_where_something_else_lies_is_said_in_a_sentence(workspace, monkeypatch):
    workspace.make().demo.mkdir()
    (workspace.demo / "mine.txt").write_text("x")
    with pytest.raises(DataError):
        opening.draw(workspace.demo)
    assert (workspace.demo / "mine.txt").read_text() == "x"
