"""The pages Data, Review, Runs and Export as a script run, without a browser: empty, and with a data set."""

import dataclasses
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from auditor.config import RunConfig
from auditor.data.align import detector
from auditor.exports.preview import preview
from auditor.store.operations import Item, Operation, item_of
from auditor.ui.look.plain import plain
from auditor.ui.screens import export
from auditor.ui.state import library
from tests.data.kinds.cases import WORDS, listed, pictures

PAGES = Path(__file__).resolve().parents[2] / "pages"


def run(page, key=None, **parameters):
    test = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=300)
    if key is not None:
        test.query_params["ds"] = key
    for name, value in parameters.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


@pytest.fixture(autouse=True)
def closed():
    yield
    library.forget_all()


@pytest.mark.parametrize("page", ["review", "runs", "export"])
def test_a_page_without_data_says_what_to_do(page):
    assert [button.label for button in run(page).button] == ["Open a data set"]


def test_data_page_offers_the_demo_and_a_folder_then_counts_and_problems(dataset, store):
    with (dataset.root / "EmoLabel" / "train_label.txt").open("a") as file:
        file.write("train_00009.jpg 3\n")
    shown = run("data", dataset.key)
    assert shown.title[0].value == plain(dataset.title)
    counts = shown.dataframe[0].value
    assert counts["train"].tolist() == [2, 1, 2, 0, 0, 0, 1, 6]
    problems = run("data", dataset.key, tab="problems").dataframe[0].value
    assert problems[["kind", "line"]].to_numpy().tolist() == [["missing-image", 7]]


def test_data_page_says_in_a_sentence_what_a_data_set_has_not_got(dataset, store, monkeypatch):
    assert "There is only one label set" in run("data", dataset.key, tab="sets").info[-1].value
    monkeypatch.setattr(detector, "installed", lambda: False)
    assert "used as they are" in run("data", dataset.key, tab="alignment").info[-1].value
    monkeypatch.setattr(detector, "installed", lambda: True)
    assert "Align the faces" in [button.label for button in run("data", dataset.key, tab="alignment").button]


def test_data_page_of_nobody_welcomes():
    shown = run("data")
    assert "Start the demo" in [button.label for button in shown.button]


def test_data_page_says_in_a_sentence_why_a_folder_cannot_be_opened(tmp_path):
    shown = run("data")
    shown.text_input(key="path").set_value(str(tmp_path / "nowhere"))
    next(button for button in shown.button if button.label == "Open data").click().run()
    assert len(shown.error) == 1
    assert "nowhere" in shown.error[0].value
    assert not shown.exception


def test_runs_page_without_runs_says_how_long_one_takes(dataset, store):
    assert "about a minute" in run("runs", dataset.key).markdown[0].value


def test_export_page_writes_the_source_byte_for_byte_without_decisions(dataset, store, workspace):
    shown = run("export", dataset.key)
    assert "byte for byte" in shown.markdown[0].value
    next(button for button in shown.button if button.label == "Write").click().run()
    written = workspace.path / "exports" / dataset.key / "train_label.txt"
    assert written.read_bytes() == (dataset.root / "EmoLabel" / "train_label.txt").read_bytes()
    assert plain("0 of 6 labels changed in EmoLabel/train_label.txt") in shown.success[0].value


def test_export_page_tells_what_it_will_do_before_anything_is_written(dataset, store, workspace):
    items = (item_of(dataset, 0, "relabel", 3), item_of(dataset, 1, "exclude"), item_of(dataset, 2, "tag", text="dim"))
    store.decisions.append(Operation("abcdef", dataset.key, "ada", items=items))
    gone = Item(dataset.names[3], 3, "relabel", "disgust", "joy")
    store.decisions.append(Operation("abcdeg", dataset.key, "bob", items=(gone, item_of(dataset, 0, "keep"))))
    shown = run("export", dataset.key)
    said = shown.info[0].value
    assert "- 1 excluded image is left out of the file, every line of it." in said
    assert "- People differ on 1 face: 1 by the latest." in said
    assert "- 1 image has tags or a note, which this format cannot hold" in said
    assert "the data set has no class joy any more" in said
    shown.selectbox(key="export_excluded").set_value("Keep them, with the given label").run()
    assert "stays in the file, with the given label, as you chose" in shown.info[0].value
    source = (dataset.root / "EmoLabel" / "train_label.txt").read_bytes()
    written = workspace.path / "exports" / dataset.key / "train_label.txt"
    next(button for button in shown.button if button.label == "Write").click().run()
    assert written.read_bytes() == source
    shown.selectbox(key="export_excluded").set_value("Leave them out").run()
    next(box for box in shown.checkbox if box.label.startswith("Replace the existing file")).check().run()
    next(button for button in shown.button if button.label == "Write").click().run()
    assert written.read_bytes() == source.replace(b"train_00002.jpg 1\n", b"")


def test_export_table_shows_every_change(dataset, store):
    items = (
        item_of(dataset, 0, "relabel", 3),
        item_of(dataset, 1, "exclude"),
        item_of(dataset, 2, "ambiguous", 2, soft=(0, 0.25, 0.75, 0, 0, 0, 0)),
    )
    store.decisions.append(Operation("abcdef", dataset.key, "ada", items=items))
    decisions = preview(dataset, store.decisions.state(dataset.key))
    changes = export.table(dataset, decisions.decided)
    assert changes[["from", "to", "line", "by"]].to_numpy().tolist() == [
        ["surprise", "happiness", 1, "ada"],
        ["surprise", "excluded", 2, "ada"],
        ["fear", "disgust 75%, fear 25%", 3, "ada"],
    ]  # fmt: skip
    assert export.file_name(dataset, "source") == "train_label.txt"
    assert export.file_name(dataset, "soft") == "raf-train_label-soft.csv"
    content = export.content(dataset, decisions, "excluded", None, {})
    assert content.decode().split() == [dataset.names[1]]


def test_data_page_asks_before_it_opens_what_is_doubtful_and_lets_it_be_changed(tmp_path, workspace):
    names = pictures(tmp_path / "faces", [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    listed(tmp_path / "faces", "labels.csv", names, WORDS[::-1])
    shown = run("data")
    shown.text_input(key="path").set_value(str(tmp_path / "faces"))
    next(button for button in shown.button if button.label == "Open data").click().run()
    assert not shown.exception
    assert "Which format is right?" in [each.value for each in shown.subheader]
    assert [len(table.value) for table in shown.dataframe] == [3, 3]
    assert [button.label for button in shown.button].count("Open like this") == 2
    shown.button(key="answer_1").click().run()
    assert not shown.exception
    assert shown.title[0].value == "faces"
    assert any("**Format**: Image folder" in each.value for each in shown.markdown)
    key = "".join(shown.query_params["ds"])
    shown.selectbox(key=f"other_format_{key}").set_value("table").run()
    shown.button(key=f"change_format_{key}").click().run()
    assert not shown.exception
    assert shown.title[0].value == "faces · labels.csv"


@pytest.mark.parametrize("page", ["overview", "map", "methods", "compare"])
def test_a_page_without_evidence_says_that_training_is_running(dataset, store, page):
    assert "Train a method" in [button.label for button in run(page, dataset.key).button]
    store.runs.create("r-first", RunConfig(dataset.reference, ("nla",)))
    shown = run(page, dataset.key)
    assert shown.markdown[0].value.startswith("Training is running; progress is in the sidebar.")
    assert [button.label for button in shown.button] == ["Watch it in Runs"]


def test_compare_offers_no_second_retraining_while_one_runs(dataset, store):
    store.decisions.append(Operation("abcdef", dataset.key, "ada", items=(item_of(dataset, 0, "relabel", 3),)))
    config = RunConfig(dataset.reference, ("nla",))
    store.runs.create("r-before", config)
    store.runs.update("r-before", state="done", progress=1.0)
    assert "Retrain on the corrected labels" in [button.label for button in run("compare", dataset.key).button]
    store.runs.create("r-after", dataclasses.replace(config, labels="corrected"))
    shown = run("compare", dataset.key)
    assert "A run on the corrected labels is being trained" in shown.markdown[0].value and not shown.button
