"""auditor/exports: catalogue, preview, table, soft, excluded, ledger, tree; and the commands export, apply, decide."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli import export as cli_export
from auditor.cli import main
from auditor.config import Workspace
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.errors import ExportError
from auditor.exports import excluded, ledger, soft, spreadsheet, table, tree
from auditor.exports.catalogue import KINDS, SUFFIXES, export, kinds
from auditor.exports.preview import Preview, moment, preview
from auditor.store.operations import Item, Operation
from auditor.store.state import IMAGE_GONE
from auditor.store.store import Store
from tests.data.layouts import ferplus, votes
from tests.exports.small import picture, rafdb, save

LISTED = b"train_00001.jpg 5\r\ntrain_00002.jpg 1\ntrain_00003.jpg\t2\ntrain_00004.jpg 7"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return rafdb(tmp_path / "raf", LISTED, 4, test=b"test_0001.jpg 3\n")


def decide(dataset: Dataset, workspace: Path, *items: Item) -> Preview:
    store = Store.open(Workspace(workspace))
    store.datasets.register(dataset)
    operation = Operation("op-1", dataset.key, "Ann", evidence="v0001", items=items)
    store.decisions.append(operation)
    found = preview(dataset, store.decisions.state(dataset.key))
    store.close()
    return found


@pytest.fixture
def dataset(root: Path) -> Dataset:
    return open_dataset(root)


@pytest.fixture
def decisions(dataset: Dataset, tmp_path: Path) -> Preview:
    half = {"sadness": 0.25, "neutral": 0.75}
    return decide(
        dataset,
        tmp_path / "ws",
        Item("train_00001.jpg", 0, "relabel", "sadness", "happiness"),
        Item("train_00002.jpg", 1, "exclude", "surprise"),
        Item("train_00003.jpg", 2, "keep", "fear"),
        Item("train_00003.jpg", 2, "note", text="=cmd|'/c calc'!A0"),
        Item("train_00004.jpg", 3, "ambiguous", "neutral", soft=half),
        Item("gone.jpg", 9, "relabel", "sadness", "happiness"),
        Item("test_0001.jpg", 4, "skip", "disgust"),
    )


def test_preview_says_every_change(dataset: Dataset, decisions: Preview) -> None:
    (change,) = decisions.changes
    assert (change.name, change.from_label, change.to_label, change.who, change.evidence) == (
        "train_00001.jpg", 4, 3, "Ann", "v0001",
    )  # fmt: skip
    assert (change.file, change.line) == ("EmoLabel/train_label.txt", 1)
    assert [c.name for c in decisions.excluded] == ["train_00002.jpg"]
    assert [(each.image, each.reason) for each in decisions.lapsed] == [("gone.jpg", IMAGE_GONE)]
    assert [c.action for c in decisions.decided] == ["relabel", "exclude", "keep", "ambiguous"]
    assert decisions.soft == {3: (0, 0, 0, 0, 0.25, 0, 0.75)}
    assert decisions.labels.tolist() == [3, 0, 1, 6, 2]
    assert moment(0) == "1970-01-01T00:00:00Z"


def test_table_in_three_forms(dataset: Dataset, decisions: Preview, tmp_path: Path) -> None:
    for name, read in (
        ("t.csv", pd.read_csv),
        ("t.tsv", lambda p: pd.read_csv(p, sep="\t")),
        ("t.parquet", pd.read_parquet),
    ):
        found = read(table.write(dataset, decisions, None, tmp_path / name))
        assert found["name"].tolist() == dataset.names.tolist()
        assert found["split"].tolist() == ["train"] * 4 + ["test"]
        assert [str(v) for v in found["given"]] == ["5", "1", "2", "7", "3"]
        assert [str(v).removesuffix(".0") for v in found["label"]] in (
            ["4", "nan", "2", "7", "3"],
            ["4", "", "2", "7", "3"],
        )
        assert found["soft_neutral"][3] == 0.75
        note = found["note"][2]
        assert note == ("=cmd|'/c calc'!A0" if name.endswith("parquet") else "'=cmd|'/c calc'!A0")


@settings(deadline=None)
@given(st.text(max_size=12))
def test_no_cell_acts_and_every_cell_comes_back(text: str) -> None:
    assert spreadsheet.original(spreadsheet.inert(text)) == text
    cell = spreadsheet.inert(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or float(cell) == float(text)
    frame = pd.DataFrame({"name": [text], "x": [-1.5]})
    row = next(csv.DictReader(io.StringIO(spreadsheet.csv_bytes(frame).decode(), newline="")))
    assert row["x"] == "-1.5"
    assert row["name"].replace("\r\n", "\n") == cell.encode("utf-8", "backslashreplace").decode().replace("\r\n", "\n")


def test_soft_labels_add_up(dataset: Dataset, decisions: Preview, tmp_path: Path) -> None:
    found = pd.read_csv(soft.write(dataset, decisions, None, tmp_path / "soft.csv"))
    assert found["name"].tolist() == ["train_00001.jpg", "train_00003.jpg", "train_00004.jpg", "test_0001.jpg"]
    assert found["source"].tolist() == ["decision", "decision", "decision", "given"]
    assert found[list(dataset.classes)].sum(axis=1).tolist() == [1.0] * 4
    assert found["neutral"].tolist() == [0, 0, 0.75, 0]


def test_votes_are_soft_labels(tmp_path: Path) -> None:
    rows = [(0, "Training", votes(anger=6, sadness=4), "a.png"), (3, "Training", votes(happiness=10), "b.png")]
    faces = open_dataset(ferplus(tmp_path / "fer", rows))
    found = decide(faces, tmp_path / "ws", Item("b.png", 1, "keep", "happiness"))
    probs, source = soft.distributions(faces, found, None)
    assert source.tolist() == ["votes", "decision"]
    assert probs[0, faces.classes.index("anger")] == pytest.approx(0.6)


def test_excluded_names(dataset: Dataset, decisions: Preview, tmp_path: Path) -> None:
    assert excluded.write(dataset, decisions, tmp_path / "x.txt").read_text() == "train_00002.jpg\n"


def test_ledger_on_a_fresh_copy(dataset: Dataset, decisions: Preview, root: Path, tmp_path: Path) -> None:
    path, _ = ledger.write(dataset, decisions, tmp_path / "ledger.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["image"], line["from"], line["to"], line["action"]) for line in lines[:4]] == [
        ("train_00001.jpg", "5", "4", "relabel"),
        ("train_00002.jpg", "1", None, "exclude"),
        ("train_00003.jpg", "2", "2", "mark"),
        ("train_00004.jpg", "7", "7", "ambiguous"),
    ]
    assert (lines[0]["who"], lines[2]["note"]) == ("Ann", "=cmd|'/c calc'!A0")
    assert lines[4]["image"] == "gone.jpg" and lines[4]["class"] == "happiness" and lines[4]["reason"] == IMAGE_GONE
    assert lines[3]["soft"] == {"sadness": 0.25, "neutral": 0.75}
    entries, bad = ledger.read(path)
    copy = open_dataset(rafdb(tmp_path / "copy", LISTED, 4))
    found = ledger.apply(entries, copy)
    assert (found.applied, found.excluded, found.marked, found.refused) == ((0, 3), (1,), (2,), ())
    assert [(refusal.image, "no longer applicable" in refusal.reason) for refusal in bad] == [("gone.jpg", True)]
    assert found.labels.tolist() == [3, 0, 1, 6]
    assert found.soft[3][6] == 0.75


def test_ledger_leaves_out_what_cannot_be_read(dataset: Dataset, decisions: Preview, tmp_path: Path) -> None:
    (dataset.root / dataset.paths[1]).write_bytes(b"")  # what a reviewer excluded for just that
    written = export(dataset, decisions, tmp_path / "ledger.jsonl", "ledger")
    assert written.sentence.endswith("left out because they cannot be read: train_00002.jpg")
    assert [json.loads(line)["image"][-5] for line in written.paths[0].read_text().splitlines()] == ["1", "3", "4", "e"]


def test_ledger_refuses_what_differs(dataset: Dataset, decisions: Preview, tmp_path: Path, capsys) -> None:
    path, _ = ledger.write(dataset, decisions, tmp_path / "ledger.jsonl")
    with path.open("a") as file:
        file.write('not json\n{"image": "a"}\n[1]\n' + path.read_text().splitlines()[0] + "\n")
        file.write(json.dumps({"image": "gone.jpg", "sha256": "0" * 64, "from": "1", "to": "2"}) + "\n")
        file.write(json.dumps({"image": "train_00003.jpg", "sha256": "0" * 64, "from": "2", "to": "9"}) + "\n")
    copy = rafdb(tmp_path / "copy", LISTED.replace(b"00004.jpg 7", b"00004.jpg 6"), 4)
    save(copy / "Image/aligned/train_00002_aligned.jpg", picture(17))
    out = tmp_path / "out.txt"
    assert main(["apply", str(path), str(copy), "--out", str(out), "--excluded", str(tmp_path / "x.txt")]) == 1
    said = capsys.readouterr()
    reasons = [line.split(": ", 1)[1] for line in said.err.splitlines()]
    assert [line.split(":")[1] for line in said.err.splitlines()] == ["2", "4", "5", "6", "7", "8", "9", "10", "11"]
    assert "content differs" in reasons[0]
    assert "label is '6' here" in reasons[1]
    assert "line 1 is about this image already" in reasons[6]
    assert "no such image" in reasons[7]
    assert "no label '9'" in reasons[8]
    assert out.read_bytes() == (copy / "EmoLabel/train_label.txt").read_bytes().replace(b"00001.jpg 5", b"00001.jpg 4")
    assert (tmp_path / "x.txt").read_text() == ""
    (tmp_path / "junk").write_text("junk\n")
    with pytest.raises(ExportError, match="no line that is a correction"):
        ledger.read(tmp_path / "junk")


SAID = st.builds(
    lambda **said: json.dumps(said).encode(),
    image=st.text(max_size=5) | st.integers(),
    sha256=st.text(max_size=3) | st.just("0" * 64),
    to=st.none() | st.text(max_size=2) | st.lists(st.integers()),
    soft=st.none() | st.integers() | st.dictionaries(st.text(), st.floats()),
)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60) | SAID, max_size=5))
def test_any_ledger_is_survived(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "ledger"
    path.write_bytes(b"\n".join(lines))
    try:
        entries, bad = ledger.read(path)
    except ExportError:
        return
    assert len(entries) + len(bad) <= sum(line.count(b"\n") + 1 for line in lines)


@pytest.mark.parametrize("link", tree.LINKS)
def test_tree_of_copies_or_links(dataset: Dataset, decisions: Preview, tmp_path: Path, link: str) -> None:
    calls: list[tuple[int, int, str]] = []
    out = tree.write(dataset, decisions, tmp_path / "tree", link=link, progress=lambda *a: calls.append(a))
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*.jpg"))
    assert files == ["test/disgust/test_0001_aligned.jpg", "train/fear/train_00003_aligned.jpg",
                     "train/happiness/train_00001_aligned.jpg", "train/neutral/train_00004_aligned.jpg"]  # fmt: skip
    assert (out / files[2]).is_symlink() == (link == "symlink")
    assert (out / files[2]).read_bytes() == (dataset.root / dataset.paths[0]).read_bytes()
    assert calls[-1][:2] == (4, 4)
    with pytest.raises(ExportError, match="not empty"):
        tree.write(dataset, decisions, out)
    with pytest.raises(ExportError, match="inside"):
        tree.write(dataset, decisions, dataset.root / "tree")
    if link == "copy":
        assert open_dataset(out).counts().tolist() == [1, 1, 1, 1]


def test_tree_of_a_folder_and_of_an_archive(tmp_path: Path) -> None:
    for name in ("x", "y"):
        save(tmp_path / "f" / name / "1.png", picture(1))
    folders = open_dataset(tmp_path / "f")
    assert "source" not in kinds(folders)
    both = decide(folders, tmp_path / "ws", Item("y/1.png", 1, "relabel", "y", "x"))
    out = tree.write(folders, both, tmp_path / "out")
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.png")) == ["x/1-1.png", "x/1.png"]
    faces = open_dataset(
        ferplus(tmp_path / "fer", [(0, "Training", votes(anger=6), "a.png"), (3, "Training", votes(fear=9), "b.png")])
    )
    nothing = decide(faces, tmp_path / "ws2", Item("a.png", 0, "keep", "anger"))
    out = tree.write(faces, nothing, tmp_path / "out2")
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.png")) == ["anger/a.png", "fear/b.png"]


def test_every_kind_is_written(dataset: Dataset, decisions: Preview, tmp_path: Path) -> None:
    assert set(kinds(dataset)) == set(KINDS)
    assert set(SUFFIXES) | {"source"} == set(KINDS) == set(cli_export.KINDS)
    with pytest.raises(ExportError, match="train a method first"):
        export(dataset, decisions, tmp_path / "issues", "issues")
    for kind in set(KINDS) - {"issues"}:
        written = export(dataset, decisions, tmp_path / kind, kind)
        assert written.sentence
        assert all(path.exists() for path in written.paths)
    source = (tmp_path / "source").read_bytes()
    assert source == LISTED.replace(b"00001.jpg 5", b"00001.jpg 4").replace(b"train_00002.jpg 1\n", b"")
    with pytest.raises(ExportError, match="choose one of"):
        export(dataset, decisions, tmp_path / "x", "pdf")


def test_decide_and_export_commands(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["name,action,label", "train_00001.jpg,relabel,4", "nobody.jpg,keep,", "train_00002.jpg,relabel,9",
             "train_00002.jpg,relabel,", "train_00002.jpg,eat,1", "train_00002.jpg", '"unclosed,relabel,1',
             "train_00003.jpg,keep,3", "train_00003.jpg,Keep,2", "train_00004.jpg,relabel,Anger",
             "train_00002.jpg,exclude,"]  # fmt: skip
    (tmp_path / "d.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")
    words = [str(root), "--workspace", str(tmp_path / "ws")]
    assert main(["decide", *words, "--annotator", "Ann", "--from", str(tmp_path / "d.csv")]) == 1
    said = capsys.readouterr()
    assert [int(line.rsplit("d.csv:", 1)[1].split(":")[0]) for line in said.err.splitlines()] == [3, 4, 5, 6, 7, 8, 9]
    assert "4 decisions saved, 7 lines left out" in said.out
    assert main(["export", *words, "--preview"]) == 0
    assert [line.split("\t")[:4] for line in capsys.readouterr().out.splitlines()] == [
        ["train_00001.jpg", "5", "4", "Ann"],
        ["train_00004.jpg", "7", "6", "Ann"],
        ["train_00002.jpg", "1", "excluded", "Ann"],
    ]
    assert main(["export", *words, "--out", str(tmp_path / "out.txt")]) == 0
    expected = LISTED.replace(b"00001.jpg 5", b"00001.jpg 4").replace(b"00004.jpg 7", b"00004.jpg 6")
    assert (tmp_path / "out.txt").read_bytes() == expected.replace(b"train_00002.jpg 1\n", b"")
    assert main(["export", *words, "--out", str(tmp_path / "all.txt"), "--keep-excluded"]) == 0
    assert (tmp_path / "all.txt").read_bytes() == expected
    assert main(["export", *words, "--out", str(root / "EmoLabel/train_label.txt")]) == 2
    assert main(["decide", *words, "--annotator", "Ann", "--from", str(root / "EmoLabel/train_label.txt")]) == 2
    assert (root / "EmoLabel/train_label.txt").read_bytes() == LISTED


def test_nothing_decided_is_the_same_bytes(root: Path, tmp_path: Path) -> None:
    words = ["export", str(root), "--workspace", str(tmp_path / "ws"), "--out", str(tmp_path / "out.txt")]
    assert main(words) == 0
    assert (tmp_path / "out.txt").read_bytes() == LISTED
    state = preview(open_dataset(root), Store.open(Workspace(tmp_path / "ws")).decisions.state("0" * 12))
    np.testing.assert_array_equal(state.labels, open_dataset(root).labels)
