"""Doubled lines, excluded images, what is foretold: formats/edits.py, formats/correction.py, exports/foretell.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from auditor.cli import main
from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import ExportError
from auditor.exports import foretell
from auditor.exports.catalogue import KINDS, export
from auditor.exports.preview import preview
from auditor.exports.source import CorrectionRequest, corrected, doubled
from auditor.store.operations import Item, Operation, item_of
from auditor.store.store import Store
from tests.data.layouts import affectnet, cifar10, ferplus, prepared, votes
from tests.exports.small import picture, rafdb, save


@pytest.fixture
def store(tmp_path):
    opened = Store.open(Workspace(tmp_path / "ws"))
    yield opened
    opened.close()


def decided(store, dataset, *items: Item, who="ada", mode="open"):
    store.datasets.register(dataset)
    number = len(store.decisions.state(dataset.key).records)
    store.decisions.append(Operation(f"{dataset.key}-{number}", dataset.key, who, mode=mode, items=items))
    return preview(dataset, store.decisions.state(dataset.key))


def text(dataset, found, **more) -> bytes:
    (data,) = corrected(foretell.request(dataset, found, more.get("keep", False), "replace")).values()
    return data


TWICE = {
    "rafdb": (b"train_00001.jpg 5\r\ntrain_00002.jpg 1\r\ntrain_00001.jpg 6 x\r\ntrain_00002.jpg 2",
              b"train_00001.jpg 4\r\ntrain_00001.jpg 4 x"),
    "csv": (b'path;label\r\na.png;x\r\nb.png;y\r\n"a.png";"y"\r\nb.png;y\r\n',
            b'path;label\r\na.png;y\r\n"a.png";"y"\r\n'),
    "jsonl": (b'{"file_name": "a.png", "label": "x"}\n{"file_name": "b.png", "label": "y"}\n'
              b'{"label":"z", "file_name":"a.png"}\n{"file_name": "b.png", "label": "z"}',
              b'{"file_name": "a.png", "label": "y"}\n{"label":"y", "file_name":"a.png"}'),
}  # fmt: skip


@pytest.mark.parametrize("form", TWICE)
def test_every_line_of_a_doubled_name_is_changed_or_left_out(form, tmp_path: Path, store) -> None:
    source, expected = TWICE[form]
    root = tmp_path / "data"
    if form == "rafdb":
        rafdb(root, source, 2)
    else:
        home = root / ("train" if form == "jsonl" else "")
        for index, name in enumerate("ab"):
            save(home / f"{name}.png", picture(index))
        (home / ("metadata.jsonl" if form == "jsonl" else "labels.csv")).write_bytes(source)
    dataset = open_dataset(root)
    assert text(dataset, preview(dataset, store.decisions.state(dataset.key))) == source
    new = 3 if form == "rafdb" else dataset.classes.index("y")
    found = decided(store, dataset, item_of(dataset, 0, "relabel", new), item_of(dataset, 1, "exclude"))
    assert text(dataset, found) == expected
    assert doubled(foretell.request(dataset, found, False, "replace")) == (1 if form == "csv" else 2)
    said = foretell.sentences(dataset, found)
    assert said[0] == "1 excluded image is left out of the file, every line of it."
    assert "names an image a second time" in said[1] or "name an image a second time" in said[1]


def test_a_line_that_calls_a_corrected_image_otherwise_stays_and_that_is_said(tmp_path: Path, store) -> None:
    source = b"train_00001.jpg 5\ntrain_00002.jpg 2\ntrain_00001_aligned.jpg 6\n"
    dataset = open_dataset(rafdb(tmp_path / "d", source, 2))
    found = decided(store, dataset, item_of(dataset, 0, "relabel", 3))
    assert text(dataset, found) == source.replace(b"1.jpg 5", b"1.jpg 4")
    assert foretell.sentences(dataset, found) == ["1 line whose image has another line stays as it is."]


def test_a_line_of_another_split_is_changed_with_the_one_that_is_held_out_and_that_is_said(
    tmp_path: Path, store
) -> None:
    root = rafdb(tmp_path / "d", b"train_00001.jpg 5\ntest_0001.jpg 3\n", 1, test=b"test_0001.jpg 3\n")
    dataset = open_dataset(root)
    found = decided(store, dataset, item_of(dataset, dataset.index_of("test_0001.jpg"), "relabel", 0))
    said = "1 more line names an image a second time; it is changed with the first."
    assert foretell.sentences(dataset, found) == [said]
    files = corrected(foretell.request(dataset, found, False, "replace"))
    assert list(files.values()) == [b"train_00001.jpg 5\ntest_0001.jpg 1\n", b"test_0001.jpg 1\n"]


def test_a_confirmed_label_is_written_on_the_lines_that_say_otherwise(tmp_path: Path, store) -> None:
    dataset = open_dataset(rafdb(tmp_path / "d", b"train_00001.jpg 5\ntrain_00002.jpg 2\ntrain_00001.jpg 6\n", 2))
    found = decided(store, dataset, item_of(dataset, 0, "keep"))
    assert text(dataset, found) == b"train_00001.jpg 5\ntrain_00002.jpg 2\ntrain_00001.jpg 5\n"


def test_a_test_line_of_the_same_name_goes_with_it(tmp_path: Path, store) -> None:
    root = rafdb(tmp_path / "d", b"train_00001.jpg 5\ntest_0001.jpg 2\n", 1, test=b"test_0001.jpg 3\n")
    dataset = open_dataset(root)
    found = decided(store, dataset, item_of(dataset, dataset.index_of("train_00001.jpg"), "exclude"))
    assert text(dataset, found) == b"test_0001.jpg 2\n"


def test_parquet_loses_rows_and_keeps_its_types(tmp_path: Path, store) -> None:
    for index in range(3):
        save(tmp_path / f"d/{index}.png", picture(index))
    frame = pd.DataFrame({"path": ["0.png", "1.png", "2.png", "1.png"], "label": [0, 1, 1, 0], "x": [0.5, 1, 2, 3]})
    frame.to_parquet(tmp_path / "d/labels.parquet")
    dataset = open_dataset(tmp_path / "d")
    found = decided(store, dataset, item_of(dataset, 0, "relabel", 1), item_of(dataset, 1, "exclude"))
    export(dataset, found, tmp_path / "out.parquet")
    expected = frame.iloc[[0, 2]].assign(label=[1, 1]).reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), expected)


def test_prepared_votes_lose_lines_and_joined_votes_say_not_a_face(tmp_path: Path, store) -> None:
    lines = [("a.png", votes(happiness=7, neutral=3)), ("b.png", votes(fear=10)), ("a.png", votes(sadness=10))]
    folder = open_dataset(prepared(tmp_path / "p", "FER2013Train", lines))
    found = decided(store, folder, item_of(folder, 0, "relabel", 3), item_of(folder, 1, "exclude"))
    source = (tmp_path / "p/FER2013Train/label.csv").read_text().splitlines()
    assert text(folder, found).decode().splitlines() == [source[0].replace("3,7,0,0", "0,0,0,10"), source[2]]
    rows = [(3, "Training", votes(happiness=7, neutral=3), "a.png"), (0, "Training", votes(anger=9, NF=1), "b.png")]
    joined = open_dataset(ferplus(tmp_path / "f", rows))
    found = decided(store, joined, item_of(joined, 1, "exclude"))
    assert text(joined, found).decode().splitlines()[2].endswith("0,0,0,0,0,0,0,0,0,10")
    assert "all votes go to NF, not a face" in foretell.sentences(joined, found)[0]
    assert foretell.sentences(joined, found, votes="keep") == [
        "1 excluded image has NF as its label in fer2013new.csv."
    ]


def test_where_nothing_can_be_left_out_it_is_said_and_the_bytes_stay(tmp_path: Path, store) -> None:
    cifar10(tmp_path / "c", {"data_batch_1": [6, 9, 9], "test_batch": [3]})
    dataset = open_dataset(tmp_path / "c")
    found = decided(store, dataset, item_of(dataset, 1, "exclude"))
    written = export(dataset, found, tmp_path / "out")
    assert (tmp_path / "out/data_batch_1").read_bytes() == (tmp_path / "c/data_batch_1").read_bytes()
    for said in (written.sentence, *foretell.sentences(dataset, found)):
        assert "1 excluded image stays in the file, because a batch holds its images and its labels together" in said


def test_columns_of_affectnet_in_another_case(tmp_path: Path, store) -> None:
    affectnet(tmp_path / "a", [(f"1/{index}.jpg", index, 0.1, 0.1) for index in range(3)])
    (file,) = (tmp_path / "a").rglob("training.csv")
    file.write_text(file.read_text().replace("expression", "Expression"))
    dataset = open_dataset(tmp_path / "a")
    found = decided(store, dataset, item_of(dataset, 0, "relabel", 5), item_of(dataset, 1, "exclude"))
    out = text(dataset, found).decode().splitlines()
    assert len(out) == len(file.read_text().splitlines()) - 1


def test_a_file_that_changed_since_is_refused(tmp_path: Path, store) -> None:
    root = rafdb(tmp_path / "d", b"train_00001.jpg 5\ntrain_00002.jpg 2\n", 2)
    dataset = open_dataset(root)
    found = decided(store, dataset, item_of(dataset, 1, "exclude"))
    for now in (b"train_00001.jpg 5\ntrain_00002.jpg 3\n", b"train_00001.jpg 5\n"):
        (root / "EmoLabel/train_label.txt").write_bytes(now)
        with pytest.raises(ExportError, match="has changed since"):
            text(dataset, found)


def test_the_preview_says_who_differs_what_has_no_place_and_what_lapsed(tmp_path: Path, store, capsys) -> None:
    root = rafdb(tmp_path / "d", b"train_00001.jpg 5\ntrain_00002.jpg 2\ntrain_00003.jpg 2\n", 3)
    dataset = open_dataset(root)
    decided(store, dataset, item_of(dataset, 0, "relabel", 3), item_of(dataset, 1, "relabel", 0))
    decided(store, dataset, item_of(dataset, 0, "relabel", 1), item_of(dataset, 1, "keep"), who="bob")
    decided(store, dataset, item_of(dataset, 2, "tag", text="dim"), item_of(dataset, 2, "note", text="half hidden"))
    decided(store, dataset, Item("gone.jpg", 9, "relabel", "fear", "joy"))
    found = decided(store, dataset, item_of(dataset, 0, "relabel", 3), who="cyd", mode="final")
    assert [(each.to_label, each.who, each.final) for each in found.changes] == [(3, "cyd", True)]
    assert foretell.sentences(dataset, found) == [
        "People differ on 2 faces: 1 by the final decision, 1 by the latest.",
        "1 image has tags or a note, which this format cannot hold; the table and the ledger can.",
        "1 decision is no longer applicable (gone.jpg: the data set has no such image any more), "
        "and left out of the file.",
    ]
    words = [str(root), "--workspace", str(tmp_path / "ws")]
    assert main(["export", *words, "--preview"]) == 0
    assert capsys.readouterr().err.splitlines()[:3] == [f"note: {said}" for said in foretell.sentences(dataset, found)]
    assert main(["export", *words, "--as", "table", "--out", str(tmp_path / "t.csv")]) == 0
    table = pd.read_csv(tmp_path / "t.csv", keep_default_na=False)
    assert table["people_differ"].tolist() == ["ada: 4; bob: 2", "ada: 1; bob: 2", ""]
    assert (table["final"].tolist(), table["tags"].tolist()) == (["yes", "", ""], ["", "", "dim"])
    assert table["note"][2] == "half hidden"
    for kind in KINDS:
        assert any("People differ" in said for said in foretell.sentences(dataset, found, kind))


def test_a_pass_is_undone_from_the_command_line(tmp_path: Path, store, capsys) -> None:
    root = rafdb(tmp_path / "d", b"train_00001.jpg 5\ntrain_00002.jpg 2\n", 2)
    dataset = open_dataset(root)
    decided(store, dataset, item_of(dataset, 0, "relabel", 3))
    decided(store, dataset, item_of(dataset, 1, "relabel", 3), who="bob")
    words = ["decide", str(root), "--workspace", str(tmp_path / "ws"), "--annotator", "cyd"]
    assert main([*words, "--undo", "--by", "ada", "--since", "today"]) == 0
    said = capsys.readouterr().out
    assert "would be undone: 1 decision on 1 image: 1 by ada" in said and "--yes" in said
    assert len(store.decisions.state(dataset.key).by_image) == 2
    assert main([*words, "--undo", "--yes"]) == 0
    assert "undone: 2 decisions on 2 images" in capsys.readouterr().out
    assert not store.decisions.state(dataset.key).by_image
    assert main([*words, "--redo", "--by", "bob", "--yes"]) == 0
    assert list(store.decisions.state(dataset.key).by_image) == ["train_00002.jpg"]
    assert main([*words, "--undo", "--since", "soon"]) == 2


def test_a_request_without_decisions_is_the_same_bytes(tmp_path: Path) -> None:
    source = b"train_00001.jpg 5\r\ntrain_00001.jpg 6\r\n"
    dataset = open_dataset(rafdb(tmp_path / "d", source, 1))
    assert corrected(CorrectionRequest(dataset, np.array(dataset.labels), {})) == {"EmoLabel/train_label.txt": source}
