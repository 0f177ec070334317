"""The History page as a script, without a browser. Mirrors auditor/ui/screens/history: people.py, bulk.py, page.py."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from auditor.store import undoing
from auditor.store.operations import Item, Operation, item_of
from auditor.store.people import agreement
from auditor.ui.screens.history import people
from auditor.ui.state import decide, library
from auditor.ui.state.columns import build
from auditor.ui.state.filters import Filters, select
from auditor.ui.state.overlay import Overlay

PAGE = Path(__file__).resolve().parents[4] / "pages" / "history.py"


@pytest.fixture(autouse=True)
def closed():
    yield
    library.forget_all()


@pytest.fixture
def contested(dataset, store):
    """ada and bob differ on the first two faces and agree on the third; the second is settled."""
    decide.on_rows(store, dataset, [0, 1, 2], "relabel", annotator="ada", label=3)
    decide.on_rows(store, dataset, [0], "exclude", annotator="bob")
    decide.on_rows(store, dataset, [1], "keep", annotator="bob")
    decide.on_rows(store, dataset, [2], "relabel", annotator="bob", label=3)
    decide.on_rows(store, dataset, [1], "relabel", annotator="cyd", label=5, mode="final")
    return store.decisions.state(dataset.key)


def show(dataset, **parameters):
    test = AppTest.from_file(str(PAGE), default_timeout=300)
    test.query_params["ds"] = dataset.key
    for name, value in parameters.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def press(test, label):
    next(button for button in test.button if button.label == label).click()
    test.run()
    assert not test.exception


def test_disputes_name_each_ones_decision_and_what_stands(dataset, contested):
    first, second = people.disputes(dataset, contested)
    assert (first.row, first.given, first.opinions) == (0, "surprise", ("ada: happiness", "bob: excluded"))
    assert (first.stands, first.final) == ("excluded, the latest, by bob", False)
    assert (second.row, second.stands) == (1, "final: anger, by cyd")
    table = people.table(agreement(contested))
    assert table.iloc[0, :3].tolist() == ["ada and bob (Cohen)", 3, "33%"] and len(table) == 1


def test_with_three_people_there_is_a_row_for_all(dataset, store, contested):
    decide.on_rows(store, dataset, [0], "exclude", annotator="cyd")
    table = people.table(agreement(store.decisions.state(dataset.key)))
    assert table["who"].tolist()[-1] == "all 3 (Fleiss)" and not math.isnan(table["kappa"].iloc[-1])


def test_a_final_decision_is_made_on_the_page_and_stands_for_export(dataset, store, contested):
    test = show(dataset, tab="people")
    name = dataset.names[0]
    assert any("ada: happiness · bob: excluded" in each.value for each in test.caption)
    test.selectbox(key=f"final-{name}").set_value(("relabel", 1)).run()
    next(button for button in test.button if button.key == f"final-go-{name}").click().run()
    assert not test.exception
    standing = store.decisions.state(dataset.key).on(dataset)[name]
    assert (standing.label, standing.mode) == (1, "final")
    assert all(each.final for each in people.disputes(dataset, store.decisions.state(dataset.key)))


def test_filters_leave_the_faces_on_which_people_differ(dataset, contested):
    overlay = Overlay.empty(len(dataset)).update(dataset, contested)
    for wanted, rows in (("differ", [0, 1]), ("open", [0]), ("", [0, 1, 2, 3, 4, 5]), ("nonsense", [0, 1, 2, 3, 4, 5])):
        filters = Filters.read({"people": wanted})
        assert select(filters, dataset, build(dataset, None), overlay).tolist() == rows


def test_everything_since_a_decision_can_be_chosen_and_is_asked_about(dataset, store, contested):
    """What the dialog's own buttons do is tested in a browser (tests/e2e/test_history.py)."""
    test = show(dataset)
    second = list(contested.records.values())[1]
    next(button for button in test.button if button.key == f"since-{second.seq}").click().run()
    assert any("4 of 5 operations" in each.value for each in test.caption)
    press(test, "Undo these 4 …")
    asked = next(each.value for each in test.markdown if each.value.startswith("Undo 4 decisions"))
    assert "on 3 images: 3 by bob, 1 by cyd, made " in asked
    assert all(record.active for record in store.decisions.state(dataset.key).records.values())
    press(test, "Show all")
    assert "Undo these 5 …" in [button.label for button in test.button]


def test_a_pass_is_undone_and_brought_back(dataset, store, contested):
    chosen = undoing.choose(contested.records.values(), annotators=["bob", "cyd"])
    assert decide.run_pass(store, dataset, chosen, annotator="dan") == 4
    state = store.decisions.state(dataset.key)
    assert {image: each.annotator for image, each in state.by_image.items()} == dict.fromkeys(dataset.names[:3], "ada")
    decide.run_pass(store, dataset, undoing.choose(state.records.values(), "redo"), annotator="dan")
    assert store.decisions.state(dataset.key).contested == set(dataset.names[:2])


def test_what_is_no_longer_applicable_is_listed_with_its_reason(dataset, store):
    items = (Item("gone.jpg", 7, "keep", "fear"), Item(dataset.names[0], 0, "relabel", "surprise", "joy"))
    store.decisions.append(Operation("op-1", dataset.key, "ada", items=items))
    store.decisions.append(Operation("op-2", dataset.key, "ada", items=(item_of(dataset, 1, "keep"),)))
    test = show(dataset)
    (warning,) = test.warning
    assert warning.value.startswith("2 decisions are no longer applicable (")
    assert f"{dataset.names[0]}: the data set has no class joy any more".replace("_", r"\_") in warning.value
    assert "gone.jpg: the data set has no such image any more" in warning.value
    said = next(
        each.value for each in test.caption if "1 no longer applicable: the data set has no class joy" in each.value
    )
    assert "no such image" in said
    overlay = Overlay.empty(len(dataset)).update(dataset, store.decisions.state(dataset.key))
    assert overlay.action[:3].tolist() == [0, 1, 0]  # reviewed is what applies
