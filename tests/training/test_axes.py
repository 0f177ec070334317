"""auditor/training/axes.py: main axes, block by block."""

import mmap
import os
from pathlib import Path

import numpy as np
import pytest

from auditor.evidence import gather
from auditor.training import axes


@pytest.fixture
def rows():
    draw = np.random.default_rng(0)
    return (draw.normal(size=(70, 6)) * [5, 4, 3, 2, 1, 0.5] + 3).astype(np.float32)


@pytest.mark.parametrize("directions", [False, True])
def test_blocks_change_nothing_and_the_axes_are_those_of_the_whole(rows, directions, monkeypatch):
    whole = axes.principal_axes(rows, 3, directions=directions)
    monkeypatch.setattr(axes, "BLOCK", 16)
    np.testing.assert_allclose(axes.principal_axes(rows, 3, directions=directions), whole, atol=2e-5)
    values = axes.unit(rows) if directions else rows
    centred = values - values.mean(0)
    _, _, expected = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    np.testing.assert_allclose(np.abs(whole), np.abs(centred @ expected[:3].T), atol=1e-4)


def test_an_embedding_is_read_a_block_at_a_time(rows, monkeypatch):
    monkeypatch.setattr(axes, "BLOCK", 16)
    read = []

    class Watched:
        shape = rows.shape

        def __getitem__(self, part):
            read.append(len(rows[part]))
            return rows[part]

    joined = axes.SideBySide([Watched(), rows[:, :2]])
    assert joined.shape == (70, 8) and max(read, default=0) == 0
    axes.principal_axes(joined, 2)
    assert max(read) == 16 and sum(read) == 3 * 70
    np.testing.assert_array_equal(joined[3:5], np.hstack([rows, rows[:, :2]])[3:5])


def test_some_rows_are_read_as_an_embedding_of_their_own(rows):
    chosen = axes.Chosen(rows, np.array([7, 3, 60, 12]))
    assert chosen.shape == (4, 6)
    np.testing.assert_array_equal(chosen[1:3], rows[[3, 60]])
    np.testing.assert_array_equal(chosen[np.array([3, 0])], rows[[12, 7]])


def test_images_that_a_record_has_not_got_are_zero(rows):
    record = type("Record", (), {"rows": np.array([4, 0, 2], np.int32), "embedding": rows[:3]})()
    read = gather.RecordRows(record, np.arange(5))
    assert read.shape == (5, 6)
    np.testing.assert_array_equal(read[0:5], [rows[1], np.zeros(6), rows[2], np.zeros(6), rows[0]])
    np.testing.assert_array_equal(read[2:3], [rows[2]])


def resident():
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="this system does not give mapped pages back on advice")
def test_a_pass_over_a_mapped_file_gives_its_memory_back_and_loses_nothing(tmp_path):
    np.save(tmp_path / "mapped.npy", np.arange(4_000_000, dtype=np.int64))
    mapped = np.load(tmp_path / "mapped.npy", mmap_mode="r")
    total = int(mapped.sum())
    before = resident()
    axes.forget_pages(mapped[10:])  # a view of it, too
    assert before - resident() > 20_000_000
    assert int(mapped.sum()) == total
    for other in (np.arange(3), np.load(tmp_path / "mapped.npy", mmap_mode="c")):
        other[0] = 5
        axes.forget_pages(other)
        assert other[0] == 5


def test_axes_from_a_sample_are_nearly_those_of_all_images(monkeypatch):
    draw = np.random.default_rng(3)
    rows = (draw.normal(size=(6000, 12)) * 2.0 ** -np.arange(12) + 5).astype(np.float32)
    whole = axes.principal_axes(rows, 3)
    monkeypatch.setattr(axes, "SAMPLE", 2000)
    sampled = axes.principal_axes(rows, 3)
    assert sampled.shape == (6000, 3)
    correlations = [np.corrcoef(one, other)[0, 1] for one, other in zip(whole.T, sampled.T, strict=True)]
    assert min(correlations) > 0.999
    np.testing.assert_array_equal(sampled, axes.principal_axes(rows, 3))
