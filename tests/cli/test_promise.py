"""auditor/cli/promise.py, cli/_columns.py, api_promises.py: a promise as a person makes it in turn on one workspace."""

import csv
import json

import pytest

from auditor.api_promises import Faces
from auditor.cli import main
from auditor.store.operations import Operation
from auditor.store.store import Store
from tests.nearly_right import nearly_right


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """400 drawn faces and the opinion of a model that is nearly always right."""
    home = tmp_path_factory.mktemp("promise")
    return nearly_right(home / "faces", home / "work")


@pytest.fixture
def say(audit, capsys):
    def typed(*words, code=0):
        given = ["promise", str(audit.dataset.root), "--workspace", str(audit.workspace.path), "--annotator", "ada"]
        assert main([*given, *map(str, words)]) == code
        got = capsys.readouterr()
        return got.err if code else got.out

    return typed


def filled(path, dataset, rows):
    """Fill in the file as somebody would for whom every given label is right."""
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line["label"] = dataset.classes[dataset.labels[rows[int(line["face"])]]]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def test_from_the_sizes_to_the_undo(audit, say, tmp_path):
    wish = ("--kind", "unflagged", "--tolerance", 0.1, "--confidence", 0.9)
    sizes = json.loads(say(*wish, "--json"))
    assert sizes["state"] == "no sample" and sizes["sizes"]["60"] > 0
    assert "judge   60: accepts about" in say(*wish)
    sheet = tmp_path / "sample.csv"
    assert "The sample has 60 faces, of which 0 are judged" in say(*wish, "--draw", 60, "--out", sheet)
    page = sheet.with_suffix(".html").read_text()
    assert page.count("data:image/jpeg") == 60 and "face 60" in page and "happiness" in page
    assert not any(name in page + sheet.read_text() for name in audit.dataset.names), "a name may tell the label"

    promise = audit.promise()
    assert (promise.kind, promise.tolerance, promise.confidence) == ("unflagged", 0.1, 0.9)
    left = promise.to_judge()
    assert isinstance(left, Faces) and len(left) == 60 and "face 1<" in left._repr_html_()
    filled(sheet, audit.dataset, left.rows)
    assert "at most 10 % of them are wrong (90 % sure). 0 of 60" in say("--answers", sheet)
    assert "0 of 60 judged faces were wrong" in promise.offer()
    accepted = json.loads(say("--accept", "--json"))
    assert accepted["state"] == "accepted" and accepted["accepted"] > 0
    store = Store.open(audit.workspace)
    items = store.decisions.state(audit.dataset.key).records[accepted["operation"]].operation.items
    assert len(items) == accepted["accepted"] and all("at most 10 %" in item.text for item in items)
    undo = Operation("undo-promise", audit.dataset.key, "ada", kind="undo", target=accepted["operation"])
    store.decisions.append(undo)
    assert not {item.image for item in items} & set(store.decisions.state(audit.dataset.key).by_image)
    store.close()


def test_what_does_not_fit_is_one_sentence(audit, say, tmp_path):
    promise = audit.promise("unflagged", tolerance=0.2, confidence=0.9)
    assert promise.sizes() and "at most 0.2 wrong" in repr(promise)
    assert len(promise.draw(60, annotator="ada")) == 60
    sheet = tmp_path / "old.csv"
    sheet.write_text("sample,face,label\np-old,1,happiness\n")
    assert "is of another sample than" in say("--answers", sheet, code=2)
    sheet.write_text("face,label\n1,happiness\n")
    assert "has no column sample" in say("--answers", sheet, code=2)
    sheet.write_text(f"sample,face,label\n{json.loads(say('--json'))['sample']},one,happiness\n")
    assert "which is no number or comes twice" in say("--answers", sheet, code=2)
    assert "does not allow any face to be accepted" in say("--accept", code=2)
    assert promise.judge({1: "exclude"}, annotator="ada") == 1
    assert "leave --draw, --out, --answers and --accept out" in say("--give-up", "--accept", code=2)
    assert "leave it out with --accept" in say("--out", sheet, "--accept", code=2)
    assert "was given up" in say("--give-up")
    assert "was not written; draw one" in say("--out", tmp_path / "none.csv", code=2)
    assert "try 2 on this evidence" in say("--kind", "unflagged")
