import json
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest

from auditor.data.formats.selection import Selection
from auditor.data.formats.table import columns
from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError
from tests.data.drawn import draw, kinds
from tests.data.kinds.cases import numbered, pictures

HEAD = "path,label,annotator_2,split,valence,arousal\n"


def images(root, count=6, folder="images"):
    for i in range(count):
        draw(root / folder / f"{i}.jpg", i * 20)
    return root


def test_columns_are_guessed(tmp_path):
    rows = "0.jpg,happy,sad,train,0.5,-2\n1.jpg,Sad,sad,test,x,0\n2.jpg,sad,,val,3,-1\n"
    (images(tmp_path) / "labels.csv").write_text(HEAD + rows)
    dataset = open_dataset(tmp_path)
    assert (dataset.format, dataset.classes, dataset.codes) == ("table", ("happy", "sad"), ("happy", "sad"))
    assert list(dataset.names) == ["0.jpg", "2.jpg", "1.jpg"]
    assert list(dataset.paths) == ["images/0.jpg", "images/2.jpg", "images/1.jpg"]
    assert dataset.split.tolist() == [0, 1, 2]
    assert dataset.lines.tolist() == [2, 4, 3]
    assert [(s.name, s.labels.tolist()) for s in dataset.label_sets] == [("annotator_2", [1, -1, 1])]
    expected = np.array([[0.5, np.nan], [np.nan, -1], [np.nan, 0]], np.float32)
    np.testing.assert_array_equal(dataset.valence_arousal, expected)
    assert kinds(dataset) == [("labels.csv", 3, "bad-valence-arousal"), ("labels.csv", 4, "bad-valence-arousal")]


def test_columns_can_be_chosen_and_each_annotator_audited(tmp_path):
    (images(tmp_path) / "labels.csv").write_text(
        "who,where,first rater,second\n" + "".join(f"{i},{i}.jpg,{i % 2},{i % 3}\n" for i in range(6))
    )
    choice = str(Selection("labels.csv", {"image": "where", "label": "second"}))
    dataset = open_dataset(tmp_path, label_file=choice)
    assert dataset.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert dataset.label_file == choice
    assert open_dataset(tmp_path).labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert open_dataset(tmp_path).key != dataset.key
    assert columns(tmp_path, "labels.csv") == ["who", "where", "first rater", "second"]
    for wrong in ("labels.csv?label=third", "labels.csv?colour=who", "labels.csv?"):
        with pytest.raises(DataError):
            open_dataset(tmp_path, label_file=wrong)


@pytest.mark.parametrize("kind", ["csv", "tsv", "semicolon", "utf-16", "parquet", "no header", "quoted"])
def test_every_kind_of_table(tmp_path, kind):
    frame = pd.DataFrame({"file": [f"images/{i}.jpg" for i in range(6)], "label": [0, 1, 2] * 2})
    images(tmp_path)
    name = {"tsv": "labels.tsv", "parquet": "labels.parquet"}.get(kind, "labels.csv")
    if kind == "parquet":
        frame.to_parquet(tmp_path / name)
    else:
        options = {
            "tsv": {"sep": "\t"},
            "semicolon": {"sep": ";"},
            "utf-16": {"encoding": "utf-16"},
            "no header": {"header": False},
            "quoted": {"quoting": 1},
        }
        frame.to_csv(tmp_path / name, index=False, **options.get(kind, {}))
    for where in (tmp_path, tmp_path / name):
        dataset = open_dataset(where)
        assert dataset.labels.tolist() == [0, 1, 2] * 2
        assert dataset.problems == ()


def test_every_row_that_cannot_be_used_is_listed(tmp_path):
    (images(tmp_path, 3) / "elsewhere.jpg").symlink_to("/etc/hostname")
    rows = [
        "0.jpg,1",
        "0.jpg,2",
        "9.jpg,1",
        "../0.jpg,1",
        "/etc/passwd,1",
        "1.jpg,",
        "1.jpg",
        ",1",
        '"open,1',
        "2.jpg,2",
        "../elsewhere.jpg,1",
    ]
    (tmp_path / "labels.csv").write_text("path,label\n" + "\n".join(rows))
    dataset = open_dataset(tmp_path)
    assert list(dataset.names) == ["0.jpg", "2.jpg"]
    assert sorted((line, kind) for _, line, kind in kinds(dataset)) == [
        (3, "duplicate-name"), (4, "missing-image"), (5, "outside-root"), (6, "outside-root"), (7, "missing-label"),
        (8, "bad-line"), (9, "missing-name"), (10, "bad-line"), (12, "outside-root"),
    ]  # fmt: skip


def test_paths_as_other_people_write_them(tmp_path):
    root = images(tmp_path)
    names = ["0", ".\\images\\1.jpg", "./images/2.jpg", f"{root}/images/3.jpg"]
    (root / "labels.csv").write_text("image,label\n" + "".join(f"{name},{i % 2}\n" for i, name in enumerate(names)))
    dataset = open_dataset(root)
    assert sorted(dataset.paths) == [f"images/{i}.jpg" for i in range(4)]
    assert kinds(dataset) == [("labels.csv", 2, "matched-image")]


def test_a_table_below_the_images(tmp_path):
    images(tmp_path, folder="faces")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "labels.csv").write_text(
        "path,label\n" + "".join(f"faces/{i}.jpg,{i % 2}\n" for i in range(6))
    )
    for where in (tmp_path, tmp_path / "annotations" / "labels.csv"):
        dataset = open_dataset(where)
        assert (dataset.root, len(dataset)) == (tmp_path, 6)
    assert list_label_files(tmp_path) == ["annotations/labels.csv"]


def test_a_misspelt_class_is_pointed_out(tmp_path):
    for i in range(201):
        draw(tmp_path / f"{i}.jpg", size=(2, 2))
    labels = ["hapy" if i == 7 else "happy" if i % 2 else "sad" for i in range(201)]
    (tmp_path / "labels.csv").write_text(
        "path,label\n" + "".join(f"{i}.jpg,{label}\n" for i, label in enumerate(labels))
    )
    dataset = open_dataset(tmp_path)
    assert len(dataset) == 201
    assert kinds(dataset) == [("labels.csv", 9, "rare-label")]


def test_a_column_with_a_name_longer_than_any_files_is_chosen(tmp_path):
    """formats/selection.py: the choice stands behind a question mark, which could also be part of a file's name."""
    name = "label " + "1" * 400
    names = pictures(tmp_path / "images", numbered(6))
    lines = [json.dumps({"image": image, name: ("happy", "sad")[i % 2]}) for i, image in enumerate(names)]
    (tmp_path / "labels.jsonl").write_text("\n".join(lines))
    assert len(open_dataset(tmp_path, label_file=f"labels.jsonl?{urlencode({'label': name})}")) == 6


def test_val_beside_aro_is_valence_and_no_split(tmp_path):
    names = [draw(tmp_path / f"{i}.png", i).name for i in range(6)]
    lines = "".join(f"{name},{'sad' if i % 2 else 'happy'},{i % 2},0.5\n" for i, name in enumerate(names))
    (tmp_path / "labels.csv").write_text("file,label,val,aro\n" + lines)
    dataset = open_dataset(tmp_path)
    assert (len(dataset.rows("train")), dataset.choice("split").chosen) == (6, "none")
    assert dataset.valence_arousal[:, 0].tolist() == [0, 1, 0, 1, 0, 1]
    chosen = open_dataset(tmp_path, chosen={"split": "val"})
    assert (chosen.split.tolist(), chosen.valence_arousal) == ([0, 0, 0, 1, 1, 1], None)
    (tmp_path / "labels.csv").write_text("file,label,val,note\n" + lines)
    assert open_dataset(tmp_path).split.tolist() == [0, 0, 0, 1, 1, 1]
