import dataclasses
import os
import time

import numpy as np
import pytest

from auditor.data import index
from auditor.data.formats.base import get_format
from auditor.data.opening import open_dataset
from tests.data.drawn import draw, raf


def age(root, seconds=3600):
    """Files and folders that have not changed for a while."""
    then = time.time_ns() - seconds * 10**9
    for path in (root, *root.rglob("*")):
        os.utime(path, ns=(then, then))
    return root


@pytest.fixture
def root(tmp_path):
    machine = "train_00002.jpg 7\n"
    text = "train_00001.jpg 5\ntrain_00002.jpg 1\ntrain_00009.jpg 1\n"
    images = ["train_00001.jpg", "train_00002.jpg", "test_0001.jpg"]
    va = "train_00001.jpg 0.5 0\n"
    return age(raf(tmp_path / "data", text, images, test_label="test_0001.jpg 2\n", list_label_M=machine, list_va_M=va))


@pytest.fixture
def reads(monkeypatch):
    """How often the label files themselves were read."""
    count = []
    real = type(get_format("rafdb")).load
    monkeypatch.setattr(type(get_format("rafdb")), "load", lambda *args: count.append(1) or real(*args))
    return count


def test_the_second_opening_is_the_same_and_reads_no_label_file(root, tmp_path, reads):
    first, second = (open_dataset(root, cache=tmp_path / "cache") for _ in range(2))
    assert len(reads) == 1
    for column in dataclasses.fields(first):
        ours, theirs = getattr(first, column.name), getattr(second, column.name)
        if column.name == "label_sets":
            assert [(s.name, s.labels.tolist(), s.probs) for s in ours] == [
                (s.name, s.labels.tolist(), s.probs) for s in theirs
            ]
        elif isinstance(ours, np.ndarray):
            np.testing.assert_array_equal(ours, theirs)
            assert ours.dtype == theirs.dtype
        else:
            assert ours == theirs


def test_whatever_changes_is_seen(root, tmp_path, reads):
    labels, faces = root / "EmoLabel", root / "Image" / "aligned"
    changes = [
        lambda: (labels / "train_label.txt").write_text("train_00001.jpg 6\n"),
        lambda: (labels / "test_label.txt").write_text("test_0001.jpg 3\n"),
        lambda: draw(faces / "train_00009_aligned.jpg"),
        (faces / "train_00001_aligned.jpg").unlink,
        (labels / "list_label_M.txt").unlink,
    ]
    for turn, change in enumerate(changes):
        open_dataset(root, cache=tmp_path / "cache")
        before = len(reads)
        age(root, 3600 - turn)
        open_dataset(root, cache=tmp_path / "cache")
        open_dataset(root, cache=tmp_path / "cache")
        assert len(reads) == before + 1
        change()
        fresh = open_dataset(root, cache=tmp_path / "cache")
        assert len(reads) == before + 2
        assert list(fresh.names) == list(open_dataset(root).names)
        reads.clear()


def test_what_was_just_written_is_not_trusted(root, tmp_path, reads):
    (root / "EmoLabel" / "train_label.txt").write_text("train_00001.jpg 6\n")
    for _ in range(2):
        open_dataset(root, cache=tmp_path / "cache")
    assert len(reads) == 2


def test_a_damaged_index_and_one_of_another_version_are_read_anew(root, tmp_path, reads, monkeypatch):
    open_dataset(root, cache=tmp_path / "cache")
    (file,) = (tmp_path / "cache" / "index").iterdir()
    whole = file.read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"PK\x03\x04nonsense", whole.replace(b"version", b"aversio")):
        file.write_bytes(broken)
        assert len(open_dataset(root, cache=tmp_path / "cache")) == 3
    assert len(reads) == 5
    monkeypatch.setattr(index, "VERSION", index.VERSION + 1)
    assert len(open_dataset(root, cache=tmp_path / "cache")) == 3
    assert len(reads) == 6


def test_a_cache_that_cannot_be_written_is_done_without(root, tmp_path):
    (tmp_path / "file").write_text("")
    assert len(open_dataset(root, cache=tmp_path / "file")) == 3
