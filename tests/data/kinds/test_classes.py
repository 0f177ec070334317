"""Which class a label means: columns, numbers, words, one-hot columns, lists of classes.

What reads them: formats/class_names.py, formats/hot_columns.py, formats/part.py, formats/ferplus_places.py,
formats/class_list.py, formats/emotions.py and formats/rafdb_numbering.py.
"""

import numpy as np
import pytest

from auditor.data.opening import open_dataset
from tests.data.drawn import draw
from tests.data.kinds.cases import SEVEN, WORDS, Cases, listed, numbered, pictures, rightly, rows

case = Cases()


@case({"train": 9}, WORDS)
def a_list_beside_numbered_shards(root):
    names = pictures(root, [f"{i // 3:03d}/{i}.jpg" for i in range(9)])
    listed(root, "labels.csv", names)


@case({"train": 9}, 3)
def one_hot_with_decimals(root):
    names = pictures(root / "images", numbered(9))
    text = "".join(f"{n},{float(i % 3 == 0)},{float(i % 3 == 1)},{float(i % 3 == 2)}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,angry,happy,sad\n" + text)


@case({"train": 12}, WORDS)
def annotators_and_counts_are_no_labels(root):
    names = pictures(root / "images", numbered(12))
    text = "".join(f"{i},{i % 2},{n},{1 + i % 3},{WORDS[i % 3]},{i % 4}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("id,annotator_id,image,label_count,expression,emotion_intensity\n" + text)


@case({"train": 12}, WORDS)
def predictions_beside_labels(root):
    names = pictures(root / "images", numbered(12))
    text = "".join(f"{n},{WORDS[0]},{WORDS[i % 3]}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,predicted_emotion,emotion\n" + text)


@case({"train": 7}, SEVEN)
def fer2013_with_words(root):
    pixels = " ".join(["9"] * 2304)
    (root / "fer2013.csv").write_text(
        "emotion,pixels,Usage\n" + "".join(f"{word},{pixels},Training\n" for word in SEVEN)
    )


@case({"train": 7}, SEVEN)
def fer2013_without_usage(root):
    pixels = " ".join(["9"] * 2304)
    (root / "train.csv").write_text("emotion,pixels\n" + "".join(f"{code},{pixels}\n" for code in range(7)))


@case({"train": 7, "test": 7}, ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"))
def rafdb_flat(root):
    names = [f"train_{i:05d}.jpg" for i in range(1, 8)] + [f"test_{i:04d}.jpg" for i in range(1, 8)]
    pictures(root, [name.replace(".jpg", "_aligned.jpg") for name in names])
    (root / "list_patition_label.txt").write_text(rows(names, list("1234567"), " "))


@case({"train": 7}, ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"))
def rafdb_with_words(root):
    words = ("Surprise", "Fear", "Disgust", "Happiness", "Sadness", "Anger", "Neutral")
    names = [f"train_{i:05d}.jpg" for i in range(1, 8)]
    pictures(root / "Image/aligned", [name.replace(".jpg", "_aligned.jpg") for name in names])
    listed(root, "EmoLabel/train_label.txt", names, words, "", " ")


@case({"train": 7}, 7)
def rafdb_with_paths(root):
    names = [f"Image/aligned/train_{i:05d}_aligned.jpg" for i in range(1, 8)]
    listed(root, "EmoLabel/train_label.txt", pictures(root, names), list("1234567"), "", " ")


@case({"train": 4, "test": 2}, 8)
def affectnet2_flat(root):
    for folder, count in (("train_set", 4), ("val_set", 2)):
        for i in range(count):
            draw(root / folder / f"{i}.jpg", i)
            np.save(root / folder / f"{i}_exp.npy", np.array(str(i % 3)))


def hot(root, head: str, cell, count: int = 9) -> None:
    names = pictures(root / "images", numbered(count))
    text = "".join(f"{n},{','.join(str(cell(i, c)) for c in range(3))}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text(f"image,{head}\n" + text)


@case({"train": 9}, WORDS)
def one_hot_of_true_and_false_with_a_prefix(root):
    hot(root, "emotion_angry,emotion_happy,emotion_sad", lambda i, c: i % 3 == c)


@case({"train": 600}, WORDS)
def one_hot_sorted_by_class(root):
    hot(root, "angry,happy,sad", lambda i, c: int(i // 200 == c), 600)


@case({"train": 8}, ("bored", "pain"))
def one_hot_beside_a_flag(root):
    hot(root, "pain,bored,male", lambda i, c: (int(i % 2 == 0), i % 2, i // 2 % 2)[c], 8)


@case({"train": 8}, WORDS)
def votes_of_which_the_most_count(root):
    hot(root, "angry,happy,sad", lambda i, c: 3 if i == 8 else 7 if i % 3 == c else 1)  # the last row is a tie


def with_numbers(root, first: int = 0) -> None:
    listed(root, "labels.csv", pictures(root / "images", numbered(9)), [str(first + i) for i in range(3)])


@case({"train": 9}, ("disgust", "fear", "surprise"))
def names_of_numbers_in_a_text(root):
    with_numbers(root, 1)
    (root / "classes.txt").write_text("surprise\nfear\ndisgust\n")


@case({"train": 9}, ("disgust", "fear", "surprise"))
def names_of_numbers_in_json(root):
    with_numbers(root)
    (root / "classes.json").write_text('{"surprise": 0, "fear": 1, "disgust": 2}')


@case({"train": 9}, ("disgust", "fear", "surprise"))
def names_of_numbers_in_a_table(root):
    with_numbers(root)
    (root / "label_map.csv").write_text("id,name\n0,surprise\n1,fear\n2,disgust\n")


@case({"train": 7}, SEVEN)
def expw(root):
    names = pictures(root / "image/origin", numbered(7))
    (root / "label.lst").write_text("".join(f"{n} 0 1 2 3 4 88.5 {i}\n" for i, n in enumerate(names)))


ONES = {"-1": "1", "": "x", "No": "Yes"}


@case({"train": 27}, WORDS)
def one_hot_in_other_words(root):
    hot(root, "angry,happy,sad", lambda i, c: (list(ONES.values()) if i % 3 == c else list(ONES))[i // 9], 27)


@case({"train": 9}, 3)
def one_hot_of_numbered_columns(root):
    hot(root, "0,1,2", lambda i, c: int(i % 3 == c))


@case({"train": 9}, WORDS)
def one_hot_with_a_column_of_unlabelled(root):
    names = pictures(root / "images", numbered(10))
    text = "".join(
        f"{n},{int(i == 9)},{','.join(str(int(i % 3 == c and i < 9)) for c in range(3))}\n" for i, n in enumerate(names)
    )
    (root / "labels.csv").write_text("image,Unlabeled,angry,happy,sad\n" + text)


@case({"train": 9}, WORDS)
def shares_in_brackets(root):
    hot(root, "[prob. angry],[prob. happy],[prob. sad]", lambda i, c: 0.7 if i % 3 == c else 0.15)


@case({"train": 9}, WORDS)
def the_majority_of_annotators(root):
    names = pictures(root / "images", numbered(9))
    text = "".join(f"{n},{WORDS[(i + 1) % 3]},{WORDS[(i + i // 4) % 3]},{WORDS[i % 3]}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,a1,a2,majority_vote\n" + text)


@case({"train": 9}, WORDS)
def results_of_toloka(root):
    names = pictures(root / "images", numbered(9))
    text = "".join(f"{n}\t{WORDS[i % 3]}\t\tw{i % 2}\n" for i, n in enumerate(names))
    (root / "results.tsv").write_text("INPUT:image\tOUTPUT:result\tGOLDEN:result\tASSIGNMENT:worker_id\n" + text)


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")


@pytest.mark.parametrize("name", ["predictions_beside_labels", "the_majority_of_annotators", "one_hot_in_other_words"])
def test_the_labels_are_those_of_the_images(tmp_path, name):
    case[name][0](tmp_path)
    assert rightly(open_dataset(tmp_path))


def test_digits_that_are_no_numbers_are_words(tmp_path):
    listed(tmp_path, "labels.csv", pictures(tmp_path / "images", numbered(6)), ("1", "2", "²"))
    assert len(open_dataset(tmp_path)) == 6
    pictures(tmp_path / "folders", ["1/a.png", "²/b.png"])
    assert open_dataset(tmp_path / "folders").codes == ("1", "²")


def test_the_names_go_with_the_numbers(tmp_path):
    """formats/class_list.py: counted from 1 where 0 is not in use and as many names as numbers are there."""
    names_of_numbers_in_a_text(tmp_path)
    dataset = open_dataset(tmp_path)
    assert (dataset.classes, dataset.codes) == (("surprise", "fear", "disgust"), ("1", "2", "3"))
    (tmp_path / "classes.txt").write_text("class\nsurprise\nfear\ndisgust\n")  # the first line is a heading
    assert open_dataset(tmp_path).classes == ("surprise", "fear", "disgust")
    (tmp_path / "classes.txt").write_text("surprise\nfear\n")  # names too few: the numbers stay
    assert open_dataset(tmp_path).classes == ("1", "2", "3")


def test_the_same_words_for_other_images_are_a_second_opinion(tmp_path):
    names = pictures(tmp_path / "images", numbered(9))
    text = "".join(f"{n},{WORDS[i % 3]},{WORDS[(i + 1) % 3]}\n" for i, n in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,rater1,rater2\n" + text)
    assert [c.close for c in open_dataset(tmp_path).choices if c.what == "label column"] == [True]
