"""Test auditor/training/data.py, split.py, seeds.py and feed.py: roles of the images, and their order."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.data.images import jpegs
from auditor.errors import TrainingError
from auditor.training import feed, seeds, split
from auditor.training.data import assemble, unseen_by_fold

LABELS = st.lists(st.integers(0, 4), min_size=6, max_size=80).map(lambda x: np.array(x, np.int16))


@settings(max_examples=50, deadline=None)
@given(LABELS, st.floats(0, 0.5), st.integers(0, 9))
def test_every_class_keeps_an_image_and_about_the_share_is_held_out(labels, share, seed):
    mask = split.held_out(labels, share, seed)
    assert np.array_equal(mask, split.held_out(labels, share, seed))
    assert set(labels[~mask].tolist()) == set(labels.tolist())
    assert mask.sum() <= share * len(labels) + 1


@settings(max_examples=50, deadline=None)
@given(LABELS, st.integers(2, 6), st.integers(0, 9))
def test_folds_are_even_in_every_class(labels, count, seed):
    fold = split.folds(labels, count, seed)
    assert np.ptp(np.bincount(fold, minlength=count)) <= 1
    for label in np.unique(labels):
        assert np.ptp(np.bincount(fold[labels == label], minlength=count)) <= 1


def test_too_many_folds_are_refused():
    with pytest.raises(TrainingError, match="5 folds of 3 training images"):
        split.folds(np.zeros(3, np.int16), 5, 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 4))
def test_processes_take_the_same_steps_and_miss_no_image(count, batch, processes):
    trained = np.arange(100, 100 + count)
    parts = [feed.training_batches(trained, batch, 7, rank, processes) for rank in range(processes)]
    assert len({len(part) for part in parts}) == 1
    assert all(len(step) for part in parts for step in part)
    taken = np.concatenate([step for part in parts for step in part])
    assert set(taken.tolist()) == set(trained.tolist())
    assert len(taken) <= count + processes - 1
    scored = [feed.scoring_batches(count, batch, rank, processes) for rank in range(processes)]
    assert np.concatenate([s for part in scored for s in part]).tolist() == list(range(count))


def test_the_feed_delivers_in_order_and_passes_errors_on():
    images = np.arange(10 * 2 * 2 * 3, dtype=np.uint8).reshape(10, 2, 2, 3)
    rows = np.array([9, 3, 5, 0])
    source = feed.Feed(images, rows, torch.device("cpu"))
    requested = [np.array([2, 0]), np.array([3]), np.array([1, 1, 1])]
    for (positions, batch), expected in zip(source.batches(requested), requested, strict=True):
        assert np.array_equal(positions, expected)
        assert np.array_equal(batch.numpy(), images[rows[expected]])
    with pytest.raises(IndexError):
        list(source.batches([np.array([4])]))
    abandoned = source.batches([np.array([0])] * 1000)
    next(abandoned)
    abandoned.close()


def test_a_compressed_cache_delivers_the_same_batches(tmp_path):
    images = np.repeat(np.random.default_rng(1).integers(0, 256, (10, 1, 1, 3), dtype=np.uint8), 16, 1).repeat(16, 2)
    jpegs.JpegPixels.create(tmp_path / "ten.sqlite", 10, 16)
    kept = jpegs.JpegPixels(tmp_path / "ten.sqlite")
    for row, image in enumerate(images):
        kept.write(row, image, b"")
    source = feed.Feed(kept, np.array([9, 3, 5, 0]), torch.device("cpu"))
    ((_, batch),) = source.batches([np.array([2, 0, 2])])
    assert np.abs(batch.numpy().astype(int) - images[[5, 9, 5]]).max() <= 3


def test_a_cache_is_uploaded_in_chunks(monkeypatch):
    """On a CPU tensor in place of a device's: the order and the rows, also where the last chunk is short."""
    monkeypatch.setattr(feed, "CHUNK", 3 * 12)
    images = np.random.default_rng(0).integers(0, 256, (10, 2, 2, 3), dtype=np.uint8)
    rows = np.array([9, 3, 5, 0, 1, 1, 2])
    source = feed.Feed(images, rows, torch.device("cpu"))
    source.resident = source._uploaded()
    assert np.array_equal(source.resident.numpy(), images[rows])
    ((positions, batch),) = source.batches([np.array([6, 0])])
    assert positions.tolist() == [6, 0] and np.array_equal(batch.numpy(), images[[2, 9]])


def test_seeds_differ_by_place_and_purpose():
    places = {seeds.mix(purpose, *place) for purpose in range(3) for place in ((0, 1), (1, 0), (0, 0, 1), (2,))}
    assert len(places) == 12 and max(places) < 2**63
    assert torch.equal(torch.rand(3, generator=seeds.generator(1, 2)), torch.rand(3, generator=seeds.generator(1, 2)))


class Faces:
    """The columns of a data set that these tests read."""

    labels = np.array([0, 1, 0, 1, 0, 1], np.int16)
    split = np.array([0, 0, 0, 0, 2, 2], np.int8)
    num_classes, valence_arousal = 2, None

    def __len__(self):
        return 6

    def rows(self, _):
        return np.arange(4)


def test_roles_follow_split_fold_exclusion_and_readability():
    dataset = Faces()
    folds = unseen_by_fold(dataset, 2, 0.0, 0)
    assert (np.stack(folds).sum(0) == [1, 1, 1, 1, 0, 0]).all()
    excluded, readable = np.zeros(6, bool), np.ones(6, bool)
    excluded[1], readable[2] = True, False
    unseen = np.array([1, 0, 0, 0, 0, 0], bool)
    data = assemble(dataset, np.zeros((6, 4, 4, 3), np.uint8), dataset.labels, excluded, readable, unseen)
    assert data.rows.tolist() == [0, 1, 3, 4, 5]
    assert data.role.tolist() == [1, 1, 0, 2, 2]
    assert data.labels.tolist() == [0, 1, 1, -1, -1] and data.truth.tolist() == [0, 1, 1, 0, 1]
    assert data.counted.tolist() == [True, False, True, True, True]
    assert data.trained.tolist() == [2]
