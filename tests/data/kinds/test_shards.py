"""Hugging Face data sets with the images inside.

What reads them: files/shards.py, formats/hfdata.py, formats/hfclasses.py, formats/hfschema.py and
formats/hfwrite.py.
"""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.errors import ExportError, ImageError
from auditor.exports.source import CorrectionRequest, write
from tests.data.drawn import draw
from tests.data.kinds.cases import WORDS, Cases

case = Cases()


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


@case({"train": 6}, WORDS)
def a_categorical_label(root):
    root.mkdir(exist_ok=True)
    data = [draw(root.parent / "x.png", i).read_bytes() for i in range(6)]
    words = pa.array([WORDS[i % 3] for i in range(6)]).dictionary_encode()
    pq.write_table(pa.table({"image": data, "label": words}), root / "faces.parquet")


def one_shard(root, columns, paths=None, name: str = "faces.parquet") -> None:
    root.mkdir(exist_ok=True)
    data = draw(root.parent / "x.png").read_bytes()
    images = [{"bytes": data, "path": paths(i) if paths else None} for i in range(9)]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    words = {"label": [WORDS[i % 3] for i in range(9)], **columns}
    pq.write_table(pa.table({"image": pa.array(images, kind), **words}), root / name)


@case({"train": 9}, WORDS)
def names_of_classes_in_the_card(root):
    one_shard(root, {"label": [i % 3 for i in range(9)]})
    names = "".join(f"          '{i}': {word}\n" for i, word in enumerate(WORDS))
    card = f"  - name: label\n    dtype:\n      class_label:\n        names:\n{names}"
    (root / "README.md").write_text(f"---\ndataset_info:\n  features:\n{card}---\n")


@case({"train": 6, "test": 3}, WORDS)
def a_column_of_splits_in_a_shard(root):
    one_shard(root, {"split": ["train"] * 6 + ["test"] * 3})


@case({"train": 6, "test": 3}, WORDS)
def a_flag_in_a_shard(root):
    one_shard(root, {"is_test": [False] * 6 + [True] * 3})


@case({"train": 9}, WORDS)
def valence_of_0_and_1_in_a_shard(root):
    one_shard(root, {"val": [int(i >= 6) for i in range(9)], "aro": [0.5] * 9})


@case({"train": 6, "test": 3}, WORDS)
def paths_in_a_shard_say_the_split(root):
    one_shard(root, {}, lambda i: f"{'train' if i < 6 else 'test'}/{i}.png")


@case({"test": 9}, WORDS)
def a_lone_test_shard(root):
    one_shard(root, {}, name="test-00000-of-00001.parquet")


@pytest.mark.parametrize("name", case)
def test_it_opens_as_it_is(tmp_path, name):
    case.check(name, tmp_path / "data")


def test_the_folder_of_a_split_is_held_out_when_it_is_opened_by_itself(tmp_path):
    case["saved_to_disk"][0](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data/test")
    choice = dataset.choice("split")
    assert (len(dataset.rows("test")), len(dataset)) == (3, 3)
    assert (choice.chosen, choice.alternatives, choice.close) == ("every row is a test row", ("none",), True)
    assert len(open_dataset(tmp_path / "data/test", chosen={"split": "none"}).rows("train")) == 3
    train = open_dataset(tmp_path / "data/train")
    assert (len(train.rows("train")), train.choice("split").close) == (6, False)


def named_shard(root, split: str, names, labels) -> None:
    """A shard that names its classes, as the library `datasets` writes it."""
    root.mkdir(exist_ok=True)
    data = draw(root.parent / "x.png").read_bytes()
    images = [{"bytes": data, "path": f"{split}{i}.png"} for i in range(len(labels))]
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": list(names)}}
    note = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    table = pa.table({"image": images, "label": list(labels)}).replace_schema_metadata(note if names else {})
    pq.write_table(table, root / f"{split}-00000-of-00001.parquet")


def words(dataset) -> list[str]:
    return [dataset.classes[label] for label in dataset.labels]


def test_each_shard_numbers_its_classes_itself(tmp_path):
    named_shard(tmp_path / "data", "train", ("angry", "happy", "sad"), [0, 1, 2, 1])
    named_shard(tmp_path / "data", "test", ("Happy", "angry"), [0, 1, 0, 2])
    dataset = open_dataset(tmp_path / "data")
    assert (words(dataset)[:4], words(dataset)[4:]) == (["angry", "happy", "sad", "happy"], ["happy", "angry", "happy"])
    assert [(p.line, p.kind) for p in dataset.problems] == [(4, "label-range")]
    assert any("1 shard numbers the classes otherwise than train-" in note for note in dataset.notes)
    labels = dataset.labels.copy()
    labels[[0, 4]] = [1, 0]
    (out,) = write(CorrectionRequest(dataset, labels, {}), tmp_path / "out")
    again = open_dataset(out)
    assert words(again) == ["happy", *words(dataset)[1:4], "angry", "angry", "happy"]
    labels[4] = 2
    with pytest.raises(ExportError, match=r"test-.* has no class 'sad'"):
        write(CorrectionRequest(dataset, labels, {}), tmp_path / "sad")


def test_classes_that_the_first_shard_lacks_are_listed(tmp_path):
    named_shard(tmp_path / "data", "train", ("angry", "happy"), [0, 1, 1])
    named_shard(tmp_path / "data", "valid", ("angry", "happy", "contempt"), [2, 1, 0])
    named_shard(tmp_path / "data", "test", (), [0, 1, 0])
    dataset = open_dataset(tmp_path / "data")
    assert dataset.classes == ("angry", "happy", "contempt")
    assert words(dataset)[3:6] == ["contempt", "happy", "angry"]
    (problem,) = dataset.problems
    assert (problem.file[:5], problem.kind) == ("valid", "other-classes") and problem.message.endswith("not: contempt")
    named_shard(tmp_path / "data", "valid", ("happy", "angry"), [0, 1])
    dataset = open_dataset(tmp_path / "data")
    assert words(dataset)[3:5] == ["happy", "angry"]
    assert [(p.file[:5], p.kind) for p in dataset.problems] == [("test-", "other-classes")]


def test_pixels_come_out_of_shards(tmp_path):
    """auditor/data/files/shards.py: by row, in any order; a shard that is cut short costs its images only."""
    case["saved_to_disk"][0](tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    assert decode(dataset, 7).shape == (16, 16, 3)
    assert np.array_equal(decode(dataset, 0), np.asarray(Image.open(tmp_path / "x.png").convert("RGB")))
    shard = dataset.root / dataset.source_of(0)
    shard.write_bytes(shard.read_bytes()[:-700])
    with pytest.raises(ImageError):
        decode(dataset, 5)
