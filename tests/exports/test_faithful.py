"""formats/mirrors.py, formats/rewrite.py, exports/tree.py: what is exported says one thing in the source's words."""

import gzip
import json
import unicodedata

import numpy as np
import pyarrow.parquet as pq
import pytest

from auditor.cli.decide import read_decisions
from auditor.data.files.jsonedit import edited
from auditor.data.opening import open_dataset
from auditor.errors import ExportError
from auditor.exports import table, tree
from auditor.exports.preview import preview
from auditor.exports.source import CorrectionRequest, corrected, leaving_out
from auditor.store.state import DecisionState
from tests.data.drawn import draw
from tests.data.kinds.cases import WORDS, every, listed, numbered, pictures
from tests.data.kinds.test_shards import one_shard

CASES = every()


def relabelled(root, names):
    """The files of a data set with these images' new classes."""
    dataset = open_dataset(root)
    labels = dataset.labels.copy()
    for name, word in names.items():
        labels[dataset.index_of(name)] = dataset.classes.index(word)
    return corrected(CorrectionRequest(dataset, labels, {}))


def changed_lines(before: str, after: str) -> dict[int, str]:
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    return {number: new for number, (old, new) in enumerate(pairs, 1) if old != new}


def test_one_hot_rows_keep_exactly_one_1(tmp_path):
    CASES["one_hot_with_decimals"][0](tmp_path)
    before = (tmp_path / "labels.csv").read_text()
    assert list(relabelled(tmp_path, {}).values()) == [before.encode()]
    (after,) = relabelled(tmp_path, {"001.jpg": "sad"}).values()
    assert changed_lines(before, after.decode()) == {3: "001.jpg,0.0,0.0,1.0"}


def test_a_number_and_its_name_change_together(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    text = "".join(f'{name},{i % 3},"{WORDS[i % 3]}",{48 + i % 3}\n' for i, name in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,class_id,class_name,width\n" + text)
    (after,) = relabelled(tmp_path, {"002.jpg": "angry"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {4: '002.jpg,0,"angry",50'}


def test_columns_of_0_and_1_follow_the_label_beside_them(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    text = "".join(
        f"{n},{WORDS[i % 3]},{','.join(str(int(i % 3 == k)) for k in range(3))}\n" for i, n in enumerate(names)
    )
    (tmp_path / "labels.csv").write_text("image,emotion,angry,happy,sad\n" + text)
    (after,) = relabelled(tmp_path, {"000.jpg": "happy"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {2: "000.jpg,happy,0,1,0"}


def test_one_hot_keeps_its_own_words(tmp_path):
    CASES["one_hot_in_other_words"][0](tmp_path)
    (after,) = relabelled(tmp_path, {"000.jpg": "sad", "009.jpg": "sad", "018.jpg": "sad"}).values()
    changed = changed_lines((tmp_path / "labels.csv").read_text(), after.decode())
    assert list(changed.values()) == ["000.jpg,-1,-1,1", "009.jpg,,,x", "018.jpg,No,No,Yes"]


def test_a_name_in_an_object_in_a_line_is_corrected(tmp_path):
    CASES["an_import_of_vertex"][0](tmp_path)
    before = (tmp_path / "import.jsonl").read_text()
    (after,) = relabelled(tmp_path, {"gs://b/images/001.jpg": "sad"}).values()
    assert after.decode() == before.replace('"displayName": "happy"', '"displayName": "sad"', 1)


@pytest.mark.parametrize(
    "name", ["a_project_of_via", "label_studio_with_two_questions", "fiftyone_samples_with_two_tags"]
)
def test_a_label_deep_in_a_document_is_corrected(tmp_path, name):
    CASES[name][0](tmp_path)
    dataset = open_dataset(tmp_path)
    for file, data in relabelled(tmp_path, {dataset.names[1]: "sad"}).items():
        (tmp_path / file).write_bytes(data)
    again = open_dataset(tmp_path)
    assert [again.classes[label] for label in again.labels[:3]] == ["angry", "sad", "sad"]


def test_a_value_that_is_not_there_is_never_replaced_in_silence():
    with pytest.raises(ExportError, match="does not hold all values"):
        edited('[{"label": {"a": "happy"}}]', {(0, "label", "b"): "sad"})


def test_a_short_list_of_another_split_is_corrected_like_the_first(tmp_path):
    CASES["a_short_list_of_another_split"][0](tmp_path)
    found = relabelled(tmp_path, {"v1.jpg": "0"})
    assert found["val.txt"] == b"v0.jpg 0\nv1.jpg 0\nv2.jpg 2\n"


def test_every_annotators_row_of_an_excluded_image_goes(tmp_path):
    CASES["label_studio_csv_of_two_annotators"][0](tmp_path)
    dataset = open_dataset(tmp_path)
    (after,) = corrected(CorrectionRequest(dataset, dataset.labels, {}, excluded=(1,))).values()
    assert len(after.decode().splitlines()) == 11
    assert dataset.names[1] not in after.decode()


def test_another_annotator_is_not_corrected(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    text = "".join(f"{name},{WORDS[i % 3]},{WORDS[i % 3]}\n" for i, name in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,label,annotator_2\n" + text)
    (after,) = relabelled(tmp_path, {"000.jpg": "happy"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {2: "000.jpg,happy,angry"}


def test_every_line_of_a_doubled_name_changes(tmp_path):
    listed(tmp_path, "labels.csv", [*pictures(tmp_path / "images", numbered(6)), "001.jpg"])
    (after,) = relabelled(tmp_path, {"001.jpg": "sad"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {3: "001.jpg,sad", 8: "001.jpg,sad"}


def test_the_row_of_the_other_source_stays(tmp_path):
    names = pictures(tmp_path / "images", numbered(6))
    text = "".join(f"{n},{WORDS[i % 3]},gt\n{n},{WORDS[0]},pred\n" for i, n in enumerate(names))
    (tmp_path / "labels.csv").write_text("image,label,annotation_source\n" + text)
    dataset = open_dataset(tmp_path)
    assert (len(dataset), [s.name for s in dataset.label_sets]) == (6, ["pred"])
    (after,) = relabelled(tmp_path, {"000.jpg": "sad"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {2: "000.jpg,sad,gt"}


def test_one_name_in_two_splits_is_two_images(tmp_path):
    for split in ("train", "test"):
        pictures(tmp_path / split, numbered(4))
    text = "".join(f"{split},{n},{WORDS[i % 3]}\n" for split in ("train", "test") for i, n in enumerate(numbered(4)))
    (tmp_path / "labels.csv").write_text("split,image,label\n" + text)
    (after,) = relabelled(tmp_path, {"test/001.jpg": "sad"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {7: "test,001.jpg,sad"}


@pytest.mark.parametrize("name", ["json_records", "json_of_names", "coco", "label_studio_json"])
def test_json_documents_differ_in_one_value(tmp_path, name):
    CASES[name][0](tmp_path)
    dataset = open_dataset(tmp_path)
    before = (tmp_path / dataset.sources[0]).read_text()
    assert list(relabelled(tmp_path, {}).values()) == [before.encode()]
    (after,) = relabelled(tmp_path, {dataset.names[0]: "sad"}).values()
    assert before != after.decode()
    (tmp_path / dataset.sources[0]).write_bytes(after)
    again = open_dataset(tmp_path)
    assert again.labels.tolist() == [again.classes.index("sad"), *dataset.labels[1:]]
    (back,) = relabelled(tmp_path, {dataset.names[0]: "angry"}).values()
    assert back == before.encode()


def without(root, count: int = 1) -> dict[str, bytes]:
    """The files of a data set without its last images."""
    dataset = open_dataset(root)
    assert leaving_out(dataset).how == "dropped"
    excluded = tuple(range(len(dataset) - count, len(dataset)))
    return corrected(CorrectionRequest(dataset, dataset.labels, {}, excluded=excluded))


DOCUMENTS = [
    "json_records", "json_of_names", "coco", "label_studio_json", "fiftyone_with_attributes", "pairs",
    "an_object_a_line", "lists_as_columns", "columns_of_numbered_rows", "a_list_for_each_class",
    "a_list_for_each_split",
]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_documents_lose_their_excluded_images(tmp_path, name, count):
    CASES[name][0](tmp_path)
    dataset = open_dataset(tmp_path)
    (after,) = without(tmp_path, count).values()
    (tmp_path / dataset.sources[0]).write_bytes(after)
    again = open_dataset(tmp_path)
    assert list(again.names) == list(dataset.names[:-count])
    assert again.labels.tolist() == dataset.labels[:-count].tolist()
    assert b"  \n" not in after


def test_the_labels_that_are_names_of_lists_cannot_be_replaced(tmp_path):
    CASES["a_list_for_each_class"][0](tmp_path)
    with pytest.raises(ExportError, match="the names of its lists and cannot be replaced"):
        relabelled(tmp_path, {"000.jpg": "sad"})


def test_votes_change_places(tmp_path):
    CASES["votes_of_which_the_most_count"][0](tmp_path)
    (after,) = relabelled(tmp_path, {"000.jpg": "sad"}).values()
    assert changed_lines((tmp_path / "labels.csv").read_text(), after.decode()) == {2: "000.jpg,1,1,7"}


def test_fiftyones_labels_stay_numbers(tmp_path):
    pictures(tmp_path / "data", numbered(6, "{}.jpg"))
    text = json.dumps({"classes": list(WORDS), "labels": {str(i): i % 3 for i in range(6)}})
    (tmp_path / "labels.json").write_text(text)
    (after,) = relabelled(tmp_path, {"1": "sad"}).values()
    assert after.decode() == text.replace('"1": 1', '"1": 2')


def test_packed_tables_come_back_packed(tmp_path):
    CASES["a_packed_tsv"][0](tmp_path)
    before = (tmp_path / "labels.tsv.gz").read_bytes()
    assert list(relabelled(tmp_path, {}).values()) == [before]
    (after,) = relabelled(tmp_path, {"000.jpg": "sad"}).values()
    assert changed_lines(gzip.decompress(before).decode(), gzip.decompress(after).decode()) == {2: "000.jpg\tsad"}


@pytest.mark.parametrize(
    ("name", "file"), [("text_lists_of_two_splits", "train.txt"), ("a_header_behind_a_mark", "labels.csv")]
)
def test_lists_and_comments_stay_as_they_are(tmp_path, name, file):
    CASES[name][0](tmp_path)
    found = relabelled(tmp_path, {"000.jpg": "sad"})
    assert len(changed_lines((tmp_path / file).read_text(), found[file].decode())) == 1


@pytest.mark.parametrize("name", ["saved_to_disk", "parquet_of_bytes_and_words", "a_categorical_label"])
def test_shards_keep_the_bytes_of_their_images(tmp_path, name):
    CASES[name][0](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    ((file, data),) = relabelled(tmp_path / "data", {dataset.names[0]: "sad"}).items()
    images = [dataset.source_of(row) == file for row in range(len(dataset))]
    from auditor.data.images.cache import read_encoded

    before = [read_encoded(dataset, row) for row in np.flatnonzero(images)]
    (tmp_path / "data" / file).write_bytes(data)
    again = open_dataset(tmp_path / "data")
    assert [read_encoded(again, row) for row in np.flatnonzero(images)] == before
    assert again.classes[again.labels[0]] == "sad"
    assert (again.labels[1:] == dataset.labels[1:]).all()


def test_shards_lose_their_excluded_images(tmp_path):
    CASES["saved_to_disk"][0](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    for file, data in without(tmp_path / "data", 4).items():  # three of test, one of train
        (tmp_path / "data" / file).write_bytes(data)
    again = open_dataset(tmp_path / "data")
    assert list(again.names) == list(dataset.names[:-4])
    assert again.labels.tolist() == dataset.labels[:-4].tolist()


def test_images_without_a_name_keep_their_own_when_others_are_left_out(tmp_path):
    """formats/hfwrite.py: they are called by their row, which would be another one's after the first is gone."""
    from auditor.data.images.cache import read_encoded

    one_shard(tmp_path / "data", {}, lambda i: "same.png" if i in (1, 7) else None)
    dataset = open_dataset(tmp_path / "data")
    kept = list(range(len(dataset)))
    for excluded in ((1, 3), (0, 4)):  # twice: the note of the first time is read, too
        again = open_dataset(tmp_path / "data")
        for row in sorted(excluded, reverse=True):
            kept.pop(row)
        for file, data in corrected(CorrectionRequest(again, again.labels, {}, excluded=excluded)).items():
            (tmp_path / "data" / file).write_bytes(data)
    again = open_dataset(tmp_path / "data")
    assert list(again.names) == [dataset.names[row] for row in kept]
    words = [dataset.classes[label] for label in dataset.labels[kept]]
    assert [again.classes[label] for label in again.labels] == words
    assert read_encoded(again, 3)


def test_ckplus_emotions_are_written_as_they_were(tmp_path):
    for i in range(1, 8):
        draw(tmp_path / f"cohn-kanade-images/S{i:03d}/001/S{i:03d}_001_00000011.png", i)
        folder = tmp_path / f"Emotion/S{i:03d}/001"
        folder.mkdir(parents=True)
        (folder / f"S{i:03d}_001_00000011_emotion.txt").write_text(f"   {i}.0000000e+00\n")
    dataset = open_dataset(tmp_path)
    assert (dataset.format, dataset.classes[0], len(dataset)) == ("ckplus", "anger", 7)
    found = relabelled(tmp_path, {dataset.names[0]: "happy"})
    assert found == {"Emotion/S001/001/S001_001_00000011_emotion.txt": b"   5.0000000e+00\n"}
    kept = without(tmp_path)  # the whole folder of emotions, which takes the old one's place
    assert sorted(kept) == [f"Emotion/S{i:03d}/001/S{i:03d}_001_00000011_emotion.txt" for i in range(1, 7)]
    assert kept["Emotion/S002/001/S002_001_00000011_emotion.txt"] == b"   2.0000000e+00\n"


def test_a_class_folders_own_spelling_is_used(tmp_path):
    names = [
        "train/Happy/0.png",
        "train/happy/1.png",
        "train/happy/2.png",
        "train/Sad/3.png",
        "test/HAPPY/4.png",
        "test/sad/5.png",
    ]
    pictures(tmp_path / "data", names)
    dataset = open_dataset(tmp_path / "data")
    assert sorted(dataset.classes) == ["happy", "sad"]
    decisions = preview(dataset, DecisionState())
    decisions.labels[dataset.index_of("test/sad/5.png")] = dataset.classes.index("happy")
    out = tree.write(dataset, decisions, tmp_path / "out")
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert found == sorted([*names[:5], "test/HAPPY/5.png"])


def test_a_name_is_found_however_its_accents_are_written(tmp_path):
    name = unicodedata.normalize("NFD", "angry/müller.png")
    pictures(tmp_path / "data", [name, "happy/1.png"])
    (tmp_path / "d.csv").write_text(f"name,action,label\n{unicodedata.normalize('NFC', name)},relabel,happy\n")
    items, problems = read_decisions(tmp_path / "d.csv", open_dataset(tmp_path / "data"))
    assert (len(items), problems) == (1, [])
    assert items[0].image == name


def test_a_workbook_is_refused_with_the_forms_there_are(tmp_path):
    pictures(tmp_path / "data", ["angry/0.png", "happy/1.png"])
    dataset = open_dataset(tmp_path / "data")
    with pytest.raises(ExportError, match=r"as \.xlsx; choose a name that ends in \.csv"):
        table.write(dataset, preview(dataset, DecisionState()), None, tmp_path / "x.xlsx")


def test_a_label_that_the_column_of_names_lacks_is_refused(tmp_path):
    names = pictures(tmp_path / "images", numbered(8))
    head = "image,class_id,class_name\n"
    (tmp_path / "train.csv").write_text(
        head + "".join(f"{n},{i % 2},{WORDS[i % 2]}\n" for i, n in enumerate(names[:4]))
    )
    (tmp_path / "test.csv").write_text(head + "".join(f"{n},{i % 3},{WORDS[i % 3]}\n" for i, n in enumerate(names[4:])))
    with pytest.raises(ExportError, match=r"has no word for the label '?sad"):
        relabelled(tmp_path, {"000.jpg": "sad"})


def test_parquet_keeps_its_other_columns(tmp_path):
    import pandas as pd

    names = pictures(tmp_path / "images", numbered(6))
    frame = pd.DataFrame({"image": names, "label": [0, 1, 2] * 2, "label_name": list(WORDS) * 2, "age": range(6)})
    frame.to_parquet(tmp_path / "labels.parquet")
    ((_, data),) = relabelled(tmp_path, {"000.jpg": "sad"}).items()
    (tmp_path / "out.parquet").write_bytes(data)
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert rows[0] == {"image": "000.jpg", "label": 2, "label_name": "sad", "age": 0}
    assert rows[1:] == frame.iloc[1:].to_dict("records")


@pytest.mark.parametrize(
    ("name", "image", "line"),
    [
        ("lists_of_one_as_pandas_writes_them", "001.jpg", "001.jpg,['sad']"),
        (
            "label_studio_csv_with_two_choices_in_a_cell",
            "/data/upload/1/004.jpg",
            '4,"{""choices"":[""sad""]}",/data/upload/1/004.jpg',
        ),
        ("attributes_of_via", "001.jpg", '001.jpg,900,"{""emotion"":""sad""}",0,"{}"'),
        ("lists_of_labels_in_lines_of_json", "001.jpg", '{"image": "001.jpg", "label": ["sad"]}'),
    ],
)
def test_a_list_in_a_cell_stays_one(tmp_path, name, image, line):
    CASES[name][0](tmp_path)
    ((file, after),) = relabelled(tmp_path, {image: "sad"}).items()
    assert list(changed_lines((tmp_path / file).read_text(), after.decode()).values()) == [line]
