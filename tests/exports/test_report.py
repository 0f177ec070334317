"""auditor/exports/report.py and auditor/cli/report.py: the numbers of a report, and no more than that."""

import json
import re
import shutil

import numpy as np
import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.errors import ExportError
from auditor.exports import report
from auditor.store.store import Store

NAMES = [f"train_{number:05d}.jpg" for number in range(1, 5)]


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
    assert "1 label is changed and 1 image excluded" in text
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
    assert main([*command, "--out", str(tmp_path / "faces.html"), "--faces", "blurred"]) == 0
    with Store.opened(Workspace(tmp_path / "work")) as store:
        assert [event.detail for event in store.trail.list(audited.dataset.key)] == [
            "report, faces blurred", "report, faces none",
        ]  # fmt: skip
    shutil.rmtree(tmp_path / "work" / "evidence")
    assert main([*command, "--out", str(tmp_path / "other.html")]) == 2
    assert "No training of this data set" in capsys.readouterr().err
