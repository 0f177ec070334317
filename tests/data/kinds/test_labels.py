"""Labels in names, folders and columns.

formats/class_names.py, formats/emotions.py, formats/filenames.py and formats/rafdb_numbering.py.
"""

import pytest

from auditor.data.opening import open_dataset
from tests.data.kinds.cases import SEVEN, WORDS, Cases, listed, numbered, pictures, rightly, rows

CASES = Cases()


@CASES.add({"train": 14}, ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"))
def jaffe(root):
    codes = ("AN", "DI", "FE", "HA", "NE", "SA", "SU")
    pictures(root, [f"KA.{codes[i % 7]}{1 + i // 7}.{i + 20}.tiff" for i in range(14)])


@CASES.add({"train": 14}, ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"))
def kdef_in_folders_of_persons(root):
    codes = ("AN", "DI", "AF", "HA", "NE", "SA", "SU")
    pictures(root, [f"AF{1 + i // 7:02d}/AF{1 + i // 7:02d}{codes[i % 7]}S.JPG" for i in range(14)])


@CASES.add({"train": 6}, ("anger", "happiness", "sadness"))
def emotions_in_file_names(root):
    pictures(root / "faces", [f"{WORDS[i % 3]}_{i:04d}.png" for i in range(6)])


@CASES.add({"train": 9}, WORDS)
def folders_of_persons_above_the_classes(root):
    pictures(root, [f"S{i // 3:03d}/{WORDS[i % 3]}/{i}.png" for i in range(9)])


@CASES.add({"train": 9}, WORDS)
def folders_of_persons_below_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/S{i // 3:03d}/{i}.png" for i in range(9)])


@CASES.add({"train": 6, "test": 3}, WORDS)
def splits_below_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/{'train' if i < 6 else 'test'}/{i}.png" for i in range(9)])


@CASES.add({"train": 9, "test": 3}, WORDS)
def sfew(root):
    pictures(root, [f"Train/Train_Aligned_Faces/{WORDS[i % 3].title()}/{i}.png" for i in range(9)])
    pictures(root, [f"Test/Test_Aligned_Faces/{WORDS[i % 3].title()}/{i}.png" for i in range(3)])


@CASES.add({"train": 9}, WORDS)
def a_test_folder_without_labels(root):
    pictures(root, [f"train/{WORDS[i % 3]}/{i}.png" for i in range(9)])
    pictures(root, numbered(4, "Test_Data/{}.png"))


@CASES.add({"train": 9}, WORDS)
def a_test_folder_without_labels_beside_the_classes(root):
    pictures(root, [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])
    pictures(root, numbered(4, "Test_Data/{}.png"))


@CASES.add({"train": 9}, WORDS)
def a_list_beside_numbered_shards(root):
    names = pictures(root, [f"{i // 3:03d}/{i}.jpg" for i in range(9)])
    listed(root, "labels.csv", names)


@CASES.add({"train": 9}, 3)
def one_hot_with_decimals(root):
    names = pictures(root / "images", numbered(9))
    text = "".join(f"{n},{float(i % 3 == 0)},{float(i % 3 == 1)},{float(i % 3 == 2)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,angry,happy,sad\n" + text)


@CASES.add({"train": 12}, WORDS)
def annotators_and_counts_are_no_labels(root):
    names = pictures(root / "images", numbered(12))
    text = "".join(f"{i},{i % 2},{n},{1 + i % 3},{WORDS[i % 3]},{i % 4}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("id,annotator_id,image,label_count,expression,emotion_intensity\n" + text)


@CASES.add({"train": 12}, WORDS)
def predictions_beside_labels(root):
    names = pictures(root / "images", numbered(12))
    text = "".join(f"{n},{WORDS[0]},{WORDS[i % 3]}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,predicted_emotion,emotion\n" + text)


@CASES.add({"train": 7}, SEVEN)
def fer2013_with_words(root):
    pixels = " ".join(["9"] * 2304)
    (root / "fer2013.csv").write_text(
        "emotion,pixels,Usage\n" + "".join(f"{word},{pixels},Training\n" for word in SEVEN)
    )


@CASES.add({"train": 7}, SEVEN)
def fer2013_without_usage(root):
    pixels = " ".join(["9"] * 2304)
    (root / "train.csv").write_text("emotion,pixels\n" + "".join(f"{code},{pixels}\n" for code in range(7)))


@CASES.add({"train": 7, "test": 7}, ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"))
def rafdb_flat(root):
    names = [f"train_{i:05d}.jpg" for i in range(1, 8)] + [f"test_{i:04d}.jpg" for i in range(1, 8)]
    pictures(root, [name.replace(".jpg", "_aligned.jpg") for name in names])
    (root / "list_patition_label.txt").write_text(rows(names, list("1234567"), " "))


@CASES.add({"train": 7}, ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"))
def rafdb_with_words(root):
    words = ("Surprise", "Fear", "Disgust", "Happiness", "Sadness", "Anger", "Neutral")
    names = [f"train_{i:05d}.jpg" for i in range(1, 8)]
    pictures(root / "Image/aligned", [name.replace(".jpg", "_aligned.jpg") for name in names])
    listed(root, "EmoLabel/train_label.txt", names, words, "", " ")


@CASES.add({"train": 6}, 3)
def lists_with_the_label_first(root):
    names = pictures(root / "faces", numbered(6))
    (root / "list.txt").write_text("".join(f"{i % 3} faces/{n}\n" for i, n in enumerate(names)))


@CASES.add({"train": 9}, WORDS)
def is_valid_says_that_images_can_be_used(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{i != 4}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,is_valid\n" + lines)


@CASES.add({"train": 7}, 7)
def rafdb_with_paths(root):
    names = [f"Image/aligned/train_{i:05d}_aligned.jpg" for i in range(1, 8)]
    listed(root, "EmoLabel/train_label.txt", pictures(root, names), list("1234567"), "", " ")


@CASES.add({"train": 6}, WORDS)
def links_inside_the_root_are_followed(root):
    pictures(root / "store", numbered(6))
    (root / "images").symlink_to(root / "store")
    listed(root, "labels.csv", [f"images/{n}" for n in numbered(6)])


@pytest.mark.parametrize("name", CASES)
def test_it_opens_as_it_is(tmp_path, name):
    CASES.check(name, tmp_path / "data")


@pytest.mark.parametrize("name", ["predictions_beside_labels"])
def test_the_labels_are_those_of_the_images(tmp_path, name):
    CASES[name][0](tmp_path)
    assert rightly(open_dataset(tmp_path))


def test_digits_that_are_no_numbers_are_words(tmp_path):
    listed(tmp_path, "labels.csv", pictures(tmp_path / "images", numbered(6)), ("1", "2", "²"))
    assert len(open_dataset(tmp_path)) == 6
    pictures(tmp_path / "folders", ["1/a.png", "²/b.png"])
    assert open_dataset(tmp_path / "folders").codes == ("1", "²")
