"""auditor/data/formats/huggingface.py: metadata.csv and metadata.jsonl."""

import pytest

from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError
from tests.data.drawn import draw, kinds


@pytest.mark.parametrize("base", ["", "data/"])
def test_one_metadata_file_a_split(tmp_path, base):
    for split, rows in {
        "train": "0.png,happy,sad\n1.png,sad,sad\n9.png,sad,sad\n",
        "test": "0.png,sad,happy\n",
    }.items():
        for i in range(2):
            draw(tmp_path / base / split / f"{i}.png", i)
        (tmp_path / base / split / "metadata.csv").write_text("file_name,emotion,other label\n" + rows)
    dataset = open_dataset(tmp_path)
    assert dataset.format == "huggingface"
    assert list(dataset.names) == [f"{base}{name}" for name in ("train/0.png", "train/1.png", "test/0.png")]
    assert dataset.split.tolist() == [0, 0, 2]
    assert dataset.labels.tolist() == [0, 1, 1]
    assert kinds(dataset) == [(f"{base}train/metadata.csv", 4, "missing-image")]
    assert dataset.source_of(2) == f"{base}test/metadata.csv"
    other = open_dataset(tmp_path / base / "train" / "metadata.csv")
    assert other.paths[0].endswith("train/0.png")
    assert list_label_files(tmp_path)[1] == f"{base}train/metadata.csv?label=other+label"
    assert open_dataset(tmp_path, label_file=list_label_files(tmp_path)[1]).labels.tolist() == [1, 1, 0]


def test_a_chosen_file_that_is_none_is_not_replaced_by_another(tmp_path):
    draw(tmp_path / "train" / "0.png")
    (tmp_path / "train" / "metadata.csv").write_text("file_name,label\n0.png,sad\n")
    (tmp_path / "noisy.csv").write_text("path,label\ntrain/0.png,happy\n")
    with pytest.raises(DataError, match=r"noisy\.csv has no column file_name and no label column"):
        open_dataset(tmp_path, label_file="noisy.csv", format="huggingface")


def test_one_metadata_file_for_all(tmp_path):
    draw(tmp_path / "images" / "0.png")
    draw(tmp_path / "images" / "1.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\nimages/0.png,0\nimages/1.png,1\n../x.png,1\n")
    dataset = open_dataset(tmp_path)
    assert list(dataset.paths) == ["images/0.png", "images/1.png"]
    assert kinds(dataset) == [("metadata.csv", 4, "outside-root")]


def test_metadata_as_json_lines(tmp_path):
    for i in range(3):
        draw(tmp_path / "train" / f"{i}.png", i)
    lines = ['{"file_name": "0.png", "label": "happy", "box": [1, 2]}', '{"label":"sad","file_name":"1.png"}', "{oops}"]
    (tmp_path / "train" / "metadata.jsonl").write_text("\r\n".join([*lines, '{"file_name": "7.png", "label": "sad"}']))
    dataset = open_dataset(tmp_path)
    assert (dataset.format, list(dataset.names)) == ("huggingface", ["train/0.png", "train/1.png"])
    assert kinds(dataset) == [("train/metadata.jsonl", 3, "bad-line"), ("train/metadata.jsonl", 4, "missing-image")]
    assert open_dataset(tmp_path / "train" / "metadata.jsonl").labels.tolist() == [0, 1]


def test_numbered_folders_are_parts_and_no_splits(tmp_path):
    for folder in ("0", "1", "2", "10"):
        for i in range(2):
            draw(tmp_path / folder / f"{i}.png", i)
        (tmp_path / folder / "metadata.csv").write_text("file_name,label\n0.png,happy\n1.png,sad\n")
    dataset = open_dataset(tmp_path)
    assert (dataset.format, len(dataset.rows("train")), len(dataset)) == ("huggingface", 8, 8)
    assert dataset.names[::2].tolist() == ["0/0.png", "1/0.png", "2/0.png", "10/0.png"]
    assert dataset.choice("split").chosen == "none"
    one = open_dataset(tmp_path / "1/metadata.csv")
    assert (one.root, len(one.rows("train")), one.choice("split").chosen) == (tmp_path / "1", 2, "none")
