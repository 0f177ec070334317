"""auditor/writing.py: a file is written completely or not changed."""

import os

import pytest

from auditor import writing


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "records.npz"
    writing.write_text(file, "old")
    with pytest.raises(KeyError), writing.replacing(file) as aside:
        assert aside.suffix == ".npz" and aside.parent == tmp_path
        aside.write_text("half")
        raise KeyError
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_created_once_for_its_owner_alone(tmp_path):
    file = tmp_path / "faces.key"
    assert writing.create(file, b"first") and not writing.create(file, b"second")
    assert file.read_bytes() == b"first" and file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_leaves_nothing_of_the_new_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        writing.write(tmp_path / "new", b"bytes", sync=True)
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_a_name_can_be_is_written(tmp_path):
    file = tmp_path / ("ü" * 120 + "." + "x" * 14)
    writing.write(file, b"bytes")
    assert file.read_bytes() == b"bytes"
