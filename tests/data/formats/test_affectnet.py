"""auditor/data/formats/affectnet.py: the first release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auditor.data.formats.affectnet import classes_of
from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError
from auditor.exports.source import CorrectionRequest, corrected
from tests.data.layouts import affectnet

ROWS = [
    ("1/a.jpg", 0, 0.1, -0.2), ("1/b.jpg", 7, -2, -2), ("2/c.jpg", 10, -2, -2), ("2/d.jpg", 3, 0.5, 1.5),
    ("2/e.jpg", 8, -2, -2), ("3/f.jpg", 6, -0.5, 0.25), ("1/a.jpg", 1, 0, 0),
]  # fmt: skip


def test_eight_classes(tmp_path: Path) -> None:
    dataset = open_dataset(affectnet(tmp_path / "an", ROWS))
    assert dataset.format == "affectnet"
    assert dataset.classes[:2] == ("neutral", "happy")
    assert dataset.names.tolist() == ["1/a.jpg", "1/b.jpg", "2/d.jpg", "3/f.jpg"]
    assert dataset.labels.tolist() == [0, 7, 3, 6]
    assert dataset.lines.tolist() == [2, 3, 5, 7]
    assert dataset.paths[0] == "Manually_Annotated_Images/1/a.jpg"
    va = dataset.valence_arousal
    assert va is not None
    np.testing.assert_allclose(va, [[0.1, -0.2], [np.nan, np.nan], [0.5, np.nan], [-0.5, 0.25]], rtol=1e-6)
    assert any("2 rows have none of the 8 classes: 1 none, 1 no-face" in note for note in dataset.notes)
    assert {(p.kind, p.line) for p in dataset.problems} == {("bad-valence-arousal", 5), ("duplicate-name", 8)}


def test_seven_classes_and_flat_aligned_images(tmp_path: Path) -> None:
    root = affectnet(tmp_path / "an", ROWS, folder="myaligned")
    assert list_label_files(root) == ["training.csv", "training.csv?classes=7"]
    dataset = open_dataset(root, label_file="training.csv?classes=7")
    assert len(dataset.classes) == 7
    assert dataset.names.tolist() == ["1/a.jpg", "2/d.jpg", "3/f.jpg"]
    assert dataset.paths.tolist() == ["myaligned/a.jpg", "myaligned/d.jpg", "myaligned/f.jpg"]
    with pytest.raises(DataError, match="classes=7 or classes=8"):
        classes_of("training.csv?classes=9")


def test_validation_list_is_the_test_split_with_or_without_a_header(tmp_path: Path) -> None:
    root = affectnet(tmp_path / "an", ROWS)
    lines = (root / "training.csv").read_text().splitlines()
    (root / "validation.csv").write_text("\n".join(line.replace("1/b.jpg", "2/c.jpg") for line in lines[2:3]))
    dataset = open_dataset(root)
    assert dataset.names[dataset.rows("test")].tolist() == ["2/c.jpg"]
    assert dataset.source_of(len(dataset) - 1) == "validation.csv"
    alone = open_dataset(root / "validation.csv")
    assert alone.rows("valid").tolist() == [0]
    assert alone.choice("split").close
    assert open_dataset(root, label_file="validation.csv?split=none").rows("train").tolist() == [0]


def test_an_image_of_both_lists_is_held_out(tmp_path: Path) -> None:
    root = affectnet(tmp_path / "an", ROWS[:2])
    (root / "validation.csv").write_text("subDirectory_filePath,expression\n1/a.jpg,5\n1\\b.jpg,4\n1/b.jpg,3\n")
    dataset = open_dataset(root, label_file="training.csv")
    assert dataset.names[dataset.rows("test")].tolist() == ["1/a.jpg", "1\\b.jpg"]
    assert (len(dataset), dataset.labels.tolist()) == (2, [5, 4])
    assert sorted((p.file, p.line, p.kind) for p in dataset.problems) == [
        ("training.csv", 2, "in-two-splits"), ("training.csv", 3, "in-two-splits"),
        ("validation.csv", 4, "other-name"),
    ]  # fmt: skip


def test_a_flat_picture_that_two_images_may_be_is_no_ones(tmp_path: Path) -> None:
    """A row without an emotion counts too: the picture may be its."""
    rows = [("1/a.jpg", 0, 0, 0), ("2/a.jpg", 5, 0, 0), ("1/b.jpg", 3, 0, 0), ("2/b.jpg", 10, -2, -2)]
    dataset = open_dataset(affectnet(tmp_path / "an", [*rows, ("1/c.jpg", 1, 0, 0)], folder="myaligned"))
    assert dataset.names.tolist() == ["1/c.jpg"]
    assert [(p.line, p.kind) for p in dataset.problems] == [(line, "ambiguous-image") for line in (2, 3, 4)]
    assert "'2/a.jpg' may not be myaligned/a.jpg" in dataset.problems[1].message


@pytest.mark.parametrize("inner", ["", "/training.csv", "/validation.csv"])
@pytest.mark.parametrize("folder", ["Manually_Annotated_file_lists", "file_lists"])
def test_the_lists_as_they_are_unpacked_open_by_their_own_path(tmp_path: Path, folder: str, inner: str) -> None:
    root = affectnet(tmp_path / "an", ROWS[:2])
    (root / folder).mkdir()
    (root / "training.csv").rename(root / folder / "training.csv")
    (root / folder / "validation.csv").write_text("subDirectory_filePath,expression\n1/b.jpg,7\n")
    dataset = open_dataset(f"{root}/{folder}{inner}")
    assert (dataset.format, dataset.root) == ("affectnet", root)
    assert dataset.label_file == f"{folder}{inner or '/training.csv'}"
    assert dataset.paths[-1] == "Manually_Annotated_Images/1/b.jpg"


def test_lists_beside_their_images_have_their_own_folder_as_root(tmp_path: Path) -> None:
    root = affectnet(tmp_path / "file_lists", ROWS[:2])
    assert open_dataset(root / "training.csv").root == root


def test_broken_rows_are_listed(tmp_path: Path) -> None:
    root = affectnet(tmp_path / "an", ROWS[:1])
    line = (root / "training.csv").read_text().splitlines()[1]
    other = line.replace("1/a.jpg", "1/z.jpg")
    more = [line.replace("1/a.jpg", "../../x.jpg"), line.replace("1/a.jpg", "1/gone.jpg"), "short,row"]
    more += [other.replace(",0,0.1", ",x,0.1"), other.replace(",0,0.1", ",11,0.1")]
    with (root / "training.csv").open("a") as file:
        file.write("\n".join(more))
    dataset = open_dataset(root)
    assert len(dataset) == 1
    kinds = {(p.line, p.kind) for p in dataset.problems}
    assert kinds == {(3, "outside-root"), (4, "missing-image"), (5, "bad-line"), (6, "label-range"), (7, "label-range")}
    (root / "training.csv").write_text("subDirectory_filePath,expression\n1/gone.jpg,1\n")
    with pytest.raises(DataError, match="No row of"):
        open_dataset(root)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_there_and_back(tmp_path: Path, end: str) -> None:
    root = affectnet(tmp_path / "an", ROWS, end)
    source = (root / "training.csv").read_bytes()
    dataset = open_dataset(root, label_file="training.csv?classes=7")
    assert corrected(CorrectionRequest(dataset, dataset.labels, {})) == {"training.csv": source}
    labels = dataset.labels.copy()
    labels[dataset.index_of("2/d.jpg")] = 5
    (written,) = corrected(CorrectionRequest(dataset, labels, {})).values()
    before, after = source.split(b"\n"), written.split(b"\n")
    assert [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [4]
    assert after[4] == before[4].replace(b",3,0.5", b",5,0.5")


def test_a_class_that_no_row_has_is_written_as_the_others(tmp_path: Path) -> None:
    """A list of words that gets its first 'Surprise'."""
    affectnet(tmp_path, [("1/a.jpg", 1, 0.5, 0.1), ("1/b.jpg", 2, -0.5, 0.1)])
    file = tmp_path / "training.csv"
    file.write_text(file.read_text().replace(",1,0.5", ",Happy,0.5").replace(",2,-0.5", ",Sad,-0.5"))
    dataset = open_dataset(tmp_path)
    labels = dataset.labels.copy()
    labels[1] = dataset.classes.index("surprise")
    (after,) = corrected(CorrectionRequest(dataset, labels, {})).values()
    assert after == file.read_bytes().replace(b",Sad,", b",Surprise,")
