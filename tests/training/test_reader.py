"""Test auditor/training/reader.py: what a run left for an image stays that image's, whatever becomes of the others."""

import numpy as np
import pytest
from hypothesis import given, settings

from auditor.errors import ChangedDataError
from auditor.training import identity, reader
from auditor.training.dynamics import ROLE_TEST, Column, DynamicsWriter
from tests.training.changed import CLASSES, NAMES, TESTS, as_before, data, edits

EPOCHS, SETS = 2, 2
PROBS = np.random.default_rng(0).dirichlet(np.ones(3), (EPOCHS, len(NAMES))).astype(np.float16)
PREDICTED = PROBS.argmax(-1)
POSTERIOR = np.random.default_rng(1).random((EPOCHS, len(NAMES), SETS * 3)).astype(np.float16)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that left a different number for every image, epoch and class."""
    folder, was = tmp_path_factory.mktemp("run"), data()
    identity.write(folder, was)
    role = np.array([ROLE_TEST if name in TESTS else 0 for name in NAMES])
    writer = DynamicsWriter(
        folder / "noisyfer" / "dynamics", method="noisyfer", fold=None, epochs=EPOCHS, classes=3,
        rows=np.arange(len(NAMES)), role=role, labels=np.where(role == ROLE_TEST, -1, was.labels),
        columns={"pred_a": Column("int16"), "posterior": Column("float16"), "level": Column(per_epoch=False)},
    )  # fmt: skip
    for epoch in range(EPOCHS):
        columns = {"pred_a": PREDICTED[epoch], "posterior": POSTERIOR[epoch], "level": np.arange(len(NAMES))}
        writer.append(epoch, PROBS[epoch], columns, np.arange(len(NAMES))[:, None])
    faces = np.zeros((2, 4, 2, 2, 3), np.uint8) + np.arange(4, dtype=np.uint8)[:, None, None, None]
    np.save(folder / "noisyfer" / reader.FACES, faces)
    np.save(folder / "noisyfer" / reader.FACES_ROWS, np.array([2, 6], np.int32))
    return folder


@pytest.fixture(scope="module")
def before(run):
    """Its record for the data set as it was."""
    (record,) = reader.open_run(run, data())["noisyfer"]
    return record


def left_of(record, classes, place):
    """What a record holds for an image, by class name, the whole of it and after the first epoch."""
    label = int(record.labels[place])
    posterior = record.column("posterior")[:, place].reshape(EPOCHS, SETS, 3).tolist()
    after_first = record.probs_after(0)[place], record.column_after("posterior", 0)[place].reshape(SETS, 3)
    return {
        "role": int(record.role[place]),
        "label": classes[label] if label >= 0 else None,
        "probs": [dict(zip(classes, each, strict=True)) for each in record.probs[:, place].tolist()],
        "posterior": [[dict(zip(classes, each, strict=True)) for each in sets] for sets in posterior],
        "sees": [classes[number] for number in record.column("pred_a")[:, place]],
        "first": [dict(zip(classes, each.T.tolist(), strict=True)) for each in after_first],
        "saw": classes[record.column_after("pred_a", 0)[place]],
        "level": (float(record.column("level")[place]), float(record.column_after("level")[place])),
        "embedding": record.embedding[place].tolist(),
    }


@settings(max_examples=30, deadline=None)
@given(now=edits())
def test_what_a_run_left_for_an_image_stays_that_images(run, before, now):
    (after,) = reader.open_run(run, now)["noisyfer"]
    assert sorted(now.names[after.rows]) == sorted(name for name in now.names if as_before(name))
    for place, row in enumerate(after.rows):
        was = NAMES.index(as_before(now.names[row]))
        assert left_of(after, now.classes, place) == left_of(before, CLASSES, was)


@settings(max_examples=30, deadline=None)
@given(now=edits())
def test_a_drawn_face_stays_with_its_image_and_its_label(run, now):
    found = reader.drawn_faces(run, "noisyfer", now)
    there = {name for name in ("b.jpg", "d.jpg") if name in now.names}
    assert set(now.names[found.rows]) == there
    for shown in found.faces:  # the image itself, then a face for each class, which holds the class's old number
        assert shown[:, 0, 0, 0].tolist() == [0, *(1 + CLASSES.index(name) for name in now.classes)]


def test_an_unchanged_data_set_gets_the_files_themselves(run):
    (record,) = reader.open_run(run, data())["noisyfer"]
    assert record.kept is None and record.numbers is None and isinstance(record.probs, np.memmap)


def test_a_record_that_its_runs_names_do_not_cover_is_refused(run, tmp_path):
    identity.write(tmp_path, data(NAMES[:4]))
    (tmp_path / "noisyfer").symlink_to(run / "noisyfer")
    with pytest.raises(ChangedDataError, match=r"has 3 classes and a row 8, expected 3 classes and rows under 4"):
        reader.open_run(tmp_path, data(NAMES[:4]))


def test_a_run_that_left_nothing_needs_no_names(tmp_path):
    assert reader.open_run(tmp_path, data()) == {} and reader.drawn_faces(tmp_path, "noisyfer", data()) is None
