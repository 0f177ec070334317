"""auditor/data/formats/affectnet2.py: the second release, and its export."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.data.formats.affectnet2 import annotation_path, parse_scalar
from auditor.data.opening import list_label_files, open_dataset
from auditor.errors import DataError, ExportError
from auditor.exports.source import CorrectionRequest, corrected, write
from tests.data.layouts import affectnet2

TRAIN = [(1, 0, 0.5, -0.5), (2, 3, -2, -2), (10, 7, 0, 0), (11, 8, -2, -2), (12, 6, 3.0, 0.0)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    affectnet2(tmp_path / "an2", "train_set", TRAIN)
    return affectnet2(tmp_path / "an2", "val_set", [(1, 2, 0, 0)])


def npy(value: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array(value), allow_pickle=True)
    return buffer.getvalue()


def test_both_sets(root: Path) -> None:
    assert list_label_files(root)[:3] == ["train_set", "val_set", "train_set?classes=7"]
    dataset = open_dataset(root)
    assert dataset.names.tolist() == [f"train_set/images/{n}.jpg" for n in (1, 2, 10, 12)] + ["val_set/images/1.jpg"]
    assert dataset.labels.tolist() == [0, 3, 7, 6, 2]
    assert dataset.split.tolist() == [0, 0, 0, 0, 2]
    assert dataset.valence_arousal is not None
    assert np.isnan(dataset.valence_arousal[1]).all()
    assert dataset.valence_arousal[0].tolist() == [0.5, -0.5]
    assert [(p.kind, p.file) for p in dataset.problems] == [("bad-valence-arousal", "train_set/annotations/12_exp.npy")]
    assert any("1 image has none of the 8 classes: 1 none" in note for note in dataset.notes)
    seven = open_dataset(root, label_file="train_set?classes=7")
    assert seven.num_classes == 7
    assert len(seven) == 4


def test_hostile_and_missing_annotations_are_listed(root: Path) -> None:
    folder = root / "train_set/annotations"
    (folder / "1_exp.npy").write_bytes(npy({"a": print}))
    (folder / "2_exp.npy").unlink()
    (folder / "10_exp.npy").write_bytes(b"")
    (folder / "99_exp.npy").write_bytes(npy("3"))
    dataset = open_dataset(root)
    assert dataset.names[dataset.split == 0].tolist() == ["train_set/images/12.jpg"]
    assert sorted((p.kind, Path(p.file).name) for p in dataset.problems if "valence" not in p.kind) == [
        ("bad-label", "10_exp.npy"),
        ("bad-label", "1_exp.npy"),
        ("missing-image", "99_exp.npy"),
        ("missing-label", "2_exp.npy"),
    ]
    for file in folder.glob("*_exp.npy"):
        file.write_bytes(b"junk")
    for file in (root / "val_set/annotations").glob("*_exp.npy"):
        file.unlink()
    with pytest.raises(DataError, match="No image of"):
        open_dataset(root)


@pytest.mark.parametrize(("value", "text"), [("3", "3"), (7, "7"), (0.5, "0.5"), (np.bytes_(b"4"), "4"), ([5], "5")])
def test_scalars(value: object, text: str) -> None:
    assert parse_scalar(npy(value)) == text


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], None, np.zeros(0)])
def test_what_is_no_scalar(value: object) -> None:
    assert parse_scalar(npy(value)) == "?"


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 140))
def test_any_bytes_are_survived(noise: bytes, cut: int) -> None:
    assert isinstance(parse_scalar(noise), str)
    assert isinstance(parse_scalar(npy("3")[:cut] + noise), str)
    assert isinstance(parse_scalar(b"\x93NUMPY\x01\x00" + noise), str)


def test_there_and_back(root: Path, tmp_path: Path) -> None:
    dataset = open_dataset(root)
    assert corrected(CorrectionRequest(dataset, dataset.labels, {})) == {}
    labels = dataset.labels.copy()
    labels[:2] = [5, 4]
    (out,) = write(CorrectionRequest(dataset, labels, {}), tmp_path / "out")
    written = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.npy")}
    assert set(written) == {annotation_path(dataset.names[0]), annotation_path(dataset.names[1])}
    assert written["train_set/annotations/1_exp.npy"] == npy("5")
    assert written["train_set/annotations/2_exp.npy"] == npy(np.int64(4))
    (root / "train_set/annotations/1_exp.npy").write_bytes(npy("1"))
    with pytest.raises(ExportError, match="has changed"):
        corrected(CorrectionRequest(dataset, labels, {}))


def test_a_lone_validation_set_is_held_out_unless_a_person_says_otherwise(tmp_path):
    affectnet2(tmp_path, "val_set", [(0, 1, 0.1, 0.1), (1, 2, 0.1, 0.1)])
    dataset = open_dataset(tmp_path)
    (choice,) = [choice for choice in dataset.choices if choice.what == "split"]
    assert (len(dataset.rows("valid")), choice.close, choice.alternatives) == (2, True, ("none",))
    assert len(open_dataset(tmp_path, chosen={"split": "none"}).rows("train")) == 2


@pytest.mark.parametrize("beside", [True, False])
def test_the_folder_of_the_validation_set_is_held_out_when_it_is_opened_by_itself(tmp_path, beside):
    affectnet2(tmp_path, "val_set", [(0, 1, 0.1, 0.1), (1, 2, 0.1, 0.1)])
    if beside:
        affectnet2(tmp_path, "train_set", TRAIN)
        choice = open_dataset(tmp_path / "train_set").choice("split")
        assert choice is not None and (choice.chosen, choice.close) == ("the folder train_set", False)
    dataset = open_dataset(tmp_path / "val_set")
    choice = dataset.choice("split")
    assert choice is not None and (len(dataset.rows("valid")), len(dataset)) == (2, 2)
    assert (choice.chosen, choice.close) == ("the folder val_set is the valid split", True)
    assert choice.alternatives == ("none",)
    assert len(open_dataset(tmp_path / "val_set", chosen={"split": "none"}).rows("train")) == 2


def test_a_set_in_a_folder_of_another_name_has_no_split(tmp_path):
    affectnet2(tmp_path, "faces", TRAIN)
    choice = open_dataset(tmp_path / "faces").choice("split")
    assert choice is not None and (choice.chosen, choice.close) == ("none", False)
