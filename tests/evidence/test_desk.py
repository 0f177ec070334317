"""auditor/evidence/desk.py: a promise's steps outside the app, on a real store."""

import pytest

from auditor.config import Workspace
from auditor.errors import ConfigError, DataError, EvidenceError
from auditor.evidence.desk import Desk
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store


@pytest.fixture
def store(world, version, tmp_path):
    """The decisions, empty; the workspace holds the evidence of the world."""
    store = Store.open(Workspace(tmp_path / "work").make())
    store.datasets.register(world.dataset)
    yield store
    for each in (world.workspace.path / "promises").rglob("*.json"):
        each.unlink()
    store.close()


def at(world, store, *wish):
    return Desk.at(world.workspace, world.dataset, store, *wish)


def right_answers(world, desk):
    return {number: world.dataset.codes[world.dataset.labels[row]] for number, row in desk.to_judge().items()}


def test_from_the_sizes_to_the_accepted_labels(world, store):
    desk = at(world, store, "unflagged", 0.1, 0.9)
    assert desk.sizes() and desk.tries == 0 and desk.sample is None
    made = desk.draw(60, "ada")
    answers = right_answers(world, desk)
    assert list(answers) == list(range(1, 61))
    answers[60] = " "
    assert desk.judge(answers, "ada") == 59
    assert desk.judge(answers, "ada") == 0, "the same answers again are not saved again"
    assert list(desk.to_judge()) == [60] and "59 are judged" in desk.sentence(desk.judged())
    with pytest.raises(EvidenceError, match="does not allow any face"):
        desk.accept("ada")
    assert desk.judge({60: world.dataset.classes[world.dataset.labels[desk.to_judge()[60]]]}, "ada") == 1
    sentence = desk.sentence(desk.judged())
    assert "at most 10 % of them are wrong (90 % sure). 0 of 60" in sentence
    done = desk.accept("ada")
    assert desk.sample is None and {item.action for item in done.items} == {"keep"}
    state = store.decisions.state(world.dataset.key)
    assert all(made.id in item.text and state.by_image[item.image].action == "keep" for item in done.items)
    assert len(desk.pool()) < 280 - 60 - len(done.items), "what is decided is not asked again"


def test_an_open_sample_is_gone_on_with_and_only_one_is_open(world, store):
    at(world, store, "unflagged", 0.1, 0.9).draw(60, "ada")
    again = at(world, store)
    assert (again.kind, again.tolerance, again.confidence) == ("unflagged", 0.1, 0.9)
    with pytest.raises(ConfigError, match="another promise is open"):
        at(world, store, "unflagged", 0.05)
    with pytest.raises(EvidenceError, match="open already"):
        again.draw(60, "ada")
    again.give_up()
    assert again.sample is None and again.tries == 1


@pytest.mark.parametrize("wish", [("labels",), (None, 0.0), (None, float("nan")), (None, None, 1.0)])
def test_what_cannot_be_promised_is_a_sentence(world, store, wish):
    with pytest.raises(ConfigError, match=r"such as|choose"):
        at(world, store, *wish)


def test_an_answer_that_cannot_be_used_saves_nothing(world, store):
    desk = at(world, store, "unflagged", 0.1, 0.9)
    with pytest.raises(ConfigError, match="cannot be drawn"):
        desk.draw(5000, "ada")
    with pytest.raises(EvidenceError, match="draw one first"):
        desk.to_judge()
    desk.draw(60, "ada")
    right = right_answers(world, desk)
    with pytest.raises(DataError, match="Face 61 is not in the sample"):
        desk.judge({**right, 61: right[1]}, "ada")
    with pytest.raises(DataError, match="'joyish' to face 2 is none of"):
        desk.judge({1: right[1], 2: "joyish"}, "ada")
    assert len(desk.to_judge()) == 60
    desk.judge({1: "exclude", 2: "skip"}, "ada")
    assert 1 not in desk.to_judge() and 2 in desk.to_judge()


def test_undone_answers_are_open_again(world, store):
    desk = at(world, store, "unflagged", 0.1, 0.9)
    desk.draw(60, "ada")
    row = desk.to_judge()[5]
    item = item_of(world.dataset, row, "keep")
    store.decisions.append(Operation("blind-one-0001", world.dataset.key, "bob", mode="blind", items=(item,)))
    assert 5 not in desk.to_judge()
    store.decisions.append(Operation("undo-it-00001", world.dataset.key, "bob", kind="undo", target="blind-one-0001"))
    assert 5 in desk.to_judge()
