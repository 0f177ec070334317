import numpy as np
import pytest

from auditor.data.dataset import LabelSet, dataset_key
from auditor.data.opening import open_dataset
from tests.data.drawn import raf

TEST = "test_0001.jpg 7\n"


def test_columns_and_look_ups(tmp_path):
    dataset = open_dataset(raf(tmp_path, test_label=TEST))
    assert list(dataset.names) == ["train_00001.jpg", "train_00002.jpg", "test_0001.jpg"]
    assert dataset.labels.dtype == np.int16
    assert dataset.labels.tolist() == [4, 0, 6]
    assert dataset.rows("train").tolist() == [0, 1]
    assert dataset.rows("test").tolist() == [2]
    assert dataset.index_of("test_0001.jpg") == 2
    assert dataset.counts("train").tolist() == [1, 0, 0, 0, 1, 0, 0]
    assert [dataset.source_of(row) for row in range(3)] == ["EmoLabel/train_label.txt"] * 2 + [
        "EmoLabel/test_label.txt"
    ]
    with pytest.raises(KeyError):
        dataset.index_of("nobody.jpg")


def test_selecting_rows_keeps_every_column_aligned(tmp_path):
    machine = "train_00001.jpg 2\ntest_0001.jpg 3\n"
    dataset = open_dataset(raf(tmp_path, test_label=TEST, list_label_Model=machine)).select(np.array([2, 0]))
    assert list(dataset.names) == ["test_0001.jpg", "train_00001.jpg"]
    assert dataset.label_sets[0].labels.tolist() == [2, 1]
    assert dataset.source_of(0) == "EmoLabel/test_label.txt"


def test_columns_of_different_lengths_are_refused(tmp_path):
    import dataclasses

    dataset = open_dataset(raf(tmp_path))
    with pytest.raises(ValueError, match="differ in length"):
        dataclasses.replace(dataset, label_sets=(LabelSet("other", np.zeros(1, np.int16)),))


def test_the_key_tells_place_format_and_labels_apart(tmp_path):
    keys = {dataset_key(tmp_path, f, file) for f in ("rafdb", "table") for file in ("a.txt", "b.txt")}
    assert len(keys) == 4
    assert all(len(key) == 12 for key in keys)
