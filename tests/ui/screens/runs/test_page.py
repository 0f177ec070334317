"""The Runs page (page.py): settings in words, versions of the evidence (evidence.py), the length of a training
(lengths.py), and the actions on them."""

import json
import re
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from auditor.config import RunConfig
from auditor.evidence import choice, versions
from auditor.jobs import budgeting, graphics
from auditor.store.store import Store
from auditor.training import budget
from auditor.ui.look import evidence_notice
from auditor.ui.screens.runs import lengths, manage, train_form
from auditor.ui.screens.runs import page as runs
from auditor.ui.state import library
from benchmarks import synthetic
from models import lite_weights

PAGES = Path(__file__).resolve().parents[4] / "pages"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A run and its evidence v0001, a spare run, and a poorer v0002 that waits for an answer."""
    workspace, dataset = synthetic.build(tmp_path, 30)
    monkeypatch.setenv("AUDITOR_WORKSPACE", str(workspace.path))
    with versions.new_version(workspace, dataset.key) as (folder, _):
        for file in (workspace.evidence / dataset.key / "v0001").iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        summary = json.loads((folder / "summary.json").read_text())
        summary["skills"] = dict.fromkeys(summary["skills"], 0.2)
        (folder / "summary.json").write_text(json.dumps(summary))
    spare = RunConfig(dataset.reference, ("rul",), epochs=3)
    store = Store.open(workspace)
    store.runs.create("r-spare", spare)
    store.runs.update("r-spare", state="done", progress=1.0)
    store.close()
    workspace.run("r-spare").mkdir()
    (workspace.run("r-spare") / "config.json").write_text(spare.to_json())
    yield workspace, dataset
    library.forget_all()


def shown(page, dataset, **parameters):
    test = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=300)
    for name, value in {"ds": dataset.key, **parameters}.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception and not test.error
    return test


def press(test, key):
    next(button for button in test.button if button.key == key).click()
    test.run()
    assert not test.exception and not test.error


def used(world):
    workspace, dataset = world
    now = choice.standing(workspace, dataset.key)
    return now.version.name, now.pinned, now.waiting and now.waiting.name


def test_the_versions_are_listed_and_used_pinned_named_and_deleted(world):
    workspace, dataset = world
    test = shown("runs", dataset)
    listed = next(each.value for each in test.dataframe if "version" in each.value)
    assert listed["version"].tolist() == ["v0002", "v0001"] and listed["state"].tolist() == ["new", "in use"]
    assert listed["skill"].tolist() == ["0.20", "0.60"]
    assert re.fullmatch(r"\d+ % \(\d+ % to \d+ %\)", listed["wrong labels"][0])
    assert listed["trained on"][1] == "given labels: MAN, RUL, NLA, NoisyFER 8 epochs"
    press(test, "version-use")
    assert used(world) == ("v0002", False, None)
    test.selectbox(key="version").select("v0001").run()
    press(test, "version-pin")
    assert used(world) == ("v0001", True, None)
    press(test, "version-pin")
    assert used(world) == ("v0001", False, None)
    test.selectbox(key="version").select("v0002").run()
    test.text_input(key="version-name-v0002-").set_value("a poor try").run()
    press(test, "version-rename")
    assert choice.read(workspace, dataset.key).names == {"v0002": "a poor try"}
    press(test, "version-delete-v0002")
    assert [version.name for version in versions.versions(workspace, dataset.key)] == ["v0001"]


def test_two_versions_are_compared_when_asked(world):
    test = shown("runs", world[1])
    toggle = next(each for each in test.toggle if each.label == "Compare them")
    toggle.set_value(True).run()
    assert any("Of 30 images in both, **0** are divided differently" in each.value for each in test.markdown)


@pytest.mark.parametrize("page", ["overview", "runs"])
@pytest.mark.parametrize(("key", "name"), [("use-new", "v0002"), ("keep-used", "v0001")])
def test_a_poorer_version_asks_once(world, page, key, name):
    test = shown(page, world[1])
    assert any("its held-out skill is 0.20, and that of v0001 is 0.60" in each.value for each in test.markdown)
    press(test, f"{key}-{page}")
    assert used(world) == (name, False, None)
    assert not any("Use the new evidence?" in each.value for each in test.markdown)


def test_a_run_is_named_and_deleted_but_not_one_that_is_needed(world):
    workspace, dataset = world
    test = shown("runs", dataset, run="r-spare")
    test.text_input(key="run-name-r-spare-").set_value("a try").run()
    press(test, "run-rename")
    assert any("✓ a try · RUL · given labels" in option for option in test.selectbox[0].options)
    press(test, "run-delete-r-spare")
    assert not workspace.run("r-spare").exists()
    needed = shown("runs", dataset, run="r20260101-000000-given")
    assert any("Evidence v0001, which is in use, is built from run" in each.value for each in needed.markdown)
    assert not any(button.key.startswith("run-delete") for button in needed.button)


def test_a_paused_run_is_resumed_or_discarded_and_a_running_one_is_paused(world):
    workspace, dataset = world
    store = Store.open(workspace)
    store.runs.update("r-spare", state="cancelled", progress=0.4)
    test = shown("runs", dataset, run="r-spare")
    assert "Paused at 40%" in test.info[0].value
    assert {"resume_here", "run-delete-r-spare"} <= {button.key for button in test.button}
    assert any("Discard this run" in each.value for each in test.markdown)
    store.runs.update("r-spare", state="running", host="elsewhere", heartbeat=time.time())
    test = shown("runs", dataset, run="r-spare")
    assert [button.label for button in test.button if button.key == "pause_page_r-spare"] == ["Pause"]
    store.close()


def test_settings_are_words_without_nulls():
    config = RunConfig(
        None,
        ("man", "noisyfer"),
        folds=5,
        held_out=0.05,
        options={"noisyfer": {"label_sets": "own", "own_sets": ["a"]}},
    )
    rows = dict(manage.settings(config).itertuples(index=False))
    assert rows["Methods"] == "MAN, NoisyFER" and rows["Epochs"] == "from the preset"
    assert rows["Folds"] == "5, each image scored out of fold" and rows["Held out"] == "5% of the training images"
    assert rows["NoisyFER: own sets"] == "a" and "None" not in rows.values()


def test_runs_that_look_alike_are_told_apart_by_their_ids(world):
    workspace, _ = world
    store = Store.open(workspace)
    one = store.runs.get("r-spare")
    store.close()
    other = type(one)(**{**one.__dict__, "id": "r-other"})
    assert set(runs.names_of([one, other], {}).values()) == {f"{runs.title(each)} · {each.id}" for each in (one, other)}
    assert runs.names_of([one], {})["r-spare"] == runs.title(one) and "r-spare" not in runs.title(one)


def test_no_notice_without_evidence():
    test = AppTest.from_function(lambda: evidence_notice.show("x"))
    assert not test.exception


def form(dataset, monkeypatch, card):
    monkeypatch.setattr(graphics, "card", lambda: card)
    test = AppTest.from_string(
        "from auditor.ui.screens.runs import train_form\ntrain_form.dialog()", default_timeout=60
    )
    test.query_params["ds"] = dataset.key
    test.run()
    assert not test.exception
    return test


@pytest.mark.parametrize(
    ("card", "preset", "said"),
    [
        (None, "demo", "'auto' is the CPU, in float32"),
        (
            graphics.Card("Tesla T4", 15 * 10**9, 16 * 10**9, "fp16"),
            "recommended",
            "the Tesla T4, 15.0 of 16.0 GB free",
        ),
    ],
)
def test_the_train_form_names_the_device_and_begins_with_its_preset(world, monkeypatch, card, preset, said):
    test = form(world[1], monkeypatch, card)
    assert next(box for box in test.selectbox if box.label == "Preset").value == preset
    assert any(said in caption.value for caption in test.caption)


def test_how_long_a_training_takes_is_asked_with_the_form_s_values_and_starts_nothing(world, monkeypatch):
    workspace, dataset = world
    asked = []
    found = {"method": "rul", "batch_size": 16, "image_size": 48, "epochs": 20, "seconds": 600.0, "gigabytes": 1.5,
             "fits": True}  # fmt: skip
    monkeypatch.setattr(lengths.probing, "estimate", lambda *words: asked.append(words) or [found])
    monkeypatch.setattr(lite_weights, "installed", lambda: True)
    test = form(dataset, monkeypatch, None)
    next(box for box in test.text_input if box.label == "Images a step").set_value("16")
    next(box for box in test.selectbox if box.label == "Precision").set_value("no")
    next(box for box in test.selectbox if box.label == "Images in the cache").set_value("jpeg")
    before = len(list(workspace.runs.iterdir()))
    next(button for button in test.button if button.label == "How long?").click().run()
    ((config, images, classes),) = asked
    assert (config.batch_size, config.precision, config.cache_format) == (16, "no", "jpeg")
    assert (images, classes) == (len(dataset.rows("train")), dataset.num_classes)
    assert config.options == {"student": {"backbone": lite_weights.NAME}}
    assert "RUL 10 min and 1.5 GB (16 images of 48 pixels a step)" in test.info[0].value
    assert len(list(workspace.runs.iterdir())) == before


def test_only_the_small_preset_has_a_student_on_the_small_network(world, monkeypatch):
    asked = []
    monkeypatch.setattr(lengths.probing, "estimate", lambda config, *_: asked.append(config) or [])
    monkeypatch.setattr(lite_weights, "installed", lambda: True)
    test = form(world[1], monkeypatch, None)
    next(box for box in test.selectbox if box.label == "Preset").set_value("recommended")
    next(button for button in test.button if button.label == "How long?").click().run()
    assert asked[0].preset == "recommended" and "student" in asked[0].methods and asked[0].options == {}


def test_minutes_are_turned_into_methods_and_epochs_before_anything_starts(world, monkeypatch):
    workspace, dataset = world
    asked = []
    spent = budget.Spending({"nla": 38}, 840.0, 15)

    def plan(config, *words):
        asked.append((config, *words))
        return budgeting.configured(config, spent), spent

    monkeypatch.setattr(lengths.budgeting, "plan", plan)
    test = form(dataset, monkeypatch, None)
    test.segmented_control[0].set_value(15)
    next(box for box in test.number_input if box.label == "Epochs").set_value(3)
    before = len(list(workspace.runs.iterdir()))
    next(button for button in test.button if button.label == "How long?").click().run()
    ((config, _, _, minutes),) = asked
    assert minutes == 15 and config.epochs is None and config.methods == budgeting.all_methods()
    assert test.info[0].value == "NLA, 38 epochs: about 14 min of training on this machine."
    assert len(list(workspace.runs.iterdir())) == before
    started = []
    monkeypatch.setattr(train_form.acts, "start_run", lambda _, config, **__: started.append(config) or "r-spare")
    next(button for button in test.button if button.label == "Start").click().run()
    assert [(each.methods, each.options["nla"]["epochs"]) for each in started] == [(("nla",), 38)]


def test_a_batch_size_that_is_none_is_one_sentence(world, monkeypatch):
    test = form(world[1], monkeypatch, None)
    next(box for box in test.text_input if box.label == "Images a step").set_value("lots")
    next(button for button in test.button if button.label == "Start").click().run()
    assert "The batch size is 'lots'" in test.error[0].value


def test_a_run_that_ran_out_of_memory_offers_smaller_batches(world, monkeypatch):
    _, dataset = world
    store = Store.open(world[0])
    store.runs.update(
        "r-spare", state="failed", message="RUL ran out of memory with 64 images of 224 pixels a step on a card."
    )  # fmt: skip
    store.close()
    resumed = []
    monkeypatch.setattr(runs.manager, "resume", lambda *words: resumed.append(words[1:2] + words[3:]))
    test = AppTest.from_file(str(PAGES / "runs.py"), default_timeout=90)
    test.query_params["ds"], test.query_params["run"] = dataset.key, "r-spare"
    test.run()
    next(button for button in test.button if button.label == "Resume with smaller batches").click().run()
    assert resumed == [("r-spare", "auto")]
