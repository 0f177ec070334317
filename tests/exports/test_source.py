"""auditor/exports/source.py, formats/rewrite.py and atomic.py: the source's bytes, except for the changed labels."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config import Workspace
from auditor.data.opening import open_dataset
from auditor.errors import ExportError
from auditor.exports import places
from auditor.exports.atomic import check_target, new_folder, write_file
from auditor.exports.source import CorrectionRequest, beside, corrected, write
from tests.exports.small import picture, rafdb, save

LINES = (
    b"train_00001.jpg 5",
    b"train_00002.jpg\t1  ",
    b"  train_00003.jpg   7 0 extra",
    b"not a line",
    b"",
    b"train_00004.jpg 3\t1",
    b"train_00001.jpg 2",
    b"train_00005.jpg 07",
)


def relabel(dataset, **names: str):
    labels = dataset.labels.copy()
    for name, code in names.items():
        labels[dataset.index_of(name + ".jpg")] = dataset.codes.index(code)
    return CorrectionRequest(dataset, labels, {})


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("final", [True, False])
def test_rafdb_bytes(tmp_path: Path, mark: bytes, end: bytes, final: bool) -> None:
    source = mark + end.join(LINES) + (end if final else b"")
    root = rafdb(tmp_path / "raf", source, 5)
    dataset = open_dataset(root)
    assert list(corrected(CorrectionRequest(dataset, dataset.labels, {})).values()) == [source]
    out = write(relabel(dataset, train_00002="4", train_00004="6", train_00005="1"), tmp_path / "out.txt")
    expected = source.replace(b"train_00002.jpg\t1  ", b"train_00002.jpg\t4  ")
    expected = expected.replace(b"train_00004.jpg 3\t1", b"train_00004.jpg 6\t1").replace(
        b"00005.jpg 07", b"00005.jpg 1"
    )
    assert [path.read_bytes() for path in out] == [expected]
    assert (root / "EmoLabel/train_label.txt").read_bytes() == source


def test_utf16_and_latin1_come_back(tmp_path: Path) -> None:
    for name, source in (
        ("a", "\ufefftrain_00001.jpg 5\r\ntrain_00002.jpg 1".encode("utf-16-le")),
        ("b", b"train_00001.jpg 5 \xff\xfe\xe9\ntrain_00002.jpg 1"),
    ):
        dataset = open_dataset(rafdb(tmp_path / name, source, 2))
        assert next(iter(corrected(CorrectionRequest(dataset, dataset.labels, {})).values())) == source
        changed = next(iter(corrected(relabel(dataset, train_00002="7")).values()))
        assert changed != source
        assert len(changed) == len(source)


def test_labels_of_the_test_list_go_to_a_second_file(tmp_path: Path) -> None:
    root = rafdb(tmp_path / "raf", b"train_00001.jpg 5\n", 1, test=b"test_0001.jpg 2\r\ntest_0002.jpg 3")
    out = write(relabel(open_dataset(root), test_0002="1"), tmp_path / "out.txt")
    assert [path.name for path in out] == ["out.txt", "out.test_label.txt"]
    assert out[0].read_bytes() == b"train_00001.jpg 5\n"
    assert out[1].read_bytes() == b"test_0001.jpg 2\r\ntest_0002.jpg 1"


def test_labels_of_lists_that_share_a_name_go_to_a_file_each(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        for name in ("a", "b"):
            save(tmp_path / f"data/{split}/{name}.png", picture(0))
        (tmp_path / f"data/{split}/labels.csv").write_text("image,label\na.png,angry\nb.png,sad\n")
    dataset = open_dataset(tmp_path / "data")
    request = CorrectionRequest(dataset, np.full(6, dataset.classes.index("sad"), np.int16), {})
    (tmp_path / "out.val.labels.csv").write_text("somebody's\n")
    with pytest.raises(ExportError, match=r"out\.val\.labels\.csv exists already"):
        write(request, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
    (tmp_path / "out.val.labels.csv").unlink()
    names = ["out.csv", "out.train.labels.csv", "out.val.labels.csv"]
    assert [path.name for path in write(request, tmp_path / "out.csv")] == names
    assert {(tmp_path / name).read_text() for name in names} == {"image,label\na.png,sad\nb.png,sad\n"}


@given(st.lists(st.sampled_from(["a/x.csv", "a.x.csv", "b/x.csv", "x.csv", "f.csv", "B/X.csv"]), unique=True))
def test_no_corrected_file_is_called_as_another(files) -> None:
    names = ["f.csv", *beside("f.csv", files)]
    assert len({name.casefold() for name in names}) == len(names)


def test_a_source_that_changed_is_refused(tmp_path: Path) -> None:
    root = rafdb(tmp_path / "raf", b"train_00001.jpg 5\ntrain_00002.jpg 1\n", 2)
    dataset = open_dataset(root)
    (root / "EmoLabel/train_label.txt").write_bytes(b"train_00002.jpg 1\ntrain_00001.jpg 5\n")
    with pytest.raises(ExportError, match="line 1 is no longer"):
        write(relabel(dataset, train_00001="2"), tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([" ", "\t", "   "]), st.integers(1, 7), st.sampled_from(["", " ", "\t9", " x y"]),
                  st.sampled_from(["\n", "\r\n"])), min_size=1, max_size=8),
    new=st.lists(st.integers(0, 6), min_size=8, max_size=8),
    final=st.booleans(),
)  # fmt: skip
def test_only_labels_differ(tmp_path: Path, rows, new, final) -> None:
    lines = [f"train_{i:05d}.jpg{space}{label}{tail}{end}" for i, (space, label, tail, end) in enumerate(rows, 1)]
    source = "".join(lines) if final else "".join(lines).rstrip("\r\n")
    root = rafdb(tmp_path / "raf", source.encode(), 8)
    dataset = open_dataset(root)
    labels = np.array(new, dtype=np.int16)[: len(dataset)]
    found = next(iter(corrected(CorrectionRequest(dataset, labels, {})).values())).decode()
    expected = [
        f"train_{i:05d}.jpg{r[0]}{label + 1}{r[2]}{r[3]}"
        for i, (r, label) in enumerate(zip(rows, labels, strict=True), 1)
    ]
    assert found == ("".join(expected) if final else "".join(expected).rstrip("\r\n"))


TABLE = (
    'file;"the label";rater_2;note\r\n'
    'a.png;"happy";sad;"a note; with ""quotes"""\r\n'
    'b.png; sad ;happy;"two\r\nlines"\r\n'
    "c.png;happy;happy;\r\n"
    "\r\n"
    "broken\r\n"
    "d.png;Happy;sad;=1+1"
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    for index, name in enumerate("abcd"):
        save(tmp_path / "table" / f"{name}.png", picture(index))
    (tmp_path / "table/labels.csv").write_text(TABLE, encoding="utf-8-sig", newline="")
    return tmp_path / "table"


def test_table_keeps_quotes_and_line_ends(table: Path, tmp_path: Path) -> None:
    dataset = open_dataset(table)
    assert dataset.codes == ("happy", "sad")
    labels = dataset.labels.copy()
    for name in ("a.png", "b.png", "d.png"):
        labels[dataset.index_of(name)] = 1 - labels[dataset.index_of(name)]
    (out,) = write(CorrectionRequest(dataset, labels, {}), tmp_path / "out.csv")
    expected = (
        TABLE.replace('a.png;"happy"', 'a.png;"sad"')
        .replace("; sad ;", "; happy ;")
        .replace("d.png;Happy", "d.png;sad")
    )
    assert out.read_bytes() == b"\xef\xbb\xbf" + expected.encode()


def test_another_annotators_column(table: Path, tmp_path: Path) -> None:
    dataset = open_dataset(table, label_file="labels.csv?label=rater_2")
    labels = 1 - dataset.labels
    (out,) = write(CorrectionRequest(dataset, labels, {}), tmp_path / "out.csv")
    found = out.read_bytes().decode("utf-8-sig")
    assert 'a.png;"happy";happy;' in found
    assert "b.png; sad ;sad;" in found


def test_parquet_and_hugging_face(tmp_path: Path) -> None:
    for folder in ("p", "h/train"):
        for index, name in enumerate("abc"):
            save(tmp_path / folder / f"{name}.png", picture(index))
    frame = pd.DataFrame({"file": ["a.png", "b.png", "c.png"], "label": [0, 1, 1], "x": [0.5, 1.5, 2.5]})
    frame.to_parquet(tmp_path / "p/labels.parquet")
    (tmp_path / "h/train/metadata.csv").write_text("file_name,label\na.png,x\nb.png,y\nc.png,y\n")
    dataset = open_dataset(tmp_path / "p")
    (same,) = corrected(CorrectionRequest(dataset, dataset.labels, {})).values()
    assert same == (tmp_path / "p/labels.parquet").read_bytes()
    (out,) = write(CorrectionRequest(dataset, np.array([1, 1, 0], dtype=np.int16), {}), tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(out), frame.assign(label=[1, 1, 0]))
    faces = open_dataset(tmp_path / "h")
    assert faces.format == "huggingface"
    (text,) = corrected(CorrectionRequest(faces, np.array([1, 1, 0], dtype=np.int16), {})).values()
    assert text == b"file_name,label\na.png,y\nb.png,y\nc.png,x\n"
    (tmp_path / "h/train/metadata.csv").unlink()
    lines = b'{"file_name": "a.png", "label":"x" }\r\n{"label" : "y", "file_name": "b.png", "box": [1]}'
    (tmp_path / "h/train/metadata.jsonl").write_bytes(lines)
    faces = open_dataset(tmp_path / "h")
    for labels, expected in ((faces.labels, lines), (np.array([1, 1]), lines.replace(b'"x"', b'"y"'))):
        (text,) = corrected(CorrectionRequest(faces, labels.astype(np.int16), {})).values()
        assert text == expected


def test_folders_have_no_source_form(tmp_path: Path) -> None:
    for name in ("x", "y"):
        save(tmp_path / "f" / name / "1.png", picture(1))
    dataset = open_dataset(tmp_path / "f")
    with pytest.raises(ExportError, match="folder tree"):
        corrected(CorrectionRequest(dataset, dataset.labels, {}))


def test_never_over_the_users_files(tmp_path: Path) -> None:
    root = rafdb(tmp_path / "raf", b"train_00001.jpg 5\n", 1)
    dataset = open_dataset(root)
    source = root / "EmoLabel/train_label.txt"
    (tmp_path / "soft.txt").symlink_to(source)
    os.link(source, tmp_path / "hard.txt")
    for target in (
        source,
        tmp_path / "soft.txt",
        tmp_path / "hard.txt",
        root / "Image/aligned/train_00001_aligned.jpg",
    ):
        with pytest.raises(ExportError):
            write(CorrectionRequest(dataset, dataset.labels, {}), target)
    assert source.read_bytes() == b"train_00001.jpg 5\n"
    assert (
        write(CorrectionRequest(dataset, dataset.labels, {}), root / "EmoLabel/new.txt")[0].read_bytes()
        == source.read_bytes()
    )
    assert check_target(dataset, tmp_path / "x") == tmp_path / "x"


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / "out", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    allowed = places.writing(Workspace(tmp_path / "absent"), over=True)
    with allowed, pytest.raises(ExportError, match="No space left"):
        write_file(tmp_path / "out", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"old"
    (tmp_path / "folder").mkdir()
    monkeypatch.undo()
    with pytest.raises(ExportError, match="is a folder"):
        write_file(tmp_path / "folder", b"")


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    dataset = open_dataset(rafdb(tmp_path / "raf", b"train_00001.jpg 5\n", 1))
    with pytest.raises(ZeroDivisionError), new_folder(dataset, tmp_path / "out") as folder:
        (folder / "x").write_text("x")
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == ["raf"]
    with pytest.raises(ExportError, match="inside"), new_folder(dataset, dataset.root / "out"):
        pass
    with pytest.raises(ExportError, match="not empty"), new_folder(dataset, tmp_path):
        pass
