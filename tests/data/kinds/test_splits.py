"""Where the split comes from: columns, names of lists, folders, beginnings of names; never a leak.

What reads them: formats/splits.py and formats/split_lists.py.
"""

import pytest

from auditor.data.dataset import SPLITS
from auditor.data.formats.base import get_format
from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from tests.data.kinds.cases import SEVEN, WORDS, Cases, listed, numbered, pictures

case = Cases()


@case({"train": 6, "test": 3}, WORDS)
def labels_train_and_labels_test(root):
    listed(root, "labels_train.csv", pictures(root / "images", numbered(6)))
    listed(root, "labels_test.csv", pictures(root / "images", numbered(3, "t{}.jpg")))


@case({"train": 6, "valid": 3, "test": 3}, WORDS)
def roboflow_classes_in_three_folders(root):
    for folder, count in (("train", 6), ("valid", 3), ("test", 3)):
        names = pictures(root / folder, numbered(count, folder + "_{}_jpg.rf.abc.jpg"))
        text = "filename, angry, happy, sad\n"
        text += "".join(f"{n}, {int(i % 3 == 0)}, {int(i % 3 == 1)}, {int(i % 3 == 2)}\n" for i, n in enumerate(names))
        (root / folder / "_classes.csv").write_text(text)


@case({"train": 6, "test": 3}, WORDS)
def boolean_is_train(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{int(i < 6)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,is_train\n" + lines)


@case({"train": 6, "valid": 3}, WORDS)
def fold_of_two_values(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{int(i >= 6)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,fold\n" + lines)


@case({"train": 9}, WORDS)
def fold_of_five_values_is_no_split(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{i % 5}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,fold\n" + lines)


@case({"train": 6, "valid": 1, "test": 2}, WORDS)
def usage_as_fer2013_says_it(root):
    names = pictures(root / "images", numbered(9))
    usage = ["Training"] * 6 + ["PublicTest"] + ["PrivateTest"] * 2
    lines = "".join(f"{n},{WORDS[i % 3]},{usage[i]}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,emotion,Usage\n" + lines)


@case({"train": 6, "test": 3}, WORDS)
def paths_say_the_split(root):
    names = pictures(root, [*numbered(6, "train/{}.jpg"), *numbered(3, "test/{}.jpg")])
    listed(root, "labels.csv", names)


@case({"test": 6}, WORDS)
def a_lone_test_list(root):
    listed(root, "test_labels.csv", pictures(root / "images", numbered(6)))


@case({"valid": 6}, WORDS)
def a_lone_validation_list(root):
    listed(root, "val.csv", pictures(root / "images", numbered(6)))


@case({"train": 6, "test": 3}, WORDS)
def an_image_in_two_lists_is_held_out(root):
    names = pictures(root / "images", numbered(9))
    listed(root, "train.csv", names)
    listed(root, "test.csv", names[6:])


@case({"train": 6, "test": 3}, WORDS)
def a_list_of_all_beside_a_test_list(root):
    names = pictures(root / "images", numbered(9))
    listed(root, "labels.csv", names)
    listed(root, "test.csv", names[6:])


@case({"train": 4, "test": 4}, WORDS)
def lists_in_the_folders_of_splits_with_the_same_names(root):
    for folder in ("train", "test"):
        listed(root, f"{folder}/labels.csv", pictures(root / folder, numbered(4)))


@case({"train": 6, "test": 3}, WORDS)
def text_lists_of_two_splits(root):
    listed(root, "train.txt", pictures(root / "images", numbered(6)), head="", mark=" ")
    listed(root, "test.txt", pictures(root / "images", numbered(3, "t{}.jpg")), head="", mark=" ")


@case({"train": 6, "test": 3}, SEVEN[:3])
def names_begin_with_the_split(root):
    names = pictures(root / "faces", [*numbered(6, "train_{:04d}.png"), *numbered(3, "test_{:04d}.png")])
    listed(root, "labels.csv", names, SEVEN[:3])


@case({"train": 9}, WORDS)
def is_valid_says_that_images_can_be_used(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{i != 4}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,is_valid\n" + lines)


def with_column(root, name: str, values, count: int = 9) -> None:
    names = pictures(root / "images", numbered(count))
    lines = "".join(f"{n},{WORDS[i % 3]},{values(i)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text(f"image,label,{name}\n" + lines)


@case({"train": 6, "test": 3}, WORDS)
def holdout_flag(root):
    with_column(root, "is_holdout", lambda i: int(i >= 6))


@case({"train": 6, "test": 3}, WORDS)
def partition_0_and_2(root):
    with_column(root, "partition", lambda i: 2 * (i >= 6))


@case({"train": 3, "valid": 3, "test": 3}, WORDS)
def a_flag_for_each_split(root):
    with_column(root, "is_train,is_val,is_test", lambda i: f"{int(i < 3)},{int(3 <= i < 6)},{int(i >= 6)}")


@case({"train": 250, "valid": 25, "test": 25}, WORDS)
def held_out_rows_far_from_the_first(root):
    with_column(root, "kind", lambda i: "train" if i < 250 else "val" if i < 275 else "test", 300)


@case({"train": 250, "valid": 25, "test": 25}, WORDS)
def numbered_splits_far_from_the_first_rows(root):
    with_column(root, "phase", lambda i: 0 if i < 250 else 1 if i < 275 else 2, 300)


@case({"train": 6, "test": 3}, WORDS)
def lists_of_paths_beside_class_folders(root):
    names = pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    (root / "train.txt").write_text("\n".join(names[:6]))
    (root / "test.txt").write_text("\n".join(f"/home/me/faces/{name}" for name in names[6:]))


@case({"train": 6, "valid": 3}, WORDS)
def lists_of_names_without_endings_beside_class_folders(root):
    names = pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    for split, some in (("train", names[:6]), ("val", names[6:])):
        (root / f"{split}.txt").write_text("\n".join(name[:-4] for name in some))


@case({"train": 6, "test": 3}, WORDS)
def a_table_of_splits_beside_class_folders(root):
    names = pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    listed(root, "splits.csv", names, ["train"] * 6 + ["test"] * 3, "path,split\n")


@case({"train": 6, "valid": 3}, 3)
def a_short_list_of_another_split(root):
    listed(root, "train.txt", pictures(root / "a", numbered(6)), ("0", "1", "2"), "", " ")
    listed(root, "val.txt", pictures(root / "b", numbered(3, "v{}.jpg")), ("0", "1", "2"), "", " ")


@case({"train": 7, "valid": 7, "test": 7}, 7)
def fer2013_in_a_table_for_each_split(root):
    for name, shade in (("train", 1), ("val", 2), ("test", 3)):
        pixels = " ".join([str(shade)] * 2304)
        (root / f"{name}.csv").write_text("emotion,pixels\n" + "".join(f"{code}.0,{pixels}\n" for code in range(7)))


def with_words(root, name: str, words: dict[str, int]) -> None:
    """A table with a column that gives so many rows of each word."""
    cells = [word for word, count in words.items() for _ in range(count)]
    names = pictures(root / "images", numbered(len(cells)))
    text = "".join(f"{n},{WORDS[i % 3]},{cell}\n" for i, (n, cell) in enumerate(zip(names, cells, strict=True)))
    (root / "labels.csv").write_text(f"image,label,{name}\n" + text)


@case({"valid": 6, "test": 6}, WORDS)
def the_usages_of_a_solution_of_kaggles(root):
    with_words(root, "Usage", {"Public": 6, "Private": 6})


@case({"train": 9, "test": 3}, WORDS)
def train_and_valid_in_one_word(root):
    with_words(root, "split", {"trainval": 6, "train+val": 3, "test": 3})


@case({"train": 3, "test": 6}, WORDS)
def words_of_a_search_beside_train(root):
    with_words(root, "split", {"train": 3, "query": 3, "gallery": 3})


@case({"train": 6, "test": 3}, WORDS)
def a_cross_for_the_test_rows(root):
    with_words(root, "test", {"": 6, "x": 3})


@case({"train": 6, "test": 3}, WORDS)
def a_folder_of_train_and_valid(root):
    pictures(root, [f"{'trainval' if i < 6 else 'test'}/{WORDS[i % 3]}/{i}.png" for i in range(9)])


@case({"train": 6, "test": 3}, WORDS)
def a_list_of_train_and_valid(root):
    listed(root, "train_val.csv", pictures(root / "images", numbered(6, "a{}.jpg")))
    listed(root, "test.csv", pictures(root / "images", numbered(3, "b{}.jpg")))


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")


def test_an_unknown_split_is_never_trained_on(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    lines = "".join(f"{n},{WORDS[i % 3]},{'train' if i < 4 else 'hidden'}\n" for i, n in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,label,split\n" + lines)
    dataset = open_dataset(tmp_path)
    assert (len(dataset.rows("train")), len(dataset.rows("test"))) == (4, 2)
    assert [p.kind for p in dataset.problems] == ["bad-split", "bad-split"]


def test_a_table_of_each_split_keeps_its_own_pixels(tmp_path):
    fer2013_in_a_table_for_each_split(tmp_path)
    dataset = open_dataset(tmp_path / "test.csv")
    shades = {SPLITS[dataset.split[row]]: int(decode(dataset, row)[0, 0, 0]) for row in range(len(dataset))}
    assert shades == {"train": 1, "valid": 2, "test": 3}
    assert set(get_format("ferplus").image_files(dataset)) == {"train.csv", "val.csv", "test.csv"}


@pytest.mark.parametrize("listed_beside", [False, True])
def test_the_folder_of_a_split_is_not_trained_on(tmp_path, listed_beside):
    for split in ("train", "test"):
        names = pictures(tmp_path / split, [f"{WORDS[i % 3]}/{i}.png" for i in range(6)])
        if listed_beside:
            listed(tmp_path / split, "labels.csv", names)
    dataset = open_dataset(tmp_path / "test")
    assert (len(dataset.rows("test")), [c.close for c in dataset.choices if c.what == "split"]) == (6, [True])
    assert len(open_dataset(tmp_path / "test", chosen={"split": "none"}).rows("train")) == 6
    assert len(open_dataset(tmp_path / "train").rows("train")) == 6
