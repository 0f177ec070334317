"""Test auditor/training/dynamics.py: records are read as written, also during a training."""

import numpy as np
import pytest

from auditor.errors import TrainingError
from auditor.training.dynamics import Column, Dynamics, DynamicsWriter, records_of


def writer(folder, fold=None, epochs=3):
    columns = {
        "sigma": Column("float32"),
        "posterior": Column("float16"),
        "face": Column("int8", per_epoch=False),
    }
    return DynamicsWriter(
        folder, method="rul", fold=fold, epochs=epochs, classes=2, rows=[4, 0, 7, 9], role=[0, 0, 1, 2],
        labels=[0, 1, 1, -1], columns=columns,
    )  # fmt: skip


def scores(epoch):
    probs = np.full((4, 2), epoch / 8)
    columns = {"sigma": np.arange(4) + epoch, "posterior": np.full((4, 3), epoch), "face": np.full(4, epoch)}
    return probs, columns, np.full((4, 5), epoch, np.float32)


def test_round_trip_and_partial_reading(tmp_path):
    record = writer(tmp_path / "rul" / "dynamics")
    assert records_of(tmp_path) == {}
    record.append(0, *scores(0))
    record.append(1, *scores(1))
    read = records_of(tmp_path)["rul"][0]
    assert (read.epochs_done, read.epochs, read.classes) == (2, 3, 2)
    assert read.rows.tolist() == [4, 0, 7, 9] and read.labels.tolist() == [0, 1, 1, -1]
    assert read.probs.shape == (2, 4, 2) and read.probs.dtype == np.float16
    assert read.column("sigma")[1].tolist() == [1, 2, 3, 4]
    assert read.column("posterior").shape == (2, 4, 3) and read.columns["posterior"].width == 3
    assert read.column("face").tolist() == [1, 1, 1, 1]
    assert (read.embedding == 1).all()


def test_rewriting_an_epoch_replaces_it(tmp_path):
    record = writer(tmp_path)
    for epoch in range(3):
        record.append(epoch, *scores(epoch))
    record.rewind(1)
    assert Dynamics.open(tmp_path).probs.shape[0] == 1
    record.append(1, *scores(2))
    read = Dynamics.open(tmp_path)
    assert read.epochs_done == 2 and (read.probs[1] == 0.25).all() and (read.probs[0] == 0).all()


def test_folds_come_in_order(tmp_path):
    for fold in (10, 2, 0):
        writer(tmp_path / "rul" / f"fold-{fold}" / "dynamics", fold).append(0, *scores(0))
    assert [record.fold for record in records_of(tmp_path)["rul"]] == [0, 2, 10]


def test_errors_are_sentences(tmp_path):
    with pytest.raises(TrainingError, match="cannot be read"):
        Dynamics.open(tmp_path)
    probs, columns, embedding = scores(0)
    with pytest.raises(TrainingError, match="does not declare; add mood"):
        writer(tmp_path).append(0, probs, columns | {"mood": np.zeros(4)}, embedding)
    with pytest.raises(TrainingError, match="keeps no column"):
        Dynamics.open(tmp_path).column("mood")
