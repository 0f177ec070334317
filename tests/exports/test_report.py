"""auditor/exports/report.py and auditor/cli/report.py: the numbers of a report, and no more than that."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import ExportError
from auditor.evidence import versions
from auditor.exports import report
from auditor.exports.preview import preview
from auditor.store.operations import Operation, item_of
from auditor.store.store import Store
from tests.exports.small import rafdb

NAMES = [f"train_{number:05d}.jpg" for number in range(1, 5)]


@pytest.fixture
def audited(tmp_path):
    """Four images labelled 1 2 2 4; the third is called noisy and relabelled 4 by ada, the fourth excluded by bob."""
    root = rafdb(
        tmp_path / "faces", "".join(f"{n} {label}\n" for n, label in zip(NAMES, "1224", strict=True)).encode(), 4
    )
    dataset, workspace = open_dataset(root), Workspace(tmp_path / "work").make()
    labels, size = dataset.labels, dataset.num_classes
    table = pd.DataFrame(
        {
            "row": np.arange(4, dtype=np.int32), "name": dataset.names, "given": labels,
            "suggested": np.array([labels[0], labels[1], labels[3], labels[3]], np.int16),
            "p_mislabelled": np.array([0.1, 0.2, 0.9, 0.4], np.float32),
            "assignment": np.array([0, 0, 2, 1], np.int8),
        }
    )  # fmt: skip
    by_class = [0.1 if index in labels else None for index in range(size)]
    summary = {
        "classes": list(dataset.classes), "codes": list(dataset.codes),
        "methods": ["man", "rul"], "student": None, "evidence": "in-sample", "warnings": ["A <b>warning</b>."],
        "noise": {"overall": 0.4, "low": 0.25, "high": 0.55, "by_class": by_class, "by_class_low": by_class,
                  "by_class_high": by_class},
        "transition": np.eye(size).tolist(),
        "agreement": {"man": {"man": 1.0, "rul": 0.75}, "rul": {"man": 0.75, "rul": 1.0}},
    }  # fmt: skip
    with versions.new_version(workspace, dataset.key) as (folder, _):
        table.to_parquet(folder / "table.parquet")
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    store = Store.open(workspace)
    store.datasets.register(dataset)
    relabel = item_of(dataset, 2, "relabel", int(labels[3]))
    store.decisions.append(Operation("one-operation", dataset.key, "ada", items=(relabel,)))
    exclude = item_of(dataset, 3, "exclude")
    store.decisions.append(Operation("two-operation", dataset.key, "<bob>", items=(exclude,)))
    state = store.decisions.state(dataset.key)
    store.close()
    evidence = versions.latest(workspace, dataset.key)
    return report.Audited(dataset, evidence, preview(dataset, state), state)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]))


def test_the_numbers_are_those_of_evidence_and_decisions(audited):
    text = text_of(report.page(audited, now=0))
    assert "40.0 % of the training labels are estimated to be wrong (95 % interval 25.0 % to 55.0 %)" in text
    assert "fear 10.0 % 10.0 % to 10.0 % 2 1" in text  # two before, one after the relabelling
    assert "happiness 10.0 % 10.0 % to 10.0 % 1 1" in text  # one excluded, one that became it
    assert "all 40.0 % 4 3" in text
    assert "MAN 100.0 % 75.0 %" in text
    assert "noisy 1 0.0 % 100.0 %" in text  # one judged, its label not kept, changed as suggested
    assert "1 labels are changed and 1 images excluded" in text
    assert f"{NAMES[2]} fear happiness ada" in text and f"{NAMES[3]} happiness excluded" in text
    assert "1970-01-01T00:00:00Z" in text
    assert "corrected labels" not in text


def test_what_others_wrote_is_text_and_nothing_is_fetched(audited):
    page = report.page(audited)
    assert "<bob>" not in page and "&lt;bob&gt;" in page and "<b>warning" not in page
    assert not re.search(r"<(script|link|img|iframe)|https?:|url\(", page)


def test_evidence_on_corrected_labels_is_said_to_be_of_those(audited):
    audited.evidence.table["given"] = np.int16(0)
    assert "so this is the estimate for those" in report.page(audited)


def test_faces_are_there_only_when_asked_for(audited, tmp_path):
    shown, blurred = (report.page(audited, faces=faces) for faces in ("shown", "blurred"))
    assert shown.count("<img") == blurred.count("<img") == 3  # one changed, two without a decision
    assert shown.split("<img")[1] != blurred.split("<img")[1]
    with pytest.raises(ExportError):
        report.write(audited, audited.dataset.root / "EmoLabel" / "train_label.txt")


def test_the_command_writes_the_file_and_says_where(audited, tmp_path, capsys):
    command = ["report", str(audited.dataset.root), "--workspace", str(tmp_path / "work")]
    assert main([*command, "--out", str(tmp_path / "report.html"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "path": str(tmp_path / "report.html"), "evidence": "v0001", "changed": 1, "faces": "none",
    }  # fmt: skip
    assert "<img" not in (tmp_path / "report.html").read_text()
    shutil.rmtree(tmp_path / "work" / "evidence")
    assert main([*command, "--out", str(tmp_path / "other.html")]) == 2
    assert "No training of this data set" in capsys.readouterr().err
