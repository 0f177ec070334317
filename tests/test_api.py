"""auditor/api.py, auditor/api_exports.py, data/imported.py, exports/faces.py, exports/suspects.py,
jobs/watching.py: the job in a script.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import auditor
from auditor.data.demo import generate
from auditor.errors import ConfigError, DataError, EvidenceError, JobError
from auditor.exports import faces
from auditor.jobs import manager, watching
from auditor.store.store import Store
from tests.conftest import REPOSITORY
from tests.nearly_right import add_opinion

SMALL = {"epochs": 1, "image_size": 32, "batch_size": 16, "preset": "demo", "device": "cpu"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Sixty drawn faces, fifty of them to train on."""
    return generate.generate(tmp_path_factory.mktemp("api") / "faces", images=60, seed=5)


@pytest.fixture(scope="module")
def trained(drawn, tmp_path_factory):
    """An audit whose evidence is one epoch of NLA's."""
    audit = auditor.open(drawn, workspace=tmp_path_factory.mktemp("api") / "work")
    manager.EXTRA = ("--no-map",)
    try:
        run = audit.train("nla", **SMALL)
    finally:
        manager.EXTRA = ()
    assert run.state == "done" and run.methods == ("nla",) and (run.folder / "config.json").is_file()
    return audit


def test_asking_for_the_package_loads_nothing_heavy():
    code = "import auditor, sys; print([m for m in ('numpy', 'pandas', 'torch', 'streamlit') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert said.stdout.strip() == "[]"
    assert {"open", "from_frame", "demo", "Audit"} <= set(dir(auditor))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = auditor.nothing_like_it


@pytest.mark.slow
def test_from_training_to_the_corrected_label_file(trained, drawn, tmp_path):
    add_opinion(trained)  # one epoch suggests nothing
    table = trained.evidence()
    assert len(table) == 50 and table["p_mislabelled"].between(0, 1).all()
    suspects = trained.suspects(5)
    assert suspects.names == list(table.sort_values("p_mislabelled", ascending=False, kind="stable")["name"][:5])
    page = suspects._repr_html_()
    assert page.count("data:image/jpeg;base64,") == 5 and "http" not in page

    first, second, third = suspects.names[:3]
    assert trained.decide(first, "relabel", "happiness", annotator="ada") == 1
    assert trained.decide([second, second], "exclude", annotator="ada") == 1
    differs = table[(table["given"] != table["suggested"]) & ~table["name"].isin([first, second])].iloc[0]
    agrees = table[(table["given"] == table["suggested"]) & ~table["name"].isin([first, second])].iloc[0]
    assert trained.decide([differs["name"], agrees["name"]], "accept", annotator="ada") == 2
    trained.decide(third, "skip", annotator="ada")
    again = trained.suspects(50).names
    assert not {first, second, differs["name"], agrees["name"]} & set(again)
    assert third in again or third in (differs["name"], agrees["name"])

    (written,) = trained.export(tmp_path / "corrected.txt")
    before = dict(line.split() for line in (drawn / "EmoLabel" / "train_label.txt").read_text().splitlines())
    after = dict(line.split() for line in written.read_text().splitlines())
    page = trained.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "1 image excluded" in page and "<img" not in page
    with pytest.raises(ConfigError, match="none, blurred, shown"):
        trained.report(tmp_path / "report.html", faces="all")
    store = Store.open(trained.workspace)
    assert [event.detail.partition(":")[0] for event in store.trail.list(trained.dataset.key)][:2] == [
        "report, faces none", "source",
    ]  # fmt: skip
    store.close()
    changed = {name: label for name, label in after.items() if before[name] != label}
    expected = {first: "4", differs["name"]: differs["suggested"]}  # 4 is RAF-DB's happiness
    assert changed == {name: label for name, label in expected.items() if before[name] != label}


@pytest.mark.slow
def test_the_app_is_started_once_and_ends_with_the_process(trained):
    address = trained.show("overview")
    assert address.endswith(f"/overview?ds={trained.dataset.key}")
    assert trained.show().rpartition("/")[0] == address.rpartition("/")[0]
    with urllib.request.urlopen(address.rpartition("/")[0]) as answer:
        assert answer.status == 200
    with pytest.raises(ConfigError, match="leave the port out"):
        trained.show(port=1)
    auditor.api._servers.pop(trained.workspace.path).stop()


@pytest.mark.slow
def test_an_interrupt_cancels_the_run(drawn, tmp_path, monkeypatch):
    """As the notebook's stop button does, which raises KeyboardInterrupt where Python is."""
    audit, waited, looks = auditor.open(drawn, workspace=tmp_path / "work"), watching.wait, []

    def interrupted(store, run_id):
        looks.append(run_id)
        if len(looks) == 1:
            raise KeyboardInterrupt
        return waited(store, run_id)

    monkeypatch.setattr(watching, "wait", interrupted)
    run = audit.train("nla", **{**SMALL, "epochs": 500})
    assert run.state == "cancelled" and looks == [run.id, run.id]


def test_a_run_that_fails_says_why_and_where_its_log_is(drawn, tmp_path, monkeypatch):
    audit = auditor.open(drawn, workspace=tmp_path / "work")

    def start(workspace, config, store):
        run_id = manager.create(store, workspace, config)
        store.runs.update(run_id, state="failed", message="The disk is full; free some space.")
        return run_id

    monkeypatch.setattr(manager, "start", start)
    with pytest.raises(JobError, match=r"The disk is full; free some space\. The run .* see its log .*run\.log"):
        audit.train("nla", **SMALL)
    with pytest.raises(ConfigError, match="no method 'nobody'"):
        audit.train("nobody", **SMALL)
    with pytest.raises(ConfigError, match="no such setting"):
        audit.train("nla", epoch=3)


def test_what_cannot_be_decided_saves_nothing(drawn, tmp_path):
    audit = auditor.open(drawn, workspace=tmp_path / "work")
    known = str(audit.dataset.names[0])
    for names, action, label, error, message in (
        ([known, "nobody.jpg"], "keep", None, DataError, r"Nothing was saved, .*no image .*nobody\.jpg"),
        ([known], "approve", None, DataError, "choose one of accept, keep, relabel"),
        ([known], "relabel", "hunger", DataError, "because the label 'hunger' is none of"),
        ([known], "relabel", None, DataError, "because a relabelling needs a label"),
        ([known], "accept", "fear", DataError, "give no other"),
        ([known], "accept", None, EvidenceError, "No training of this data set"),
    ):
        with pytest.raises(error, match=message):
            audit.decide(names, action, label, annotator="ada")
    store = Store.open(audit.workspace)
    assert not store.decisions.state(audit.dataset.key).by_image
    store.close()


@pytest.fixture
def frame(tmp_path):
    for folder, shade in (("a", 40), ("b", 90), ("b", 160)):
        (tmp_path / "faces" / folder).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 20), (shade,) * 3).save(tmp_path / "faces" / folder / f"{shade}.png")
    paths = [tmp_path / "faces" / name for name in ("a/40.png", "b/90.png", "b/160.png")]
    return pd.DataFrame({"path": paths, "emotion": ["joy", "fear", "joy"], "part": ["train", "train", "test"]})


def test_a_frame_is_a_data_set_and_its_decisions_stay_with_its_images(frame, tmp_path, monkeypatch):
    audit = auditor.from_frame(frame, image="path", label="emotion", split="part", workspace=tmp_path / "w")
    assert audit.dataset.classes == ("fear", "joy") and not audit.dataset.problems
    assert audit.dataset.root == tmp_path / "faces"
    assert [len(audit.dataset.rows(split)) for split in ("train", "test")] == [2, 1]
    audit.decide("a/40.png", "exclude", annotator="ada")
    corrected = frame.assign(emotion=["fear", "fear", "joy"])
    monkeypatch.chdir(tmp_path / "faces")
    corrected["path"] = [os.path.relpath(path) for path in corrected["path"]]
    again = auditor.from_frame(corrected, image="path", label="emotion", split="part", workspace=tmp_path / "w")
    assert again.dataset.key == audit.dataset.key
    assert again.dataset.counts().tolist() == [2, 1]
    (excluded,) = again.export(tmp_path / "excluded.txt", "excluded")
    assert excluded.read_text().split() == ["a/40.png"]
    fewer = auditor.from_frame(frame[1:], image="path", label="emotion", workspace=tmp_path / "w")
    assert fewer.dataset.key != audit.dataset.key


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda frame: frame.rename(columns={"emotion": "feeling"}),
            "no column 'emotion'; its columns are path, feeling",
        ),
        (lambda frame: frame[:0], "has no rows"),
        (lambda frame: pd.concat([frame, frame[:1]]), r"Two rows are of the image a/40\.png"),
        (lambda frame: frame.assign(path=None), "has no image in 3 rows"),
    ],
)
def test_a_frame_that_cannot_be_used_says_what_is_missing(frame, tmp_path, change, message):
    with pytest.raises(DataError, match=message):
        auditor.from_frame(change(frame), image="path", label="emotion", workspace=tmp_path / "w")


def test_faces_are_escaped_and_blurred_ones_hold_little(drawn, tmp_path):
    dataset = auditor.open(drawn, workspace=tmp_path / "w").dataset
    shown = faces.grid(dataset, [(0, "<script>fear")])
    assert "<script>" not in shown and "&lt;script&gt;fear" in shown
    sharp, blurred = faces.picture(dataset, 0), faces.picture(dataset, 0, blurred=True)
    assert len(blurred) < len(sharp) and "<img" in blurred
    unreadable = auditor.open(shutil.copytree(drawn, tmp_path / "faces"), workspace=tmp_path / "w2").dataset
    (unreadable.root / str(unreadable.paths[1])).write_bytes(b"no picture")
    assert re.fullmatch(r'<span role="img" aria-label=".+">.*is not an image.*</span>', faces.picture(unreadable, 1))


def test_the_bar_follows_the_run_to_its_end(drawn, tmp_path, monkeypatch, capsys):
    audit = auditor.open(drawn, workspace=tmp_path / "work")
    store = Store.open(audit.workspace)
    from auditor.config import RunConfig

    run_id = manager.create(store, audit.workspace, RunConfig(audit.dataset.reference, ("nla",)))
    store.runs.update(run_id, state="running", phase="training", method="nla", epoch=2, epochs=20, progress=0.1)
    assert watching.describe(store.runs.get(run_id)) == "nla epoch 3/20"
    monkeypatch.setattr(watching, "EVERY", 0.05)
    ending = threading.Timer(0.2, lambda: store.runs.update(run_id, state="done", progress=1.0))
    ending.start()
    assert watching.wait(store, run_id).state == "done"
    ending.join()
    store.close()
    assert "100%" in capsys.readouterr().err


def test_the_address_of_a_file_that_is_no_data_set_is_refused(tmp_path):
    with pytest.raises(DataError):
        auditor.open(Path(tmp_path / "nowhere"), workspace=tmp_path / "w")
