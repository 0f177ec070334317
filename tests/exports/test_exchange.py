"""To other tools and back: exchange/card.py, exchange/hub.py, exchange/croissant.py, exchange/coco.py,
exchange/fiftyone.py, exchange/kinds.py, exchange/labelstudio.py, exchange/issues.py; the commands cli/issues.py and
cli/_annotations.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.images.cache import read_encoded
from auditor.data.opening import open_dataset
from auditor.errors import DataError, ExportError
from auditor.exports.catalogue import export
from auditor.exports.exchange import issues, labelstudio
from auditor.exports.exchange.material import Material
from auditor.store.store import Store
from tests.exports.small import picture, save

CLASSES = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"]
KEPT = ["train_00001.jpg", "train_00002.jpg", "train_00003.jpg"]
AFTER = ["surprise", "fear", "happiness"]  # the third was given as fear, the fourth is excluded


def written(audited, out: Path, kind: str) -> tuple[Path, ...]:
    return export(audited.dataset, audited.decisions, out, kind, evidence=audited.evidence).paths


def decided(audited, workspace: Path) -> dict[str, tuple[str, str | None, str]]:
    store = Store.open(Workspace(workspace))
    state = store.decisions.state(audited.dataset.key)
    store.close()
    return {name: (one.action, one.label, one.annotator) for name, one in state.by_image.items() if one.action}


@pytest.mark.parametrize("kind", ["hf-disk", "hf-parquet"])
def test_a_data_set_for_hugging_face_is_opened_again_with_the_same_pictures(audited, tmp_path, kind):
    (out,) = written(audited, tmp_path / "out", kind)
    again = open_dataset(out)
    assert again.format == "hfdata" and again.classes == audited.dataset.classes
    assert [again.classes[label] for label in again.labels] == AFTER
    for row in range(3):
        assert read_encoded(again, row) == read_encoded(audited.dataset, row)
    card = (out / "README.md").read_text(encoding="utf-8")
    for said in ("4 images were audited: 1 label changed, 1 image left out", "| fear | happiness | 1 |",
                 "| happiness | left out | 1 |", "| ada | 1 | 1 |", "| &lt;bob> | 1 | 1 |", "v0001",
                 "40.0 % of the training labels", "25.0 % to 55.0 %"):  # fmt: skip
        assert said in card
    with pytest.raises(ExportError, match="not empty"):
        written(audited, out, kind)


@pytest.mark.parametrize("kind", ["hf-disk", "hf-parquet"])
def test_the_library_of_hugging_face_opens_it(audited, tmp_path, kind, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="datasets is not installed (requirements-dev.txt)")
    (out,) = written(audited, tmp_path / "out", kind)
    if kind == "hf-disk":
        opened = datasets.load_from_disk(str(out))["train"]
    else:
        opened = datasets.Dataset.from_parquet(str(out / "data" / "train-00000-of-00001.parquet"),
                                               cache_dir=str(tmp_path / "cache"))  # fmt: skip
    assert opened.features["label"].names == CLASSES
    assert opened["name"][:] == KEPT
    assert [CLASSES[label] for label in opened["label"][:]] == AFTER
    assert [CLASSES[label] for label in opened["given_label"][:]] == ["surprise", "fear", "fear"]
    assert opened["action"][:] == ["", "", "relabel"]
    assert opened[0]["image"].size == (48, 48)


@pytest.mark.filterwarnings("ignore")  # of its own dependencies
def test_mlcroissant_validates_the_metadata_and_reads_the_records(audited, tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed (requirements-dev.txt)")
    (out,) = written(audited, tmp_path / "out", "hf-parquet")
    opened = mlcroissant.Dataset(jsonld=str(out / "croissant.json"))
    assert not opened.metadata.issues.errors
    # What only the source's owner can say.
    assert sorted(re.findall(r'"[^"]*/(\w+)" is recommended', str(opened.metadata.issues.warnings))) == [
        "citeAs", "license",
    ]  # fmt: skip
    records = list(opened.records("train"))
    assert [record["train/name"].decode() for record in records] == KEPT
    assert [CLASSES[record["train/label"]] for record in records] == AFTER
    assert records[0]["train/image"].size == (48, 48)
    assert [record["classes/name"] for record in opened.records("classes")] == CLASSES


def test_coco_and_fiftyone_are_opened_again(audited, tmp_path):
    root = audited.dataset.root
    for kind, name in (("coco", "corrected.json"), ("fiftyone", "labels.json")):
        (out,) = written(audited, root / name, kind)
        again = open_dataset(out)
        assert [again.classes[label] for label in again.labels] == AFTER, kind
        assert again.paths.tolist() == audited.dataset.paths.tolist()[:3], kind
        out.unlink()


def test_coco_has_what_its_tools_need(audited, tmp_path):
    (out,) = written(audited, tmp_path / "coco.json", "coco")
    found = json.loads(out.read_text())
    assert [each["name"] for each in found["categories"]] == CLASSES
    assert found["images"][0] == {"id": 1, "file_name": "Image/aligned/train_00001_aligned.jpg", "width": 48,
                                  "height": 48, "split": "train"}  # fmt: skip
    assert found["annotations"][2] == {"id": 3, "image_id": 3, "category_id": 4, "given_category_id": 2,
                                       "action": "relabel", "p_mislabelled": 0.9}  # fmt: skip


def test_fiftyone_cannot_tell_endings_apart(tmp_path):
    for name in ("x/1.png", "x/1.jpg", "y/2.png"):
        save(tmp_path / "f" / name, picture(1))
    dataset = open_dataset(tmp_path / "f")
    from auditor.exports.preview import preview
    from auditor.store.state import DecisionState

    with pytest.raises(ExportError, match=r"x/1 with different endings"):
        export(dataset, preview(dataset, DecisionState()), tmp_path / "labels.json", "fiftyone")


def test_label_studio_gets_suggestions_and_its_annotations_are_decisions(audited, tmp_path, capsys):
    path, interface = written(audited, tmp_path / "tasks.json", "label-studio")
    tasks = json.loads(path.read_text())
    assert [task["data"]["name"] for task in tasks] == ["train_00003.jpg", "train_00002.jpg", "train_00001.jpg"]
    first = tasks[0]
    assert first["data"]["image"] == "/data/local-files/?d=Image/aligned/train_00003_aligned.jpg"
    result = {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": ["happiness"]}}
    assert first["predictions"] == [{"model_version": "v0001", "score": 0.9, "result": [result]}]
    choices = [each.get("value") for each in ElementTree.fromstring(interface.read_text()).iter("Choice")]
    assert choices == [*CLASSES, "ambiguous", "exclude"]

    def annotated(task, *chosen, by=None, **more):
        result = [{"type": "choices", "value": {"choices": list(chosen)}}] if chosen else []
        task["annotations"] = [*task.get("annotations", []), {"result": result, "completed_by": by, **more}]

    annotated(tasks[0], "fear", by={"id": 1, "email": "cyd@example.org"})
    annotated(tasks[1], "fear", by=7)  # as it was given
    annotated(tasks[1], "fear", "anger", by=7)
    annotated(tasks[2], "exclude", by=7)
    del tasks[2]["data"]["name"]  # found by its address
    answers, problems = labelstudio.read(_saved(tmp_path, tasks), audited.dataset)
    assert [(each.name, each.action, each.label, each.who) for each in answers] == [
        ("train_00003.jpg", "label", "fear", "cyd@example.org"), ("train_00002.jpg", "label", "fear", ""),
        ("train_00001.jpg", "exclude", "", ""),
    ]  # fmt: skip
    assert problems == [(2, "train_00002.jpg: the choices fear, anger do not fit together; choose one class")]

    tasks.append({"id": 9, "data": {"image": "elsewhere.jpg"}, "annotations": []})
    words = ["decide", str(audited.dataset.root), "--workspace", str(tmp_path / "work"), "--annotator", "dee"]
    assert main([*words, "--from", str(_saved(tmp_path, tasks)), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["saved"] == 3 and "named by the task 9" in said.err
    assert decided(audited, tmp_path / "work") == {
        "train_00001.jpg": ("exclude", None, "dee"), "train_00002.jpg": ("keep", "fear", "dee"),
        "train_00003.jpg": ("keep", "fear", "cyd@example.org"), "train_00004.jpg": ("exclude", None, "<bob>"),
    }  # fmt: skip
    for content in ("{}", "[1]", "no json"):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(DataError, match="Label Studio"):
            labelstudio.read(tmp_path / "bad.json", audited.dataset)


def _saved(folder: Path, tasks) -> Path:
    (folder / "project.json").write_text(json.dumps(tasks), encoding="utf-8")
    return folder / "project.json"


def test_issues_go_out_as_cleanlab_lists_them_and_come_back_as_a_list_to_review(audited, tmp_path, capsys):
    (out,) = written(audited, tmp_path / "issues.csv", "issues")
    table = pd.read_csv(out, dtype=str)
    assert table.to_dict("list") == {
        "name": [*KEPT, "train_00004.jpg"], "is_label_issue": ["False", "False", "True", "False"],
        "label_score": ["0.9", "0.8", "0.1", "0.6"], "given_label": ["1", "2", "2", "4"],
        "predicted_label": ["1", "2", "4", "4"],
    }  # fmt: skip
    words = ["issues", str(audited.dataset.root), "--workspace", str(tmp_path / "work")]
    assert main([*words, "--from", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["issues"], said["rows"], said["left_out"]) == (1, 4, 0)
    store = Store.open(Workspace(tmp_path / "work"))
    saved = store.selections.find(said["list"], audited.dataset)
    store.close()
    assert saved.label == "label issues" and saved.rows.tolist() == [2]
    assert said["page"] == f"/review?ds={audited.dataset.key}&sel={said['list']}"


@pytest.mark.filterwarnings("ignore")  # of cleanlab, which takes a warning for a failure
def test_a_table_of_datalab_itself_is_in_the_order_of_the_images(audited, tmp_path):
    datalab = pytest.importorskip("cleanlab.datalab.datalab", reason="cleanlab's Datalab needs the package datasets")
    labels = np.array([0, 1] * 30)
    probs = np.where(np.arange(2)[None] == labels[:, None], 0.9, 0.1)
    probs[3], probs[8] = (0.99, 0.01), (0.02, 0.98)
    lab = datalab.Datalab(data={"label": labels}, label_name="label", verbosity=0)
    lab.find_issues(pred_probs=probs, issue_types={"label": {}})
    lab.get_issues("label").to_csv(tmp_path / "lab.csv")
    for number in range(60):
        save(tmp_path / "f" / str(labels[number]) / f"{number:02d}.png", picture(number % 20))
    dataset = open_dataset(tmp_path / "f")
    ordered = dataset.select(np.argsort([int(Path(path).stem) for path in dataset.paths]))
    assert ordered.labels.tolist() == labels.tolist()
    found = issues.read(tmp_path / "lab.csv", ordered)
    table = pd.read_csv(tmp_path / "lab.csv", index_col=0)
    expected = table[table["is_label_issue"]].sort_values("label_score").index.tolist()
    assert 3 in expected and found.rows.tolist() == expected
    assert found.read == 60 and not found.problems
    with pytest.raises(DataError, match="60 rows without names"):
        issues.read(tmp_path / "lab.csv", audited.dataset)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label_score\ntrain_00001.jpg,0.1\n", "no column is_label_issue"),
        ("name,is_label_issue\nnobody.jpg,True\n", r"No row .*no image 'nobody\.jpg'"),
        ("name,is_label_issue\ntrain_00001.jpg,perhaps\n", "write True or False"),
        ("name,is_label_issue,given_label\ntrain_00001.jpg,True,7\n", "is '7' there and '1' in the data set"),
    ],
)
def test_a_table_that_does_not_fit_says_why(audited, tmp_path, text, message):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        issues.read(tmp_path / "bad.csv", audited.dataset)


def test_an_image_that_cannot_be_read_stops_an_export_whole(audited, tmp_path):
    (audited.dataset.root / str(audited.dataset.paths[1])).unlink()
    for kind in ("hf-disk", "hf-parquet", "coco"):
        with pytest.raises(ExportError, match=r"Nothing was written, because .*train_00002"):
            written(audited, tmp_path / kind, kind)
        assert not (tmp_path / kind).exists()


def test_a_data_set_without_evidence_has_no_suggestions(audited):
    material = Material(audited.dataset, audited.decisions)
    assert material.suspicions() == {}
    assert not any("predictions" in task for task in labelstudio.tasks(material))
