"""The browser's queue: saved once whatever comes twice, refused in a sentence where it makes no sense."""

import pytest

from auditor.errors import UnavailableError
from auditor.store.operations import Operation, item_of
from auditor.ui.screens.review.blind import veiled_refusals
from auditor.ui.screens.review.inbox import Inbox
from auditor.ui.state.face_ids import face_id


def op(dataset, n, rows=(0,), **more):
    return {
        "n": n, "id": f"tabx-{n}-abc", "ds": dataset.key, "kind": "decide", "action": "relabel", "label": 3,
        "names": [dataset.names[k] for k in rows], "ev": "v0001", **more,
    }  # fmt: skip


def take(inbox, store, dataset, *ops):
    return inbox.take({"client": "tabx", "ops": list(ops)}, store, dataset, "ada")


def test_operations_are_saved_once_in_order_whoever_sends_them_again(dataset, store):
    inbox = Inbox()
    first, second = op(dataset, 1), op(dataset, 2, label=5)
    assert take(inbox, store, dataset, second, first) == 2
    assert take(inbox, store, dataset, first, second) == 0
    again = Inbox()  # another session of the same tab, after a reload
    assert take(again, store, dataset, first, second, op(dataset, 3, (1, 2))) == 3
    assert again.acknowledged == {"tabx": 3}
    assert len(store.decisions.state(dataset.key).records.values()) == 3
    states = store.decisions.state(dataset.key).on(dataset)
    assert [states[dataset.names[k]].label for k in range(3)] == [5, 3, 3]


def test_an_undo_that_comes_twice_undoes_once(dataset, store):
    inbox = Inbox()
    take(inbox, store, dataset, op(dataset, 1, (0,)), op(dataset, 2, (1,)))
    undo = {"n": 3, "id": "tabx-3-abc", "ds": dataset.key, "kind": "undo"}
    take(inbox, store, dataset, undo)
    take(Inbox(), store, dataset, undo)
    assert list(store.decisions.state(dataset.key).by_image) == [dataset.names[0]]
    assert inbox.last["kind"] == "undo" and inbox.last["name"] == dataset.names[1]


def test_each_face_of_a_selection_takes_its_own_label(dataset, store):
    take(Inbox(), store, dataset, op(dataset, 1, (0, 1), label=[4, 6]))
    states = store.decisions.state(dataset.key).on(dataset)
    assert [states[dataset.names[k]].label for k in (0, 1)] == [4, 6]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"label": 99}, "outside 0 to 6"),
        ({"label": None}, "names no label"),
        ({"names": ["gone.jpg"]}, "not in this data set any more"),
        ({"names": []}, "names no image"),
        ({"action": "destroy"}, "does not exist"),
        ({"id": "../x"}, "usable id"),
        ({"label": [1, 2]}, "different numbers of labels"),
        ({"action": "ambiguous", "soft": [0.5, 0.5]}, "2 shares and the data set 7 classes"),
        ({"action": "ambiguous", "soft": [1, 1, 0, 0, 0, 0, 0]}, "add up to 1"),
        ({"to": "joy"}, "no class joy any more"),
        ({"action": "ambiguous", "shares": {"joy": 1}}, "every class of the shares"),
        ({"action": "note", "text": "\0"}, "cannot be stored"),
    ],
)
def test_nonsense_is_refused_and_does_not_block_what_follows(dataset, store, wrong, said):
    inbox = Inbox()
    assert take(inbox, store, dataset, op(dataset, 1, **wrong), op(dataset, 2, (1,))) == 1
    assert said in inbox.refused[1][0]
    assert inbox.acknowledged["tabx"] == 2


def test_names_win_over_the_numbers_of_a_page_that_had_other_classes(dataset, store):
    """The page was drawn before a class came; its third is not the third any more."""
    inbox = Inbox()
    named = op(dataset, 1, (0, 1), label=[2, 0], to=["happiness", "Neutral"])
    take(inbox, store, dataset, named, op(dataset, 2, (2,), action="keep", label=None, to=None, **{"from": ["anger"]}))
    shares = {"fear": 0.25, "sadness": 0.75}
    take(inbox, store, dataset, op(dataset, 3, (3,), action="ambiguous", soft=[1, 0], shares=shares, to="sadness"))
    states = store.decisions.state(dataset.key).by_image
    assert [states[dataset.names[k]].label for k in range(4)] == ["happiness", "neutral", "anger", "sadness"]
    assert states[dataset.names[3]].soft == shares and not inbox.refused


def test_what_was_saved_before_its_class_went_is_acknowledged_without_a_word(dataset, store):
    take(Inbox(), store, dataset, op(dataset, 1))
    again = Inbox()
    take(again, store, dataset, op(dataset, 1, to="joy"))
    assert (again.acknowledged, again.refused) == ({"tabx": 1}, {})


def test_a_database_that_is_away_acknowledges_nothing(dataset, store, monkeypatch):
    inbox = Inbox()

    def away(_):
        raise UnavailableError("The database is locked.")

    with monkeypatch.context() as patch:
        patch.setattr(store.decisions, "append_each", away)
        with pytest.raises(UnavailableError):
            take(inbox, store, dataset, op(dataset, 1))
    assert inbox.acknowledged == {}
    assert take(inbox, store, dataset, op(dataset, 1)) == 1


def test_keys_that_wait_together_are_saved_together_and_an_undo_by_itself(dataset, store, monkeypatch):
    inbox, saves, append_each = Inbox(), [], store.decisions.append_each

    def spy(requests):
        saves.append(len(requests))
        return append_each(requests)

    monkeypatch.setattr(store.decisions, "append_each", spy)
    undo = {"n": 4, "id": "tabx-4-abc", "ds": dataset.key, "kind": "undo"}
    keys = [op(dataset, 1), op(dataset, 2, (1,), label=99), op(dataset, 3, (2,)), undo, op(dataset, 5, (2,), label=4)]
    assert take(inbox, store, dataset, *keys) == 4
    assert saves == [2, 1, 1]
    assert list(inbox.refused) == [2] and inbox.acknowledged == {"tabx": 5} and inbox.last["n"] == 5
    states = store.decisions.state(dataset.key)
    assert [record.operation.op_id for record in states.records.values()] == [f"tabx-{n}-abc" for n in (1, 3, 4, 5)]
    assert [states.by_image[dataset.names[k]].label for k in (0, 2)] == [dataset.classes[3], dataset.classes[4]]


def test_a_sentence_about_what_was_refused_stays_until_the_browser_has_it(dataset, store):
    inbox = Inbox()
    wrong = op(dataset, 1, label=99)
    for _ in range(2):  # the callback and the run that follows it read the same queue
        take(inbox, store, dataset, wrong)
    assert "outside 0 to 6" in inbox.refused[1][0]
    take(inbox, store, dataset, op(dataset, 2))
    assert not inbox.refused


def test_a_key_counts_for_who_pressed_it_whoever_sends_it(dataset, store):
    take(Inbox(), store, dataset, op(dataset, 1, who="bob"), op(dataset, 2, (1,)))
    states = store.decisions.state(dataset.key).by_image
    assert [states[dataset.names[k]].annotator for k in (0, 1)] == ["bob", "ada"]


def test_an_undo_takes_back_the_decision_that_it_names_or_nothing(dataset, store):
    inbox = Inbox()
    take(inbox, store, dataset, op(dataset, 1, (0,)), op(dataset, 2, (1,)))
    undo = {"n": 3, "id": "tabx-3-abc", "ds": dataset.key, "kind": "undo", "target": "tabx-1-abc"}
    assert take(inbox, store, dataset, undo) == 1
    assert list(store.decisions.state(dataset.key).by_image) == [dataset.names[1]]
    assert take(inbox, store, dataset, {**undo, "n": 4, "id": "tabx-4-abc"}) == 0
    assert inbox.last["images"] == 0


def test_somebody_elses_newer_decision_is_met_and_not_overwritten(dataset, store):
    first, second = Inbox(), Inbox()
    second.take({"client": "taby", "ops": [{**op(dataset, 1), "id": "taby-1-abc"}]}, store, dataset, "bob")
    seq = store.decisions.state(dataset.key).seq
    assert take(first, store, dataset, op(dataset, 1, label=5, seen=seq - 1)) == 0
    assert "bob decided" in first.refused[1][0] and first.refused[1].met == (dataset.names[0],)
    assert take(first, store, dataset, op(dataset, 2, label=5, seen=seq), op(dataset, 3, (0, 1), seen=0)) == 2


def test_a_blind_operation_names_its_face_by_id_and_never_the_class_in_its_name(dataset, store):
    shown = [face_id(dataset, dataset.names[2])]
    inbox = Inbox()
    blind = {"mode": "blind", "names": shown}
    assert take(inbox, store, dataset, op(dataset, 1, **blind), op(dataset, 2, label=None, **blind)) == 1
    assert store.decisions.state(dataset.key).by_image[dataset.names[2]].label == "happiness"
    assert dataset.names[2] not in inbox.refused[2][0]


def test_a_key_on_many_faces_leaves_out_those_that_somebody_else_decided_meanwhile(dataset, store):
    store.decisions.append(Operation("bobbob", dataset.key, "bob", items=(item_of(dataset, 1, "relabel", 5),)))
    inbox, many = Inbox(), op(dataset, 1, (0, 1, 2), seen=0)
    assert take(inbox, store, dataset, many) == 1
    states = store.decisions.state(dataset.key).on(dataset)
    assert [(states[dataset.names[k]].label, states[dataset.names[k]].annotator) for k in range(3)] == [
        (3, "ada"), (5, "bob"), (3, "ada"),
    ]  # fmt: skip
    why, met, saved = inbox.refused[1]
    assert "bob decided 1 of these 3 faces" in why and "saved only for the other 2" in why
    assert (met, saved, inbox.last["images"]) == ((dataset.names[1],), 2, 2)
    again = Inbox()  # the answer was lost, and the tab sends it to another session
    take(again, store, dataset, many)
    assert again.refused[1][1:] == (met, saved) and len(store.decisions.state(dataset.key).records) == 2
    take(inbox, store, dataset, op(dataset, 2, (0, 1, 2), seen=store.decisions.state(dataset.key).seq))
    assert store.decisions.state(dataset.key).by_image[dataset.names[1]].annotator == "ada" and not inbox.refused


def test_a_key_on_faces_that_somebody_else_decided_all_is_not_saved(dataset, store):
    items = tuple(item_of(dataset, row, "exclude") for row in (0, 1))
    store.decisions.append(Operation("bobbob", dataset.key, "bob", items=items))
    inbox = Inbox()
    assert take(inbox, store, dataset, op(dataset, 1, (0, 1), seen=0), op(dataset, 2, (0,), seen=0)) == 0
    assert [refusal.saved for refusal in inbox.refused.values()] == [0, 0]
    assert "it was not saved" in inbox.refused[1].why and "your key was not saved" in inbox.refused[2].why
    assert inbox.acknowledged == {"tabx": 2}
    veiled = veiled_refusals(inbox.refused)
    assert not any(str(name) in str(veiled) for name in dataset.names) and "not saved" in veiled[1].why


@pytest.mark.parametrize(
    "room", [None, [], {"client": 3}, {"client": "t", "ops": "x"}, {"client": "t", "ops": [1, {"n": "1"}]}]
)
def test_what_is_no_queue_is_ignored(dataset, store, room):
    assert Inbox().take(room, store, dataset, "ada") == 0
