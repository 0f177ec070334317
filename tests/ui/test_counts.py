"""One count everywhere: every page and command says the same of one data set (auditor/store/counts.py).

Among them the training form, runs/train_form.py.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from auditor.cli import main
from auditor.store import counts
from auditor.store.operations import Item, Operation, item_of
from auditor.store.store import Store
from auditor.ui.screens.compare import parts as compare
from auditor.ui.screens.map import actions as map_actions
from auditor.ui.screens.overview.parts import Overview
from auditor.ui.screens.review import payload, room
from auditor.ui.screens.review.payload import ReviewData
from auditor.ui.state import library, session
from auditor.ui.state.filters import Filters
from benchmarks import synthetic

PAGES = Path(__file__).resolve().parents[2] / "pages"
SENTENCE = "24 of 60 training faces reviewed, 6 skipped; 2 of 7 test faces reviewed; 1 decision is no longer applicable"


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """60 training faces and 7 test faces; of the former 10 kept, 8 relabelled, 2 ambiguous, 4 excluded, 6 skipped."""
    workspace, dataset = synthetic.build(tmp_path_factory.mktemp("counted"), 60)
    store = Store.open(workspace)

    def decide(op_id, action, rows, mode="open", change=0):
        items = []
        for row in rows:
            given = int(dataset.labels[row])
            label = (given + change) % dataset.num_classes if action == "relabel" else None
            items.append(item_of(dataset, row, action, label))
        store.decisions.append(Operation(op_id, dataset.key, "ada", mode=mode, items=tuple(items)))

    decide("kept-open", "keep", range(9))
    decide("kept-blind", "relabel", [9], mode="blind")  # to the given label: kept
    decide("relabelled", "relabel", range(10, 18), change=1)
    decide("ambiguous", "ambiguous", [18, 19])
    decide("excluded", "exclude", range(20, 24))
    decide("skipped", "skip", range(24, 30))
    decide("wrongly", "exclude", range(30, 40))
    store.decisions.append(Operation("taken-back", dataset.key, "ada", kind="undo", target="wrongly"))
    decide("again", "relabel", range(6), mode="repeat", change=2)
    decide("tests", "relabel", [60, 61], change=1)
    gone = Item("train_99999.jpg", 99, "relabel", dataset.classes[0], dataset.classes[1])
    store.decisions.append(Operation("gone", dataset.key, "ada", items=(gone,)))
    yield workspace, dataset, store
    store.close()
    library.forget_all()


@pytest.fixture(autouse=True)
def here(audited, monkeypatch):
    workspace, _, store = audited
    monkeypatch.setenv("AUDITOR_WORKSPACE", str(workspace.path))
    monkeypatch.setattr(session, "store", lambda: store)
    yield
    library.forget_all()


def texts(page, key):
    """Everything that a page says, as one text."""
    test = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=300)
    test.query_params["ds"] = key
    test.run()
    assert not test.exception
    found = [
        str(each.value)
        for kind in ("markdown", "caption", "html", "warning", "success")
        for each in test.get(kind)
        if hasattr(each, "value")
    ]
    found += [each.proto.body for each in test.get("html")]
    found += [option for group in test.get("button_group") for option in getattr(group, "options", [])]
    return re.sub(r"<[^>]+>", "", "\n".join(found))


def test_the_data_set_is_counted_as_it_was_made(audited):
    _, dataset, store = audited
    found = counts.count(dataset, store.decisions.state(dataset.key))
    assert found.sentence == SENTENCE
    assert found.audited == counts.Tally(60, kept=10, relabelled=8, ambiguous=2, excluded=4, skipped=6)
    assert found.changed.sentence == (
        "8 of 60 labels changed in EmoLabel/train_label.txt, 2 of 7 in EmoLabel/test_label.txt"
    )


@pytest.mark.parametrize("page", ["data", "history", "export"])
def test_pages_say_the_sentence(audited, page):
    assert SENTENCE in texts(page, audited[1].key)


def test_overview_says_the_same_numbers(audited):
    _, dataset, _ = audited
    shown = texts("overview", dataset.key)
    assert "24 of 60 faces reviewed" in shown and "6 skipped; " in shown


def test_compare_says_the_sentence_and_what_a_retrain_learns(audited):
    _, dataset, store = audited
    shown = compare.corrections(counts.count(dataset, store.decisions.state(dataset.key)))
    assert shown.startswith(SENTENCE)
    assert "Of the training faces, 8 get a new label, 2 are ambiguous, 4 are left out" in shown
    assert shown in texts("compare", dataset.key)


def review(audited, **filters):
    workspace, dataset, store = audited
    version, state = library.evidence(workspace, dataset), store.decisions.state(dataset.key)
    return ReviewData(
        dataset, library.columns(dataset, version), library.overlay(workspace, dataset), state, "v0001", "ada",
        Filters(**filters),
    )  # fmt: skip


def test_review_says_the_same_numbers(audited, monkeypatch):
    monkeypatch.setattr(room.st, "session_state", {})
    found = review(audited)
    told = payload.counts(found, room.queue(found))
    assert (told["all"], told["all_reviewed"], told["queue"], told["reviewed"], told["skipped"]) == (60, 24, 60, 24, 6)


@pytest.mark.parametrize(("reviewed", "number"), [("yes", 24), ("no", 36), ("skip", 6), ("keep", 10), ("relabel", 8)])
def test_a_filter_opens_as_many_faces_as_the_count_says(audited, monkeypatch, reviewed, number):
    monkeypatch.setattr(room.st, "session_state", {})
    found = review(audited, reviewed=reviewed)
    assert payload.counts(found, room.queue(found))["queue"] == number


def test_blind_mode_counts_faces_not_showings(audited, monkeypatch):
    monkeypatch.setattr(room.st, "session_state", {})
    found = review(audited, blind=1)
    line = room.queue(found)
    told = payload.counts(found, line)
    # One of the 60 was answered blind already; of three blocks of 20, the last one too short, two faces come again.
    assert told["queue"] == 59 and told["all"] == 60 and told["repeats"] == int(line.repeats.sum()) > 0
    assert len(line.rows) == told["queue"] + told["repeats"]


def test_a_selection_of_test_faces_is_no_larger_than_what_it_is_of(audited, monkeypatch):
    monkeypatch.setattr(room.st, "session_state", {})
    found = review(audited)
    line = payload.Queue((), np.arange(60, 67, dtype=np.int32), np.zeros(7, bool), found.columns, found.dataset)
    told = payload.counts(found, line)
    assert (told["queue"], told["reviewed"], told["all"]) == (7, 2, 67)


def test_the_map_says_the_same_numbers_of_a_selection(audited):
    workspace, dataset, _ = audited
    view = type("View", (), {"dataset": dataset, "overlay": library.overlay(workspace, dataset)})
    assert "24 reviewed, 36 left" in map_actions._composition(view, counts.audited(dataset))


def test_the_next_ones_are_exactly_those_that_the_button_opens(audited, monkeypatch):
    opened = {}
    monkeypatch.setattr(session, "open_page", lambda _, **filters: opened.update(filters))
    test = AppTest.from_file(str(PAGES / "overview.py"), default_timeout=300)
    test.query_params["ds"] = audited[1].key
    test.run()
    button = next(each for each in test.button if each.key == "overview-next")
    number = int(button.label.rsplit(" ", 1)[1])
    button.click().run()
    chosen = session.store().selections.find(opened["sel"], audited[1])
    assert number == 36 == len(chosen.rows) and chosen.label == "the next 36"  # of 60, 24 are reviewed


def test_overview_counts_images_that_no_method_scored(audited):
    workspace, dataset, _ = audited
    version = library.evidence(workspace, dataset)
    parts = Overview(dataset, version, version.table.iloc[:50], version.summary, library.overlay(workspace, dataset))
    assert "10 were scored by no method" in parts._unscored(parts.tally) and parts.tally.faces == 60


def test_commands_say_the_sentence(audited, tmp_path, capsys):
    workspace, dataset, _ = audited
    words = [str(dataset.root), "--workspace", str(workspace.path)]
    assert main(["export", *words, "--out", str(tmp_path / "out.txt")]) == 0
    said = capsys.readouterr()
    assert SENTENCE in said.err and "8 of 60 labels changed in EmoLabel/train_label.txt, 2 of 7" in said.out
    (tmp_path / "again.csv").write_text(f"name,action,label\n{dataset.names[0]},keep,\n")
    assert main(["decide", *words, "--annotator", "ada", "--from", str(tmp_path / "again.csv")]) == 0
    assert SENTENCE in capsys.readouterr().out


def test_the_training_form_says_the_sentence_and_begins_with_the_corrected_labels(audited):
    script = "from auditor.ui.screens.runs import train_form\ntrain_form.dialog()"
    test = AppTest.from_string(script, default_timeout=300)
    test.query_params["ds"] = audited[1].key
    test.run()
    assert not test.exception
    labels = next(box for box in test.selectbox if box.label == "Labels")
    assert labels.value == "corrected"
    assert labels.help == f"{SENTENCE}: 8 get a new label, 4 are left out"
