"""The log of decisions and its fold. Mirrors auditor/store: decisions.py, operations.py, state.py."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import RefusedError
from auditor.store.operations import ImageState, Item, Operation, OperationRecord
from auditor.store.state import DecisionState
from tests.store.faces import NAMES, dataset

KEY = "0123456789ab"


def item(image="b.jpg", action="relabel", given="anger", to="joy", **more):
    return Item(image, NAMES.index(image), action, given, to if action == "relabel" else None, **more)


def decide(store, op_id, *items, annotator="ada", mode="open"):
    return store.decisions.append(Operation(op_id, KEY, annotator, mode=mode, session="s", items=items or (item(),)))


def undo(store, op_id, target, kind="undo", annotator="ada"):
    return store.decisions.append(Operation(op_id, KEY, annotator, kind=kind, target=target))


def test_a_repeat_of_the_same_operation_is_harmless(store):
    assert decide(store, "1") == decide(store, "1")
    assert store.decisions.acknowledged("s") == 1
    assert store.decisions.saved(["1", "2"]) == {"1"}


def test_the_last_decision_stands_and_undo_brings_back_the_one_before(store):
    decide(store, "1")
    decide(store, "2", item(action="exclude"))
    assert store.decisions.state(KEY).by_image["b.jpg"].action == "exclude"
    undo(store, "3", "2")
    state = store.decisions.state(KEY).by_image["b.jpg"]
    assert (state.action, state.label, state.annotator) == ("relabel", "joy", "ada")
    undo(store, "4", "2", kind="redo")
    assert store.decisions.state(KEY).by_image["b.jpg"].action == "exclude"


def test_one_undo_takes_back_a_whole_bulk_operation(store):
    decide(store, "1", *(item(name) for name in NAMES))
    assert len(store.decisions.state(KEY).by_image) == 6
    undo(store, "2", "1")
    assert store.decisions.state(KEY).by_image == {}
    assert next(iter(store.decisions.state(KEY).records.values())).undone_by == "ada"


def test_undo_and_redo_walk_back_and_forth_until_a_new_decision(store):
    for number in "123":
        decide(store, number)
    undo(store, "4", store.decisions.undo_target(KEY, "ada"))
    undo(store, "5", store.decisions.undo_target(KEY, "ada"))
    assert store.decisions.undo_target(KEY, "ada") == "1"
    assert store.decisions.redo_target(KEY, "ada") == "2"
    undo(store, "6", "2", kind="redo")
    assert store.decisions.redo_target(KEY, "ada") == "3"
    decide(store, "7")
    assert store.decisions.redo_target(KEY, "ada") is None
    assert store.decisions.undo_target(KEY, "ada") == "7"


def test_undo_is_each_annotators_own(store):
    decide(store, "1")
    decide(store, "2", item("c.jpg"), annotator="bob")
    assert store.decisions.undo_target(KEY, "ada") == "1"
    assert store.decisions.redo_target(KEY, "ada") is None


def test_marks_live_beside_the_decision(store):
    decide(store, "1", item(action="tag", text="blurred"))
    decide(store, "2", item(action="note", text="half a hand"))
    decide(store, "3", item(action="tag", text="child"))
    decide(store, "4", item(action="untag", text="blurred"))
    state = store.decisions.state(KEY).by_image["b.jpg"]
    assert (state.tags, state.note, state.action) == (("child",), "half a hand", None)


def test_skip_does_not_take_a_decision_back_and_a_repeat_changes_nothing(store):
    decide(store, "1")
    decide(store, "2", item(action="skip"))
    decide(store, "3", item(action="exclude"), mode="repeat")
    assert store.decisions.state(KEY).by_image["b.jpg"].action == "relabel"


def test_decisions_become_labels_exclusions_and_shares(store):
    decide(store, "1", item("a.jpg"), item("b.jpg", "exclude"))
    decide(store, "2", item("c.jpg", "ambiguous", "fear", soft={"anger": 0.25, "fear": 0.75}))
    decide(store, "3", item("d.jpg", "keep", "fear"))
    corrections = store.decisions.state(KEY).apply(dataset())
    assert corrections.labels.tolist() == [2, 0, 1, 1, 2, 2]
    assert corrections.changed.tolist() == [0] and corrections.excluded.tolist() == [False, True] + [False] * 4
    assert corrections.soft[2].tolist() == [0.25, 0.75, 0.0] and corrections.kept.tolist() == [3]


@pytest.mark.parametrize(
    "wrong",
    [
        Operation("1", KEY, "ada", items=(Item("a.jpg", 0, "paint"),)),
        Operation("1", KEY, "ada", items=(Item("a.jpg", 0, "relabel", "anger"),)),
        Operation("1", KEY, "ada", items=(Item("a.jpg", 0, "ambiguous", "anger", soft={"anger": 0.5, "joy": 0.6}),)),
        Operation("1", KEY, "ada", items=(Item("a.jpg", 0, "relabel", "anger", "j\0y"),)),
        Operation("1", KEY, "ada", items=(Item("a.jpg", 0, "note", text="half a pair: \ud800"),)),
        Operation("1", KEY, "ada", items=(Item("a.jpg", 0, "note"),)),
        Operation("1", KEY, "ada"),
        Operation("1", KEY, " ", items=(item(),)),
        Operation("1", KEY, "ada", kind="undo", target="never"),
        Operation("1", "ffffffffffff", "ada", items=(item(),)),
    ],
)
def test_an_operation_that_makes_no_sense_saves_nothing(store, wrong):
    with pytest.raises(RefusedError):
        store.decisions.append(wrong)
    assert not store.decisions.state(KEY).records


ACTS = st.lists(
    st.tuples(st.sampled_from(["decide", "undo", "redo"]), st.integers(0, 2), st.integers(0, 2)), max_size=25
)


@settings(deadline=None)
@given(ACTS)
def test_the_incremental_fold_is_the_fold_from_scratch(acts):
    """Whatever is done in whatever order: state after each step equals replaying only what stands."""
    state, decided = DecisionState(), []
    for number, (kind, image, label) in enumerate(acts, start=1):
        if kind != "decide" and not decided:
            continue
        target = None if kind == "decide" else decided[label % len(decided)]
        items = (Item(NAMES[image], image, "relabel", "anger", "afj"[label]),) if kind == "decide" else ()
        operation = Operation(str(number), KEY, "ada", kind, target, items=items)
        if kind == "decide":
            decided.append(operation.op_id)
        state.add(OperationRecord(number, float(number), operation))
    replayed = DecisionState()
    for record in state.records.values():
        if record.operation.kind == "decide" and record.active:
            replayed.add(record)
    assert replayed.by_image == state.by_image
    assert ImageState() not in state.by_image.values()


def test_what_somebody_else_decided_after_it_was_seen_is_left_out(store):
    seen = decide(store, "1", item("a.jpg"), annotator="bob")
    decide(store, "2", item("b.jpg"), item("c.jpg", "tag", text="dim"), annotator="bob")
    decide(store, "3", item("d.jpg", "exclude"))
    mine = Operation("4", KEY, "ada", items=tuple(item(name) for name in NAMES[:4]))
    made = store.decisions.append_unless_newer(mine, seen)
    assert dict(made.newer) == {"b.jpg": "bob"}  # a tag contradicts nobody, and one's own decision is no conflict
    assert [each.image for each in next(reversed(store.decisions.state(KEY).records.values())).operation.items] == [
        "a.jpg",
        "c.jpg",
        "d.jpg",
    ]
    assert store.decisions.append_unless_newer(mine, seen) == made
    assert store.decisions.append_unless_newer(Operation("5", KEY, "ada", items=(item("b.jpg"),)), seen).seq is None
    undo(store, "6", "2", annotator="bob")
    assert not store.decisions.append_unless_newer(Operation("7", KEY, "ada", items=(item("b.jpg"),)), seen).newer


def test_of_two_keys_at_one_moment_one_is_told_of_the_other(store):
    """Each screen had seen nothing; whoever is saved second is told, however the threads run."""
    barrier, made = threading.Barrier(2), {}

    def press(who):
        operation = Operation(f"op-{who}", KEY, who, items=tuple(item(name) for name in NAMES))
        barrier.wait()
        made[who] = store.decisions.append_unless_newer(operation, 0)

    for number in range(5):
        seen = store.decisions.state(KEY).seq
        threads = [threading.Thread(target=press, args=(f"{who}{number}",)) for who in ("ada", "bob")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pair = [f"ada{number}", f"bob{number}"]
        (winner,) = [who for who in pair if not made[who].newer]
        (other,) = [who for who in pair if made[who].newer]
        assert made[winner].seq == seen + 1 and made[other].seq is None
        assert dict(made[other].newer) == dict.fromkeys(NAMES, winner)
        undo(store, f"undo-{number}", f"op-{winner}")
