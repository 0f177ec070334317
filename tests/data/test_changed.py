"""auditor/data/changed.py: when a data set was last changed on the disk."""

import os
from dataclasses import replace

import pytest

from auditor.data.changed import changed_at
from tests.training.changed import data

LONG_AGO = 1_000_000_000


@pytest.fixture
def faces(tmp_path):
    (tmp_path / "labels.csv").write_text("image,label\n")
    return replace(data(), root=tmp_path, sources=("labels.csv",), watched=("labels.csv", "images"))


def test_the_youngest_file_or_entry_counts(faces):
    before = changed_at(faces)
    assert max((faces.root / name).stat().st_ctime for name in ("", "labels.csv")) == before
    os.utime(faces.root / "labels.csv", (before + 60, before + 60))
    assert changed_at(faces) == pytest.approx(before + 60)
    os.utime(faces.root / "labels.csv", (LONG_AGO, LONG_AGO))
    assert changed_at(faces) >= before  # written long ago, put there now
    (faces.root / "images").mkdir()
    os.utime(faces.root / "images", (before + 120, before + 120))
    assert changed_at(faces) == pytest.approx(before + 120)


def test_what_cannot_be_known_counts_as_changed_just_now(faces):
    assert changed_at(replace(faces, sources=(), watched=())) == float("inf")
