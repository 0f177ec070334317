"""Data sets as people have them: each opens with the right splits and classes, or is refused in a sentence.

What reads them: files/jsonrecords.py, files/packed.py, files/parquet.py, files/shards.py, formats/ckplus.py,
formats/class_names.py, formats/emotions.py, formats/filenames.py, formats/hfdata.py, formats/rafdb_numbering.py and
formats/splits.py.
"""

import gzip
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from auditor.data.dataset import SPLITS
from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.errors import DataError, ImageError
from tests.data.drawn import draw

WORDS = ("angry", "happy", "sad")
SEVEN = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def pictures(root: Path, names, start: int = 0) -> list[str]:
    for place, name in enumerate(names):
        draw(root / name, start + place, (8, 8))
    return list(names)


def rows(names, labels=WORDS, mark: str = ",") -> str:
    return "".join(f"{name}{mark}{labels[place % len(labels)]}\n" for place, name in enumerate(names))


def numbered(count: int, pattern: str = "{:03d}.jpg") -> list[str]:
    return [pattern.format(place) for place in range(count)]


def listed(root: Path, file: str, names, labels=WORDS, head: str = "image,label\n", mark: str = ",") -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(head + rows(names, labels, mark))


Found = dict[str, int]
CASES: dict[str, tuple[Callable[[Path], object], Found, tuple[str, ...] | int | None]] = {}
"""By what it is: how it is made, the images of each split, and the classes (or how many)."""


def case(counts: Found, classes: tuple[str, ...] | int | None = None):
    def keep(make):
        CASES[make.__name__] = (make, counts, classes)
        return make

    return keep


# -- splits -------------------------------------------------------------------------------------------------------


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


# -- labels -------------------------------------------------------------------------------------------------------


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


@case({"train": 6}, 3)
def lists_with_the_label_first(root):
    names = pictures(root / "faces", numbered(6))
    (root / "list.txt").write_text("".join(f"{i % 3} faces/{n}\n" for i, n in enumerate(names)))


@case({"train": 9}, WORDS)
def is_valid_says_that_images_can_be_used(root):
    names = pictures(root / "images", numbered(9))
    lines = "".join(f"{n},{WORDS[i % 3]},{i != 4}\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,is_valid\n" + lines)


@case({"train": 7}, 7)
def rafdb_with_paths(root):
    names = [f"Image/aligned/train_{i:05d}_aligned.jpg" for i in range(1, 8)]
    listed(root, "EmoLabel/train_label.txt", pictures(root, names), list("1234567"), "", " ")


@case({"train": 6}, WORDS)
def links_inside_the_root_are_followed(root):
    pictures(root / "store", numbered(6))
    (root / "images").symlink_to(root / "store")
    listed(root, "labels.csv", [f"images/{n}" for n in numbered(6)])


# -- forms --------------------------------------------------------------------------------------------------------


@case({"train": 6}, WORDS)
def json_records(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.json").write_text(json.dumps([{"image": n, "label": WORDS[i % 3]} for i, n in enumerate(names)]))


@case({"train": 6}, WORDS)
def json_of_names(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.json").write_text(json.dumps({n: WORDS[i % 3] for i, n in enumerate(names)}, indent=2))


@case({"train": 6}, WORDS)
def coco(root):
    names = pictures(root / "images", numbered(6))
    (root / "annotations.json").write_text(
        json.dumps(
            {
                "images": [{"id": i, "file_name": n} for i, n in enumerate(names)],
                "annotations": [{"id": i, "image_id": i, "category_id": 1 + i % 3} for i in range(6)],
                "categories": [{"id": 1 + i, "name": word} for i, word in enumerate(WORDS)],
            }
        )
    )


@case({"train": 4, "test": 2}, WORDS)
def fiftyone_samples(root):
    names = pictures(root / "data", numbered(6))
    samples = [
        {
            "filepath": f"data/{n}",
            "tags": ["train" if i < 4 else "test"],
            "ground_truth": {"_cls": "Classification", "label": WORDS[i % 3]},
            "predictions": {"_cls": "Classification", "label": WORDS[0], "confidence": 0.5},
        }
        for i, n in enumerate(names)
    ]
    (root / "samples.json").write_text(json.dumps({"samples": samples}))


@case({"train": 6}, WORDS)
def label_studio_json_min(root):
    names = pictures(root / "upload", numbered(6))
    tasks = [
        {"image": f"/data/upload/3/a1b2c3d4-{n}", "id": i, "sentiment": WORDS[i % 3], "annotator": 1, "lead_time": 2.5}
        for i, n in enumerate(names)
    ]
    (root / "project.json").write_text(json.dumps(tasks))


@case({"train": 6}, WORDS)
def label_studio_json(root):
    names = pictures(root / "upload/1", numbered(6, "a1b2c3d4-{}.jpg"))
    tasks = [
        {
            "id": i,
            "data": {"image": f"/data/upload/1/{n}"},
            "annotations": [
                {"completed_by": 1, "result": [{"type": "choices", "value": {"choices": [WORDS[i % 3]]}}]},
                {"completed_by": 2, "result": [{"type": "choices", "value": {"choices": [WORDS[0]]}}]},
            ],
        }
        for i, n in enumerate(names)
    ]
    (root / "project.json").write_text(json.dumps(tasks))


@case({"train": 6}, WORDS)
def label_studio_csv_of_two_annotators(root):
    names = pictures(root / "upload/1", numbered(6))
    lines = "".join(
        f"{i},{who},{WORDS[(i + who - 1) % 3]},{100 + i},/data/upload/1/{n}\n"
        for i, n in enumerate(names)
        for who in (1, 2)
    )
    (root / "project.csv").write_text("annotation_id,annotator,choice,id,image\n" + lines)


@case({"train": 6}, WORDS)
def tab_separated_text(root):
    listed(root, "labels.txt", pictures(root / "images", numbered(6)), head="image\tlabel\n", mark="\t")


@case({"train": 6}, WORDS)
def repeated_headers(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.csv").write_text("image,label\n" + rows(names[:3]) + "image,label\n" + rows(names[3:]))


@case({"train": 6}, WORDS)
def a_header_behind_a_mark(root):
    listed(root, "labels.csv", pictures(root / "images", numbered(6)), head="# image,label\n")


@case({"train": 6}, WORDS)
def notes_with_commas(root):
    names = pictures(root / "images", numbered(6))
    text = "".join(f"{n},{WORDS[i % 3]},blurred, perhaps\n" for i, n in enumerate(names))
    (root / "labels.csv").write_text("image,label,note\n" + text)


@case({"train": 6}, WORDS)
def a_packed_tsv(root):
    names = pictures(root / "images", numbered(6))
    (root / "labels.tsv.gz").write_bytes(gzip.compress(("image\tlabel\n" + rows(names, mark="\t")).encode()))


@case({"train": 6, "test": 3}, WORDS)
def saved_to_disk(root):
    info = {"features": {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": list(WORDS)}}}
    for split, count in (("train", 6), ("test", 3)):
        data = draw(root.parent / "x.png").read_bytes()
        images = pa.array([{"bytes": data, "path": f"{split}{i}.png"} for i in range(count)],
                          pa.struct({"bytes": pa.binary(), "path": pa.string()}))  # fmt: skip
        table = pa.table({"image": images, "label": pa.array([i % 3 for i in range(count)])})
        (root / split).mkdir(parents=True)
        shard = str(root / split / "data-00000-of-00001.arrow")
        with pa.OSFile(shard, "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        (root / split / "dataset_info.json").write_text(json.dumps(info))
        (root / split / "state.json").write_text("{}")
    (root / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))


@case({"train": 6}, WORDS)
def parquet_of_bytes_and_words(root):
    root.mkdir(exist_ok=True)
    data = [draw(root.parent / "x.png", i).read_bytes() for i in range(6)]
    pq.write_table(pa.table({"img": data, "emotion": [WORDS[i % 3] for i in range(6)]}), root / "faces.parquet")


@case({"train": 4, "test": 2}, 8)
def affectnet2_flat(root):
    for folder, count in (("train_set", 4), ("val_set", 2)):
        for i in range(count):
            draw(root / folder / f"{i}.jpg", i)
            np.save(root / folder / f"{i}_exp.npy", np.array(str(i % 3)))


@case({"train": 9}, WORDS)
def nested_two_deep(root):
    pictures(root / "archive/faces", [f"{WORDS[i % 3]}/{i}.png" for i in range(9)])


# -- paths --------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("name", CASES)
def test_it_opens_as_it_is(tmp_path, name):
    make, counts, classes = CASES[name]
    root = tmp_path / "data"
    root.mkdir()
    make(root)
    dataset = open_dataset(root)
    sizes = {split: len(dataset.rows(split)) for split in SPLITS if len(dataset.rows(split))}
    assert sizes == counts, dataset.problems
    if isinstance(classes, int):
        assert dataset.num_classes == classes
    elif classes is not None:
        assert sorted(dataset.classes) == sorted(classes)
    assert len(set(dataset.names)) == len(dataset)


def test_an_unknown_split_is_never_trained_on(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    lines = "".join(f"{n},{WORDS[i % 3]},{'train' if i < 4 else 'hidden'}\n" for i, n in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,label,split\n" + lines)
    dataset = open_dataset(tmp_path)
    assert (len(dataset.rows("train")), len(dataset.rows("test"))) == (4, 2)
    assert [p.kind for p in dataset.problems] == ["bad-split", "bad-split"]


def rightly(dataset) -> bool:
    """Whether the numbered images of `pictures` have the labels that `rows` gave them."""
    return [dataset.classes[label] for label in dataset.labels[:3]] == list(WORDS)


@pytest.mark.parametrize(
    "name", ["json_records", "coco", "label_studio_json", "another_case", "predictions_beside_labels"]
)
def test_the_labels_are_those_of_the_images(tmp_path, name):
    CASES[name][0](tmp_path)
    assert rightly(open_dataset(tmp_path))


def test_ambiguous_names_are_problems_and_never_guesses(tmp_path):
    pictures(tmp_path, ["a/1.jpg", "b/1.jpg", "a/2.jpg", "b/3.jpg"])
    listed(tmp_path, "labels.csv", ["1.jpg", "2.jpg", "3.jpg"])
    dataset = open_dataset(tmp_path)
    assert [(p.line, p.kind) for p in dataset.problems if p.kind != "matched-image"] == [(2, "ambiguous-image")]


def test_an_image_of_another_folder_is_not_taken(tmp_path):
    pictures(tmp_path, ["train/angry/1.jpg", "train/happy/2.jpg", "test/happy/3.jpg", "test/sad/4.jpg"])
    names = ["train/angry/1.jpg", "train/happy/2.jpg", "train/happy/3.jpg"]
    listed(tmp_path, "labels.csv", names)
    dataset = open_dataset(tmp_path)
    assert (len(dataset), [p.kind for p in dataset.problems]) == (2, ["missing-image"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["train/1.png", "train/2.png", "test/3.png"], "'folder': test, train hold images.* a folder for each class"),
        (["happy/1.png", "happy/2.png"], "one is too few"),
        (["1.png", "2.png"], "it holds 2 images"),
    ],
)
def test_a_refusal_names_the_nearest_miss(tmp_path, names, message):
    pictures(tmp_path, names)
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path)


def test_a_refusal_names_the_columns_and_the_links(tmp_path):
    pictures(tmp_path / "data", ["x/1.png"])
    (tmp_path / "data/t.csv").write_text("width,height\n1.5,2.5\n")
    with pytest.raises(DataError, match=r"width, height.*a column of images"):
        open_dataset(tmp_path / "data")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/angry").symlink_to(tmp_path / "data/x")
    with pytest.raises(DataError, match=r"link that leads out of it or nowhere \(angry\)"):
        open_dataset(tmp_path / "links")


def test_links_to_all_of_a_folders_classes_open_that_folder(tmp_path):
    pictures(tmp_path / "real", [f"{WORDS[i % 3]}/{i}.png" for i in range(6)])
    (tmp_path / "links").mkdir()
    for word in WORDS:
        (tmp_path / "links" / word).symlink_to(tmp_path / "real" / word)
    assert open_dataset(tmp_path / "links").root == tmp_path / "real"


def test_several_data_sets_below_are_named(tmp_path):
    for name in ("one", "two"):
        pictures(tmp_path / name, [f"{WORDS[i % 3]}/{i}.png" for i in range(6)])
    with pytest.raises(DataError, match=r"2 data sets \(one, two\)"):
        open_dataset(tmp_path)


def test_pixels_come_out_of_shards(tmp_path):
    """auditor/data/files/shards.py: by row, in any order; a shard that is cut short costs its images only."""
    CASES["saved_to_disk"][0](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    assert decode(dataset, 7).shape == (16, 16, 3)
    assert np.array_equal(decode(dataset, 0), np.asarray(Image.open(tmp_path / "x.png").convert("RGB")))
    shard = dataset.root / dataset.source_of(0)
    shard.write_bytes(shard.read_bytes()[:-700])
    with pytest.raises(ImageError):
        decode(dataset, 5)


def test_digits_that_are_no_numbers_are_words(tmp_path):
    listed(tmp_path, "labels.csv", pictures(tmp_path / "images", numbered(6)), ("1", "2", "²"))
    assert len(open_dataset(tmp_path)) == 6
    pictures(tmp_path / "folders", ["1/a.png", "²/b.png"])
    assert open_dataset(tmp_path / "folders").codes == ("1", "²")
