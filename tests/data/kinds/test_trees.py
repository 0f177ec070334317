"""Trees of images without a list: class folders, persons, splits, and labels in file names.

What reads them: formats/unlisted.py, formats/ckplus.py, formats/filenames.py and formats/split_lists.py.
"""

import pytest

from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.data.kinds.cases import WORDS, Cases, listed, numbered, pictures

case = Cases()


@case({"train": 14}, ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"))
def jaffe(root):
    codes = ("AN", "DI", "FE", "HA", "NE", "SA", "SU")
    pictures(root, [f"KA.{codes[i % 7]}{1 + i // 7}.{i + 20}.tiff" for i in range(14)])


@case({"train": 14}, ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"))
def kdef_in_folders_of_persons(root):
    codes = ("AN", "DI", "AF", "HA", "NE", "SA", "SU")
    pictures(root, [f"AF{1 + i // 7:02d}/AF{1 + i // 7:02d}{codes[i % 7]}S.JPG" for i in range(14)])


@case({"train": 6}, ("anger", "happiness", "sadness"))
def emotions_in_file_names(root):
    pictures(root / "faces", [f"{WORDS[i % 3]}_{i:04d}.png" for i in range(6)])


@case({"train": 9}, WORDS)
def folders_of_persons_above_the_classes(root):
    pictures(root, [f"S{i // 3:03d}/{WORDS[i % 3]}/{i}.png" for i in range(9)])


@case({"train": 9}, WORDS)
def folders_of_persons_below_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/S{i // 3:03d}/{i}.png" for i in range(9)])


@case({"train": 6, "test": 3}, WORDS)
def splits_below_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/{'train' if i < 6 else 'test'}/{i}.png" for i in range(9)])


@case({"train": 9, "test": 3}, WORDS)
def sfew(root):
    pictures(root, [f"Train/Train_Aligned_Faces/{WORDS[i % 3].title()}/{i}.png" for i in range(9)])
    pictures(root, [f"Test/Test_Aligned_Faces/{WORDS[i % 3].title()}/{i}.png" for i in range(3)])


@case({"train": 9}, WORDS)
def a_test_folder_without_labels(root):
    pictures(root, [f"train/{WORDS[i % 3]}/{i}.png" for i in range(9)])
    pictures(root, numbered(4, "Test_Data/{}.png"))


@case({"train": 9}, WORDS)
def a_test_folder_without_labels_beside_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    pictures(root, numbered(4, "Test_Data/{}.png"))


@case({"train": 9}, WORDS)
def nested_two_deep(root):
    pictures(root / "archive/faces", [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])


@case({"train": 6}, WORDS)
def folders_of_images_without_labels(root):
    pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(6)] + numbered(6, "unlabeled/{}.png"))


@case({"train": 9}, WORDS)
def sfew_without_test_labels(root):
    pictures(root, [f"Train/Train_Aligned_Faces/{WORDS[i % 3].title()}/{i}.png" for i in range(9)])
    pictures(root, numbered(6, "Test/Test_Aligned_Faces/{}.png"))


@case({"train": 9, "test": 2}, (*WORDS, "fear"))
def a_class_that_only_the_test_split_has(root):
    pictures(root, [f"train/{WORDS[i % 3]}/{i}.png" for i in range(9)] + numbered(2, "test/fear/{}.png"))


@case({"train": 9, "test": 9}, WORDS)
def persons_in_the_folders_of_splits(root):
    for split, first in (("train", 0), ("test", 3)):
        pictures(root, [f"{split}/S{first + i // 3}/{WORDS[i % 3]}/{i}.png" for i in range(9)])


@case({"train": 6, "test": 3}, 3)
def splits_at_the_beginning_of_names(root):
    pictures(root, [f"{'train' if i < 6 else 'test'}_{WORDS[i % 3]}_{i}.png" for i in range(9)])


@case({"train": 18}, WORDS)
def persons_below_conditions(root):
    pictures(root, [f"{light}/P{i // 3}/{WORDS[i % 3]}/{i}.png" for light in ("Dark", "Strong") for i in range(9)])


@case({"train": 9}, WORDS)
def classes_with_the_persons_name_before(root):
    pictures(root, [f"{who}/{who}_{word}/{who}_{word}.png" for who in ("aia", "bo", "jules") for word in WORDS])


@case({"train": 9}, WORDS)
def a_folder_of_all_images_beside_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)] + numbered(9, "all/{}.png"))


@case({"train": 6}, WORDS)
def a_link_to_the_folder_it_is_in(root):
    pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(6)])
    (root / "again").symlink_to(root)


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")


def test_links_to_all_of_a_folders_classes_open_that_folder(tmp_path):
    pictures(tmp_path / "real", [f"{WORDS[i % 3]}/{i}.png" for i in range(6)])
    (tmp_path / "links").mkdir()
    for word in WORDS:
        (tmp_path / "links" / word).symlink_to(tmp_path / "real" / word)
    assert open_dataset(tmp_path / "links").root == tmp_path / "real"


def test_folders_that_are_data_sets_are_no_classes(tmp_path):
    for part in ("basic", "compound"):
        names = [f"train_{i:05d}.jpg" for i in range(1, 8)]
        pictures(tmp_path / part / "Image/aligned", [name.replace(".jpg", "_aligned.jpg") for name in names])
        listed(tmp_path / part, "EmoLabel/train_label.txt", names, list("1234567"), "", " ")
    with pytest.raises(DataError, match=r"2 data sets \(basic, compound\)"):
        open_dataset(tmp_path)


def test_a_list_of_a_split_that_names_no_image_is_listed(tmp_path):
    names = pictures(tmp_path, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    (tmp_path / "test.txt").write_text("\n".join([*names[6:], "sad/99.png"]))
    dataset = open_dataset(tmp_path)
    assert [(p.file, p.line, p.kind) for p in dataset.problems] == [("test.txt", 4, "missing-image")]
    assert len(dataset.rows("test")) == 3
    assert len(open_dataset(tmp_path, chosen={"split": "none"}).rows("train")) == 9
