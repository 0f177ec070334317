"""What the grid is told of a page, and of a face in focus (review_data, detail, opening)."""

import numpy as np
import pytest

from auditor.errors import DataError
from auditor.store.operations import Operation, item_of
from auditor.ui.screens.data import opening
from auditor.ui.screens.review import payload
from auditor.ui.screens.review.payload import Queue, Room
from auditor.ui.state import session
from auditor.ui.state.columns import build
from auditor.ui.state.filters import Filters
from auditor.ui.state.overlay import Overlay
from auditor.ui.web import detail


@pytest.fixture
def room(dataset, store, evidence_table, monkeypatch):
    monkeypatch.setattr(session, "store", lambda: store)

    def make(**filters):
        overlay = Overlay.empty(len(dataset)).update(dataset, store.decisions.state(dataset.key))
        return Room(dataset, build(dataset, evidence_table), overlay, "v0001", "ada", Filters(**filters))

    return make


def test_rows_carry_labels_and_the_sorted_by_value_and_blind_ones_none(room):
    rows, again = np.array([1, 3], np.int32), np.array([False, True])
    shown = payload.rows_payload(room(), room().columns, rows, again)
    assert (shown["given"], shown["suggested"], shown["value"]) == ([0, 2], [1, 6], [0.9, 0.7])
    assert (shown["form"], shown["repeat"], len(shown["sprites"])) == ("percent", [1], 1)
    blind = payload.rows_payload(room(blind=1), room().columns, rows, again)
    assert [blind[name] for name in ("given", "suggested", "assignment", "suspicion", "value")] == [None] * 5


def test_states_and_counters_follow_the_decisions_but_blind_hides_open_ones(room, dataset, store):
    item = item_of(dataset, 1, "relabel", 3)
    store.decisions.append(Operation("abcdef", dataset.key, "ada", items=(item,)))
    rows = np.array([1, 3], np.int32)
    assert payload.states(room(), rows) == {dataset.names[1]: ["relabel", 3, None, None, [], "ada"]}
    assert payload.states(room(blind=1), rows) == {}
    counted = payload.counts(room(), Queue((), rows, np.zeros(2, bool), room().columns))
    numbers = {"all": 6, "all_reviewed": 1, "queue": 2, "repeats": 0, "reviewed": 1, "skipped": 0}
    assert counted == numbers | {"consistency": None}


def test_detail_of_a_face_no_method_has_seen_is_its_label(workspace, dataset, store):
    assert detail.describe(workspace, dataset, 7, 5)["given"] == 6
    assert detail._curve(np.array([0.5, np.nan], np.float16)) == [0.5, None]
    assert len(detail._curve(np.zeros(1000))) == detail.EPOCHS_SHOWN


def test_opening_the_demo_where_something_else_lies_is_said_in_a_sentence(workspace, monkeypatch):
    workspace.make().demo.mkdir()
    (workspace.demo / "mine.txt").write_text("x")
    with pytest.raises(DataError):
        opening.draw(workspace.demo)
    assert (workspace.demo / "mine.txt").read_text() == "x"
