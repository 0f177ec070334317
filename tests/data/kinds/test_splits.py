"""Splits in columns, paths and names of lists. formats/splits.py."""

import pytest

from auditor.data.opening import open_dataset
from tests.data.kinds.cases import SEVEN, WORDS, Cases, listed, numbered, pictures

CASES = Cases()


@CASES.add({"train": 6, "test": 3}, WORDS)
def labels_train_and_labels_test(root):
    listed(root, "labels_train.csv", pictures(root / "images", numbered(6)))
    listed(root, "labels_test.csv", pictures(root / "images", numbered(3, "t{}.jpg")))


@CASES.add({"train": 6, "valid": 3, "test": 3}, WORDS)
def roboflow_classes_in_three_folders(root):
    for folder, count in (("train", 6), ("valid", 3), ("test", 3)):
        names = pictures(root / folder, numbered(count, folder + "_{}_jpg.rf.abc.jpg"))
        text = "filename, angry, happy, sad\n"
        text += "".join(f"{n}, {int(i % 3 == 0)}, {int(i % 3 == 1)}, {int(i % 3 == 2)}\n" for i, n in enumerate(names))
        (root / folder / "_classes.csv").write_text(text)


@CASES.add({"train": 6, "test": 3}, WORDS)
def boolean_is_train(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{int(i < 6)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,is_train\n" + lines)


@CASES.add({"train": 6, "valid": 3}, WORDS)
def fold_of_two_values(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{int(i >= 6)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,fold\n" + lines)


@CASES.add({"train": 9}, WORDS)
def fold_of_five_values_is_no_split(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{i % 5}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,fold\n" + lines)


@CASES.add({"train": 6, "valid": 1, "test": 2}, WORDS)
def usage_as_fer2013_says_it(root):
    names = pictures(root / "images", numbered(9))
    usage = ["Training"] * 6 + ["PublicTest"] + ["PrivateTest"] * 2
    lines = "".join(f"{n},{WORDS[i % 3]},{usage[i]}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,emotion,Usage\n" + lines)


@CASES.add({"train": 6, "test": 3}, WORDS)
def paths_say_the_split(root):
    names = pictures(root, [*numbered(6, "train/{}.jpg"), *numbered(3, "test/{}.jpg")])
    listed(root, "labels.csv", names)


@CASES.add({"test": 6}, WORDS)
def a_lone_test_list(root):
    listed(root, "test_labels.csv", pictures(root / "images", numbered(6)))


@CASES.add({"valid": 6}, WORDS)
def a_lone_validation_list(root):
    listed(root, "val.csv", pictures(root / "images", numbered(6)))


@CASES.add({"train": 6, "test": 3}, WORDS)
def an_image_in_two_lists_is_held_out(root):
    names = pictures(root / "images", numbered(9))
    listed(root, "train.csv", names)
    listed(root, "test.csv", names[6:])


@CASES.add({"train": 6, "test": 3}, WORDS)
def a_list_of_all_beside_a_test_list(root):
    names = pictures(root / "images", numbered(9))
    listed(root, "labels.csv", names)
    listed(root, "test.csv", names[6:])


@CASES.add({"train": 4, "test": 4}, WORDS)
def lists_in_the_folders_of_splits_with_the_same_names(root):
    for folder in ("train", "test"):
        listed(root, f"{folder}/labels.csv", pictures(root / folder, numbered(4)))


@CASES.add({"train": 6, "test": 3}, WORDS)
def text_lists_of_two_splits(root):
    listed(root, "train.txt", pictures(root / "images", numbered(6)), head="", mark=" ")
    listed(root, "test.txt", pictures(root / "images", numbered(3, "t{}.jpg")), head="", mark=" ")


@CASES.add({"train": 6, "test": 3}, SEVEN[:3])
def names_begin_with_the_split(root):
    names = pictures(root / "faces", [*numbered(6, "train_{:04d}.png"), *numbered(3, "test_{:04d}.png")])
    listed(root, "labels.csv", names, SEVEN[:3])


@pytest.mark.parametrize("name", CASES)
def test_it_opens_as_it_is(tmp_path, name):
    CASES.check(name, tmp_path / "data")


def test_an_unknown_split_is_never_trained_on(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    lines = "".join(f"{n},{WORDS[i % 3]},{'train' if i < 4 else 'hidden'}\n" for i, n in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,label,split\n" + lines)
    dataset = open_dataset(tmp_path)
    assert (len(dataset.rows("train")), len(dataset.rows("test"))) == (4, 2)
    assert [p.kind for p in dataset.problems] == ["bad-split", "bad-split"]
