"""A person's part in Review: its order, second looks, and that nothing tells them apart. Mirrors part.py."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from auditor.store.operations import Operation, item_of
from auditor.store.parts import KNOWN, REPEAT, PartFace
from auditor.store.sharing import Share, Terms
from auditor.ui.screens.review import part, payload
from auditor.ui.screens.review.payload import Queue, ReviewData
from auditor.ui.state import columns as columns_of
from auditor.ui.state.filters import Filters
from auditor.ui.state.overlay import Overlay

NAMES = [f"train_{number:05d}.jpg" for number in range(1, 7)]
FACES = (
    PartFace(NAMES[3]), PartFace(NAMES[0], KNOWN), PartFace(NAMES[1]), PartFace(NAMES[3], REPEAT), PartFace("gone.jpg"),
    PartFace(NAMES[2]),
)  # fmt: skip


@pytest.fixture
def share(dataset, monkeypatch):
    made = Share(1, dataset.key, Terms(("ada", "ben")), "lea", 0.0, {NAMES[0]: "joy"}, {"ada": FACES})
    monkeypatch.setattr(part, "share_of", lambda _: made)
    return made


@pytest.fixture
def room(dataset, store, evidence_table):
    columns = columns_of.build(dataset, evidence_table)

    def enter(**filters):
        state = store.decisions.state(dataset.key)
        overlay = Overlay.empty(len(dataset), state).update(dataset, state)
        return ReviewData(dataset, columns, overlay, state, "v0001", "ada", Filters(mine=1, **filters))

    return enter


def say(store, dataset, who, name, label, mode="open"):
    row = dataset.index_of(name)
    number = len(store.decisions.state(dataset.key).records)
    item = item_of(dataset, row, "relabel", label)
    store.decisions.append(Operation(f"op-{number}xx", dataset.key, who, mode=mode, items=(item,)))


def names(data, rows):
    return [str(name) for name in data.dataset.names[rows]]


def test_the_part_is_shown_in_its_order_with_the_second_look_in_its_place(room, share):
    data = room()
    rows, again = part.rows(data, share, data.columns, None)
    assert names(data, rows) == [NAMES[3], NAMES[0], NAMES[1], NAMES[3], NAMES[2]]
    assert again.tolist() == [False, False, False, True, False]
    rows, again = part.rows(room(sort="suspicion"), share, data.columns, None)
    assert names(data, rows) == [NAMES[1], NAMES[3], NAMES[2], NAMES[0]]
    assert not again.any()
    assert len(part.rows(data, None, data.columns, None)[0]) == 0


def test_what_is_left_is_this_person_s_and_a_second_look_is_left_until_it_is_taken(room, share, store, dataset):
    say(store, dataset, "ada", NAMES[3], 5)
    say(store, dataset, "ben", NAMES[1], 5)  # somebody else's decision takes nothing out of her part
    data = room(reviewed="no")
    rows, again = part.rows(data, share, data.columns, None)
    assert names(data, rows) == [NAMES[0], NAMES[1], NAMES[3], NAMES[2]]
    assert again.tolist() == [False, False, True, False]
    say(store, dataset, "ada", NAMES[3], 1, mode="repeat")
    rows, _ = part.rows(room(reviewed="yes"), share, data.columns, None)
    assert names(data, rows) == [NAMES[3], NAMES[3]]


def test_a_second_look_is_an_undecided_tile_and_the_counters_tell_no_looks_apart(room, share, store, dataset):
    say(store, dataset, "ada", NAMES[3], 5)
    say(store, dataset, "ben", NAMES[1], 5)
    data = room()
    rows, again = part.rows(data, share, data.columns, None)
    shown = payload.states(data, rows)
    assert shown[NAMES[3]][:2] == ["relabel", 5]
    assert shown[NAMES[1]][:2] == [None, None]  # what others decided is not shown
    assert payload.repeat_states(data, rows, again) == {}
    line = Queue((), rows, again, data.columns, dataset)
    counted = payload.counts(data, line)
    assert (counted["queue"], counted["repeats"], counted["reviewed"], counted["consistency"]) == (5, 0, 1, None)
    say(store, dataset, "ada", NAMES[3], 1, mode="repeat")
    data = room()
    assert payload.repeat_states(data, rows, again)[NAMES[3]][:2] == ["relabel", 1]
    assert payload.counts(data, line)["reviewed"] == 2
    assert store.decisions.state(dataset.key).by_image[NAMES[3]].label == dataset.classes[5]


def page():
    import streamlit as st

    from auditor.ui.screens.review import part

    st.session_state["added"] = part.offer({"per": "30"})
    st.session_state["again"] = part.offer({})
    st.session_state["filtered"] = part.offer({"class": "fear"})


def test_review_opens_on_the_part_once_unless_the_address_asks_for_something(dataset, store):
    app = AppTest.from_function(page)
    app.session_state["annotator"] = "ada"
    assert not app.run(timeout=60).session_state["added"]
    part._recent.clear()
    store.sharing.share(dataset.key, NAMES, Terms(("ada",)), by="lea")
    app = AppTest.from_function(page)
    app.session_state["annotator"] = "ada"
    shown = app.run(timeout=60)
    assert not shown.exception
    assert shown.session_state["added"] == {"mine": "1", "reviewed": "no"}
    assert not shown.session_state["again"]
    assert not shown.session_state["filtered"]


def test_filters_keep_it_in_the_address():
    assert replace(Filters(), mine=1).parameters() == {"mine": "1"}
    assert Filters.read({"mine": "1"}).mine == 1
