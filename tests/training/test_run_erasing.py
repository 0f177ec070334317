"""auditor/training/erasing.py: what a run holds of an image is overwritten, and nothing else of the run."""

from dataclasses import replace

import numpy as np
import pytest

from auditor.config import RunConfig
from auditor.training import erasing, identity, reader
from auditor.training.dynamics import Column, DynamicsWriter
from tests.ui.invented import dataset

NAMES = ["a.jpg", "b.jpg", "c.jpg"]
FACES = dataset([0, 1, 2], names=NAMES)


@pytest.fixture
def run(tmp_path):
    """A run of three epochs on three images, where every axis could be taken for another."""
    folder = tmp_path / "runs" / "r-1"
    writer = DynamicsWriter(
        folder / "man" / "dynamics", method="man", fold=None, epochs=3, classes=3, rows=np.array([2, 0, 1]),
        role=np.zeros(3), labels=np.array([2, 0, 1]),
        columns={"each": Column(), "pair": Column(width=3), "once": Column(per_epoch=False)},
    )  # fmt: skip
    for epoch in range(3):
        values = {"each": np.ones(3), "pair": np.ones((3, 3)), "once": np.ones(3)}
        writer.append(epoch, np.full((3, 3), 1 / 3), values, np.ones((3, 3)))
    identity.write(folder, FACES)
    np.save(folder / "man" / reader.FACES, np.ones((2, 4, 5, 5, 3), np.uint8))
    np.save(folder / "man" / reader.FACES_ROWS, np.array([1, 2], np.int32))
    (folder / "config.json").write_text(RunConfig(FACES.reference, ("man",)).to_json())
    return folder


def test_the_place_of_the_image_is_overwritten_in_every_array(run):
    rows = erasing.rows_of(run, {"c.jpg"})
    assert rows.tolist() == [2] and len(erasing.files_of(run, rows)) == 7
    erasing.erase(run, rows)
    (record,) = reader.open_run(run, dataset([0, 1], names=NAMES[:2]))["man"]
    assert record.rows.tolist() == [0, 1] and (record.embedding == 1).all() and (record.column("pair") == 1).all()
    stored = np.load(run / "man/dynamics/probs.npy")
    assert (stored[:, 0] == 0).all() and (stored[:, 1:] > 0).all()
    for name, erased in (("each", (slice(None), 0)), ("pair", (slice(None), 0)), ("once", (0,))):
        array = np.load(run / f"man/dynamics/columns/{name}.npy")
        assert (array[erased] == 0).all() and array.sum() == array.size * 2 / 3
    assert np.load(run / "man" / reader.FACES).any(axis=(1, 2, 3, 4)).tolist() == [True, False]
    assert identity.read(run).names.tolist() == ["a.jpg", "b.jpg", ""]


def test_a_run_without_names_is_not_guessed_at(run):
    (run / identity.FILE).unlink()
    assert erasing.rows_of(run, {"c.jpg"}) is None


def test_drawn_faces_of_an_image_that_is_gone_are_overwritten_at_the_next_opening(run):
    runs, now = run.parent, dataset([0, 2], names=["a.jpg", "c.jpg"])
    assert erasing.forget_portraits(runs, FACES) == 0
    assert erasing.forget_portraits(runs, replace(dataset([0], names=["a.jpg"]), key="f" * 12)) == 0  # another data set
    assert erasing.forget_portraits(runs, now) == 1
    assert np.load(run / "man" / reader.FACES).any(axis=(1, 2, 3, 4)).tolist() == [False, True]
    assert erasing.forget_portraits(runs, now) == 0
    (run / identity.FILE).write_bytes(b"damaged")
    assert erasing.forget_portraits(runs, now) == 0
