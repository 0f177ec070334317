"""Test auditor/training/labels.py and further_labels.py: the labels learnt, and the source of further label sets."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from auditor.data.dataset import Dataset, LabelSet
from auditor.errors import ChangedDataError, ConfigError, TrainingError
from auditor.training import further_labels, identity, labels
from auditor.training.data import assemble
from auditor.training.dynamics import DynamicsWriter
from auditor.training.scoring import batch_of


def Faces(sets=(), va=None):
    """A data set of six training and two test images, of two classes."""
    names = np.array([f"{n}.jpg" for n in range(8)], object)
    return Dataset(
        root=Path("nowhere"), format="table", label_file="l.csv", key="abc", title="faces", classes=("joy", "fear"),
        codes=("joy", "fear"), names=names, paths=names, split=np.array([0] * 6 + [2] * 2, np.int8),
        labels=np.array([0, 0, 0, 1, 1, 1, 0, 1], np.int16), lines=np.arange(1, 9, dtype=np.int32), label_sets=sets,
        valence_arousal=va,
    )  # fmt: skip


def decided(changes, excluded=(), soft=None, kept=()):
    def apply(dataset):
        new, out = dataset.labels.copy(), np.zeros(len(dataset), bool)
        for row, label in changes.items():
            new[row] = label
        out[list(excluded)] = True
        return SimpleNamespace(labels=new, excluded=out, soft=soft or {}, kept=np.array(kept, np.int32), lapsed=())

    return SimpleNamespace(decisions=SimpleNamespace(state=lambda _: SimpleNamespace(apply=apply)))


def test_given_corrected_and_control(tmp_path):
    dataset, store = Faces(), decided({0: 1, 3: 0}, excluded=[5], kept=[2])
    assert np.array_equal(labels.choose(dataset, "given", store, 0).labels, dataset.labels)
    corrected = labels.choose(dataset, "corrected", store, 0)
    assert np.flatnonzero(corrected.labels != dataset.labels).tolist() == [0, 3]
    assert corrected.excluded.nonzero()[0].tolist() == [5]
    control = labels.choose(dataset, "control", store, 0)
    changed = np.flatnonzero(control.labels != dataset.labels)
    assert sorted(dataset.labels[changed].tolist()) == [0, 1] and control.excluded.sum() == 1
    assert (changed < 6).all()
    with pytest.raises(TrainingError, match="No label of faces was corrected yet"):
        labels.choose(dataset, "corrected", decided({}), 0)

    identity.write(tmp_path, dataset)
    labels.save(tmp_path / "labels.npy", corrected)
    again = labels.load(tmp_path / "labels.npy", dataset)
    assert np.array_equal(again.excluded, corrected.excluded)
    assert again.kept.tolist() == [2] and again.soft is None
    assert np.array_equal(again.labels[~again.excluded], corrected.labels[~corrected.excluded])
    with pytest.raises(ChangedDataError, match=r"faces has changed since run .* began \(1 image is gone\)"):
        labels.load(tmp_path / "labels.npy", dataset.select(np.arange(7)))
    np.save(tmp_path / "labels.npy", np.zeros(3, np.int16))
    with pytest.raises(TrainingError, match="has 3 labels for 8 images"):
        labels.load(tmp_path / "labels.npy", dataset)


def test_shares_of_ambiguous_faces_are_learnt_and_kept(tmp_path):
    dataset, store = Faces(), decided({}, soft={2: np.array([0.3, 0.7], np.float32)})
    corrected = labels.choose(dataset, "corrected", store, 0)
    assert "1 ambiguous image was learnt as shares" in corrected.note
    identity.write(tmp_path, dataset)
    labels.save(tmp_path / "labels.npy", corrected)
    again = labels.load(tmp_path / "labels.npy", dataset)
    whole, nothing = np.ones(8, bool), np.zeros(8, bool)
    images = np.zeros((8, 4, 4, 3), np.uint8)
    data = assemble(dataset, images, again.labels, again.excluded, whole, nothing, soft=again.soft)
    assert np.allclose(data.soft[:4], [[1, 0], [1, 0], [0.3, 0.7], [0, 1]])
    batch = batch_of(data, np.array([2, 3]), {"plain": torch.zeros(2, 3, 4, 4)})
    assert torch.allclose(batch.targets, torch.tensor([[0.3, 0.7], [0, 1]])) and batch.labels.tolist() == [0, 1]
    assert labels.choose(dataset, "control", store, 0).soft is None


def choose(dataset, folder, source="auto", own_sets=()):
    plan = SimpleNamespace(name="noisyfer", options=SimpleNamespace(label_sets=source, own_sets=own_sets))
    learnt = labels.Labels(dataset.labels, np.zeros(len(dataset), bool), "")
    bright = (dataset.labels * 90 + 60)[:, None, None, None] * np.ones((1, 32, 32, 3))
    bright[:, :, :16] *= 1 - dataset.labels[:, None, None, None]
    cache = SimpleNamespace(array=bright.astype(np.uint8), ok=np.ones(len(dataset), bool))
    return further_labels.choose(plan, dataset, learnt, folder, cache)


def test_label_sets_in_order_of_preference(tmp_path):
    own = LabelSet("second annotator", np.zeros(8, np.int16))
    assert choose(Faces((own,)), tmp_path).names == ("second annotator",)
    assert choose(Faces(va=np.zeros((8, 2), np.float32)), tmp_path) is None
    assert choose(Faces(), tmp_path, "none") is None

    invented = choose(Faces(), tmp_path)
    assert invented.invented and "NO SECOND LABEL SET" in invented.note
    assert np.array_equal(invented.labels[:, 0], Faces().labels)

    identity.write(tmp_path, Faces())
    writer = DynamicsWriter(
        tmp_path / "man" / "dynamics", method="man", fold=None, epochs=1, classes=2, rows=np.arange(7),
        role=np.zeros(7), labels=np.zeros(7), columns={},
    )  # fmt: skip
    writer.append(0, np.tile([0.2, 0.8], (7, 1)), {}, np.zeros((7, 1)))
    predicted = choose(Faces(), tmp_path)
    assert predicted.names == ("man",) and not predicted.invented
    assert predicted.labels[:, 0].tolist() == [1] * 7 + [-1]
    for source, message in (("own", "has no further label sets"),):
        with pytest.raises(ConfigError, match=message):
            choose(Faces(), tmp_path, source)
    with pytest.raises(ConfigError, match="No other method of this run"):
        choose(Faces(), tmp_path / "empty", "methods")


def test_own_sets_are_chosen_by_name_and_votes_without_labels_are_none(tmp_path):
    sets = [LabelSet(f"annotator {k}", np.full(8, k % 2, np.int16)) for k in range(6)]
    votes = LabelSet("votes", np.full(8, -1, np.int16), np.full((8, 2), 0.5, np.float32))
    faces = Faces((votes, *sets))
    assert choose(faces, tmp_path).names == tuple(f"annotator {k}" for k in range(4))
    chosen = choose(faces, tmp_path, own_sets=["annotator 5", "annotator 0"])
    assert chosen.names == ("annotator 5", "annotator 0")
    assert chosen.labels[0].tolist() == [1, 0]
    with pytest.raises(ConfigError, match="no label set 'votes'; own_sets can name annotator 0"):
        choose(faces, tmp_path, own_sets=("votes",))
    assert choose(Faces((votes,)), tmp_path).invented


def test_a_method_without_the_option_gets_none(tmp_path):
    plan = SimpleNamespace(name="man", options=SimpleNamespace())
    assert further_labels.choose(plan, Faces(), None, tmp_path, None) is None
