"""Test auditor/training/identity.py: what a run's row and class numbers mean is stored by name, and nothing guessed."""

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from auditor.config import RunConfig
from auditor.data.opening import open_dataset
from auditor.errors import ChangedDataError, TrainingError
from auditor.training import identity, labels
from tests.training.changed import CLASSES, NAMES, as_before, data, edits


@pytest.fixture
def run(tmp_path):
    """The folder of a run on the data set as it was."""
    folder = tmp_path / "r20260101-000000-abcd"
    folder.mkdir()
    identity.write(folder, data())
    return folder


@pytest.fixture(scope="module")
def kept_run(tmp_path_factory):
    """The same, for tests that only read it."""
    folder = tmp_path_factory.mktemp("run")
    identity.write(folder, data())
    return folder


def test_what_is_stored_is_read(run):
    stored, was = identity.read(run), data()
    assert stored.names.tolist() == list(NAMES) and stored.classes == stored.codes == CLASSES
    assert np.array_equal(stored.split, was.split) and np.array_equal(stored.labels, was.labels)
    assert [file.name for file in run.iterdir()] == [identity.FILE]
    fit = identity.fit(run, was)
    assert fit.same_rows and fit.same_classes


@settings(max_examples=60, deadline=None)
@given(now=edits())
def test_every_row_and_class_number_is_that_of_its_name(kept_run, now):
    fit = identity.fit(kept_run, now)
    assert [now.classes[number] for number in fit.numbers] == list(CLASSES)
    found = {name: now.names[row] for name, row in zip(NAMES, fit.rows, strict=True) if row >= 0}
    assert found == {as_before(name): name for name in now.names if as_before(name)}


def test_a_name_that_is_used_again_in_another_split_is_another_image(run):
    now = data()
    moved = replace(now, split=np.where(now.names == "d.jpg", 2, now.split).astype(np.int8))
    assert identity.fit(run, moved).rows.tolist() == [-1 if name == "d.jpg" else row for row, name in enumerate(NAMES)]


def test_the_outputs_of_a_run_have_its_own_classes_in_its_own_order(run):
    assert identity.class_order(run, data(classes=CLASSES[::-1])) == list(CLASSES)


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (("joy", "fear"), "now has joy, fear (gone: anger); train again"),
        ((*CLASSES, "shame"), "(new: shame); train again"),
        (("joy", "fear", "shame"), "(gone: anger; new: shame); train again"),
    ],
)
def test_a_run_on_other_classes_is_refused_and_they_are_named(run, classes, words):
    with pytest.raises(ChangedDataError) as refused:
        identity.fit(run, data(classes=classes))
    assert "was trained on the classes joy, fear, anger, and faces" in str(refused.value)
    assert words in str(refused.value)


def test_classes_that_became_one_are_refused(tmp_path):
    identity.write(tmp_path, data(classes=("joy", "joy"), labels=["joy"] * 9, codes=("Joy", "joy")))
    with pytest.raises(ChangedDataError, match="two of them are one now"):
        identity.fit(tmp_path, data(classes=("joy",)))


def test_a_run_is_resumed_only_on_the_data_set_that_it_began_on(run):
    was = data()
    identity.require_same(run, was)
    others = was.labels.copy()
    others[:2] = (others[:2] + 1) % 3
    for now, words in (
        (was.select(np.arange(1, 9)), "1 image is gone"),
        (data([*NAMES[:7], "n1.jpg", "n2.jpg"]), "2 images are gone; 2 images are new"),
        (was.select(np.arange(9)[::-1]), "the images are in another order or under other names"),
        (replace(was, split=np.zeros(9, np.int8)), "2 images are in another split"),
        (replace(was, labels=others), "2 images are labelled otherwise in the label file"),
        (data(classes=CLASSES[::-1]), "the classes were joy, fear, anger and are anger, fear, joy"),
    ):
        with pytest.raises(ChangedDataError) as refused:
            identity.require_same(run, now)
        assert f"faces has changed since run {run.name} began ({words}); restore it" in str(refused.value)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not whole", None], ids=["empty", "torn", "later version"])
def test_a_damaged_file_or_one_of_a_later_version_is_a_sentence(run, monkeypatch, damage):
    if damage is None:
        monkeypatch.setattr(identity, "VERSION", 2)
        identity.write(run, data())
        monkeypatch.undo()
    else:
        (run / identity.FILE).write_bytes(damage)
    with pytest.raises(TrainingError, match=r"names cannot be read .*; train again or delete the run\."):
        identity.fit(run, data())


@pytest.fixture
def old(tmp_path):
    """A run of an earlier version, which stored no names, and the data set on disk, both of an hour ago."""
    root, folder = tmp_path / "faces", tmp_path / "run"
    root.mkdir()
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        (root / f"{name}.jpg").write_bytes(b"")
    (root / "labels.csv").write_text("image,label\na.jpg,joy\nb.jpg,fear\nc.jpg,joy\nd.jpg,fear\n")
    dataset = open_dataset(root)
    (folder / "config.json").write_text(RunConfig(dataset.reference, ("man",)).to_json())
    np.save(folder / "labels.npy", dataset.labels)
    later = (root / "labels.csv").stat().st_mtime + 60
    for file in folder.iterdir():
        os.utime(file, (later, later))
    return folder, root


def test_a_run_without_names_is_read_while_the_data_set_is_as_it_was(old):
    folder, root = old
    dataset = open_dataset(root)
    assert identity.read(folder) is None and identity.fit(folder, dataset).same_rows
    identity.adopt(folder, dataset)
    (root / "labels.csv").write_text("image,label\nb.jpg,fear\na.jpg,joy\nc.jpg,joy\nd.jpg,fear\n")
    assert identity.fit(folder, open_dataset(root)).rows.tolist() == [1, 0, 2, 3]  # it has its names now


def test_a_run_without_names_is_refused_once_the_data_set_has_changed(old):
    folder, root = old
    began = (folder / "labels.npy").stat().st_mtime
    (root / "labels.csv").write_text("image,label\nb.jpg,joy\na.jpg,fear\nc.jpg,joy\nd.jpg,fear\n")
    os.utime(root / "labels.csv", (began + 60, began + 60))
    changed = open_dataset(root)
    identity.adopt(folder, changed)
    assert not (folder / identity.FILE).exists()
    for read in (lambda: identity.fit(folder, changed), lambda: labels.load(folder / "labels.npy", changed)):
        with pytest.raises(ChangedDataError, match=r"stored row numbers without the images' names.*; train again\."):
            read()


def test_a_run_without_names_is_refused_where_its_labels_are_not_those_of_the_data_set(old):
    folder, root = old
    np.save(folder / "labels.npy", np.array([1, 1, 0, 1], np.int16))
    later = (root / "labels.csv").stat().st_mtime + 60
    os.utime(folder / "labels.npy", (later, later))
    with pytest.raises(ChangedDataError, match="train again"):
        identity.fit(folder, open_dataset(root))
