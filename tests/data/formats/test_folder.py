"""auditor/data/formats/folder.py: class folders, splits and what is no class."""

import os

import pytest

from auditor.data.files.listing import encodable
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.data.drawn import draw, kinds


def test_a_folder_a_class(tmp_path):
    for name in ("happy/b.JPG", "happy/deep/a.png", "Sad/a.webp", "Sad/c.bmp"):
        draw(tmp_path / name)
    (tmp_path / "Sad" / "notes.txt").write_text("")
    draw(tmp_path / "stray.jpg")
    (tmp_path / "Sad" / "link.jpg").symlink_to("/etc/hostname")
    dataset = open_dataset(tmp_path)
    assert (dataset.classes, dataset.codes) == (("sad", "happy"), ("Sad", "happy"))
    assert list(dataset.names) == ["Sad/a.webp", "Sad/c.bmp", "happy/b.JPG", "happy/deep/a.png"]
    assert dataset.labels.tolist() == [0, 0, 1, 1]
    assert kinds(dataset) == [
        ("stray.jpg", None, "stray-image"),
        ("Sad/link.jpg", None, "outside-root"),
        ("Sad/notes.txt", None, "not-an-image"),
    ]


def test_a_folder_a_split_and_a_class(tmp_path):
    for name in ("test/sad/a.jpg", "train/sad/a.jpg", "train/happy/a.jpg", "val/happy/a.jpg"):
        draw(tmp_path / name)
    dataset = open_dataset(tmp_path)
    assert list(dataset.names) == ["train/happy/a.jpg", "train/sad/a.jpg", "val/happy/a.jpg", "test/sad/a.jpg"]
    assert dataset.split.tolist() == [0, 0, 1, 2]


def test_names_that_are_no_text_can_be_stored(tmp_path):
    draw(tmp_path / "a" / "x.jpg")
    draw(tmp_path / "b" / "x.jpg")
    odd = os.fsdecode(b"\xff.jpg")
    (tmp_path / "b" / "x.jpg").rename(tmp_path / "b" / odd)
    dataset = open_dataset(tmp_path)
    assert list(dataset.names) == ["a/x.jpg", "b/\\xff.jpg"]
    assert (tmp_path / dataset.paths[1]).exists()
    assert encodable("ü") == "ü"


def test_too_few_classes(tmp_path):
    draw(tmp_path / "only" / "a.jpg")
    with pytest.raises(DataError, match="1 class folder:"):
        open_dataset(tmp_path, format="folder")
    with pytest.raises(DataError, match="Nothing in"):
        open_dataset(tmp_path)
