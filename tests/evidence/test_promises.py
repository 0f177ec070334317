"""auditor/evidence/promises.py: from the draw to one operation that carries the promise, on a real store."""

import dataclasses
import json

import pytest

from auditor.config import Workspace
from auditor.errors import EvidenceError
from auditor.evidence import promise, promises
from auditor.exports import ledger
from auditor.exports.preview import preview
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store


@pytest.fixture
def desk(world, version, tmp_path):
    """A workspace with a store, and the faces whose label nothing doubts."""
    workspace = Workspace(tmp_path / "work").make()
    store = Store.open(workspace)
    store.datasets.register(world.dataset)
    asked = promise.pool(version, promise.LABELS, version.table["row"].to_numpy() >= 0)
    yield workspace, store, asked
    store.close()


def answer(store, dataset, name, label, mode="blind", annotator="ada"):
    """Save one answer, of a class number, or None for 'exclude'."""
    row = dataset.index_of(name)
    action = "exclude" if label is None else "relabel"
    item = item_of(dataset, row, action, label)
    store.decisions.append(
        Operation(f"t-{annotator}-{mode}-{name}"[:60], dataset.key, annotator, mode=mode, items=(item,))
    )


def drawn(desk, world, version, sample=80):
    workspace, _, asked = desk
    return promises.draw(workspace, world.dataset, version, asked, sample, risk=0.1, confidence=0.9, by="ada")


def test_from_the_draw_to_one_undoable_operation_in_the_ledger(desk, world, version):
    workspace, store, _ = desk
    made = drawn(desk, world, version)
    assert promises.listed(workspace, world.dataset.key) == [made]
    state = store.decisions.state(world.dataset.key)
    assert promises.judged(made, world.dataset, state).done == 0
    for number, name in enumerate(made.sampled):
        found = promises.judged(made, world.dataset, store.decisions.state(world.dataset.key))
        assert (found.done, found.offer, found.wrong) == (number, None, -1)  # nothing is told before the end
        answer(store, world.dataset, name, int(world.dataset.labels[world.dataset.index_of(name)]))
    found = promises.judged(made, world.dataset, store.decisions.state(world.dataset.key))
    assert found.wrong == 0 and found.left and not set(found.left) & set(made.sampled)

    done = promises.operation(made, found, world.dataset, "ada")
    assert {item.action for item in done.items} == {"keep"} and len(done.items) == len(found.left)
    store.decisions.append(done)
    state = store.decisions.state(world.dataset.key)
    assert all(state.by_image[name].action == "keep" for name in found.left)
    change = next(c for c in preview(world.dataset, state).decided if c.name == found.left[0])
    assert "at most 10 % of them are wrong (90 % sure)" in change.promise and made.id in change.promise
    store.decisions.append(Operation("undo-it", world.dataset.key, "ada", kind="undo", target=done.op_id))
    assert found.left[0] not in store.decisions.state(world.dataset.key).by_image


def test_accepted_suggestions_carry_the_promise_into_the_ledger(desk, world, version):
    _, store, _ = desk
    asked = promise.pool(version, promise.SUGGESTIONS, version.table["row"].to_numpy() >= 0)
    made = promises.draw(desk[0], world.dataset, version, asked, 10, risk=0.2, confidence=0.9, by="ada")
    found = promises.Judged(10, 10, 0, promise.Offer(12, 10, 0, 0.1), made.names[:2])
    store.decisions.append(promises.operation(made, found, world.dataset, "ada"))
    text, unreadable = ledger.text(world.dataset, preview(world.dataset, store.decisions.state(world.dataset.key)))
    lines = [json.loads(line) for line in text.splitlines()]
    assert not unreadable and [line["action"] for line in lines] == ["relabel"] * 2
    assert all(line["promise"].startswith("Accept 2 suggestions: at most 20 % of them are wrong") for line in lines)


def test_only_blind_answers_since_the_draw_count_and_the_stricter_of_two(desk, world, version):
    _, store, _ = desk
    made = drawn(desk, world, version)
    for name in made.sampled[1:]:
        answer(store, world.dataset, name, int(world.dataset.labels[world.dataset.index_of(name)]))
    name = made.sampled[0]
    label = int(world.dataset.labels[world.dataset.index_of(name)])
    answer(store, world.dataset, name, label, mode="open")
    held = lambda: promises.judged(made, world.dataset, store.decisions.state(world.dataset.key))  # noqa: E731
    assert held().done == held().total - 1
    answer(store, world.dataset, name, label)
    assert held().wrong == 0
    answer(store, world.dataset, name, None, annotator="bob")
    assert held().wrong == 1
    later = dataclasses.replace(made, at=made.at + 1e6)
    assert promises.judged(later, world.dataset, store.decisions.state(world.dataset.key)).done == 0


def test_faces_decided_meanwhile_are_not_offered_and_weaken_the_bound(desk, world, version):
    _, store, _ = desk
    made = drawn(desk, world, version)
    for name in made.sampled:
        answer(store, world.dataset, name, int(world.dataset.labels[world.dataset.index_of(name)]))
    before = promises.judged(made, world.dataset, store.decisions.state(world.dataset.key))
    taken = before.left[:5]
    for name in taken:
        answer(store, world.dataset, name, None, mode="open", annotator="bob")
    after = promises.judged(made, world.dataset, store.decisions.state(world.dataset.key))
    assert not set(taken) & set(after.left) and len(after.left) <= len(before.left) - 5


def test_a_sample_given_up_makes_the_next_stricter_and_an_accepted_one_does_not(desk, world, version):
    workspace, _, _ = desk
    key = world.dataset.key
    first = drawn(desk, world, version)
    promises.save(workspace, key, promises.given_up(first))
    second = drawn(desk, world, version)
    assert (second.attempt, second.delta) == (1, pytest.approx(promise.level(0.9, 1)))
    promises.save(workspace, key, promises.accepted(second, "op"))
    assert drawn(desk, world, version).attempt == 0


def test_a_damaged_file_is_a_sentence_and_nothing_can_be_accepted_without_an_offer(desk, world, version):
    workspace, _, _ = desk
    made = drawn(desk, world, version)
    with pytest.raises(EvidenceError, match="does not allow any face"):
        promises.operation(made, promises.Judged(1, 2, -1, None), world.dataset, "ada")
    (workspace.path / "promises" / world.dataset.key / f"{made.id}.json").write_text("{")
    with pytest.raises(EvidenceError, match="cannot be read"):
        promises.listed(workspace, world.dataset.key)
