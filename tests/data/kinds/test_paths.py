"""Paths that are no file as written, such as those of another computer. formats/locate_images.py."""

import unicodedata

import pytest

from auditor.data.opening import open_dataset
from tests.data.kinds.cases import WORDS, Cases, listed, numbered, pictures, rightly

case = Cases()


@case({"train": 6}, WORDS)
def links_inside_the_root_are_followed(root):
    pictures(root / "store", numbered(6))
    (root / "images").symlink_to(root / "store")
    listed(root, "labels.csv", [f"images/{n}" for n in numbered(6)])


@case({"train": 6}, WORDS)
def colab_paths(root):
    names = pictures(root, [f"images/{i}.jpg" for i in range(6)])
    listed(root, "labels.csv", [f"/content/drive/MyDrive/fer/{name}" for name in names])


@case({"train": 6}, WORDS)
def another_case(root):
    pictures(root / "images", numbered(6, "IMG_{}.JPG"))
    listed(root, "labels.csv", numbered(6, "img_{}.jpg"))


@case({"train": 3}, WORDS)
def accents_written_otherwise(root):
    names = [unicodedata.normalize("NFD", name) for name in ("é.jpg", "ü.jpg", "ñ.jpg")]
    pictures(root / "images", names)
    listed(root, "labels.csv", [unicodedata.normalize("NFC", name) for name in names])


@case({"train": 6}, WORDS)
def paths_that_climb_and_come_back(root):
    pictures(root / "images", numbered(6))
    listed(root, "lists/labels.csv", [f"../images/{name}" for name in numbered(6)])


@case({"train": 6}, WORDS)
def addresses(root):
    pictures(root / "images", numbered(6))
    listed(root, "labels.csv", [f"s3://bucket/faces/images/{name}" for name in numbered(6)])


@case({"train": 6}, WORDS)
def numbers_without_their_zeros(root):
    pictures(root / "images", numbered(6))
    listed(root, "labels.csv", [str(i) for i in range(6)])


@case({"train": 6}, WORDS)
def spaces_as_addresses_write_them(root):
    pictures(root / "upload", numbered(6, "my face {}.jpg"))
    listed(root, "labels.csv", numbered(6, "/data/upload/1/my%20face%20{}.jpg"))


@case({"train": 6}, WORDS)
def paths_beside_a_notebook(root):
    pictures(root / "images", numbered(6))
    listed(root, "labels.csv", numbered(6, "../input/faces/images/{:03d}.jpg"))


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")


@pytest.mark.parametrize("name", ["another_case"])
def test_the_labels_are_those_of_the_images(tmp_path, name):
    case[name][0](tmp_path)
    assert rightly(open_dataset(tmp_path))


def test_ambiguous_names_are_problems_and_never_guesses(tmp_path):
    pictures(tmp_path, ["a/1.jpg", "b/1.jpg", "a/2.jpg", "b/3.jpg"])
    listed(tmp_path, "labels.csv", ["1.jpg", "2.jpg", "3.jpg"])
    dataset = open_dataset(tmp_path)
    assert [(p.line, p.kind) for p in dataset.problems if p.kind != "matched-image"] == [(2, "ambiguous-image")]


def test_names_that_two_folders_have_are_problems_too(tmp_path):
    pictures(tmp_path, ["s1/1.jpg", "s1/2.jpg", "s2/1.jpg", "s2/2.jpg", "s3/3.jpg", "s3/4.jpg", "s3/5.jpg"])
    listed(tmp_path, "labels.csv", ["1.jpg", "2.jpg", "s3/3.jpg", "s3/4.jpg", "s3/5.jpg"])
    dataset = open_dataset(tmp_path)
    assert [(p.line, p.kind) for p in dataset.problems] == [(2, "ambiguous-image"), (3, "ambiguous-image")]


def test_an_image_of_another_folder_is_not_taken(tmp_path):
    pictures(tmp_path, ["train/angry/1.jpg", "train/happy/2.jpg", "test/happy/3.jpg", "test/sad/4.jpg"])
    names = ["train/angry/1.jpg", "train/happy/2.jpg", "train/happy/3.jpg"]
    listed(tmp_path, "labels.csv", names)
    dataset = open_dataset(tmp_path)
    assert (len(dataset), [p.kind for p in dataset.problems]) == (2, ["missing-image"])
