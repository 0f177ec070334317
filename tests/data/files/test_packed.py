"""auditor/data/files/packed.py: compressed files read as what is inside, anywhere, and written back."""

import gzip
import os

import numpy as np
import pytest

from auditor.data.files import packed
from auditor.data.images import cache
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from auditor.exports.source import CorrectionRequest, corrected
from tests.data.layouts import affectnet, ferplus, grey, votes

ROWS = [
    (place, "Training" if place < 5 else "PrivateTest", votes(anger=9, fear=1), f"{place}.png") for place in range(7)
]


def pack(path):
    """Compress a file in two members, as tools that work in parallel do."""
    data = path.read_bytes()
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(data[:5000]) + gzip.compress(data[5000:]))
    path.unlink()


def test_any_part_is_read_from_the_nearest_place(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "STEP", 3000)
    monkeypatch.setattr(packed, "PIECE", 500)
    content = np.random.default_rng(0).integers(0, 64, 40_000, dtype=np.uint8).tobytes()
    (tmp_path / "a.bin").write_bytes(content)
    pack(tmp_path / "a.bin")
    path = tmp_path / "a.bin.gz"
    assert packed.unpack(path.read_bytes(), path.name) == content
    assert len(packed._places(path)) > 5
    for offset in (39_990, 0, 4_990, 20_000, 12_345):
        assert packed.read_inside(path, offset, 100) == content[offset : offset + 100]


@pytest.mark.parametrize("votes_too", [False, True])
def test_a_packed_table_of_pixels_is_read_and_corrected(tmp_path, votes_too):
    ferplus(tmp_path, ROWS)
    plain = (tmp_path / "fer2013.csv").read_bytes()
    pack(tmp_path / "fer2013.csv")
    pack(tmp_path / "fer2013new.csv") if votes_too else (tmp_path / "fer2013new.csv").unlink()
    whole = (tmp_path / "fer2013.csv.gz").read_bytes()
    dataset = open_dataset(tmp_path, label_file="fer2013.csv.gz")
    assert dataset.labels.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert dataset.split.tolist() == [0, 0, 0, 0, 0, 2, 2]
    assert all((cache.decode(dataset, row)[..., 0] == grey(row)).all() for row in (6, 0, 3))
    labels = dataset.labels.copy()
    assert corrected(CorrectionRequest(dataset, labels, {}))["fer2013.csv.gz"] == whole
    labels[1] = 6
    after = gzip.decompress(corrected(CorrectionRequest(dataset, labels, {}))["fer2013.csv.gz"])
    assert after == plain.replace(b"\n1,", b"\n6,", 1)


def test_packed_votes_are_corrected(tmp_path):
    ferplus(tmp_path, ROWS)
    plain = (tmp_path / "fer2013new.csv").read_bytes()
    pack(tmp_path / "fer2013new.csv")
    dataset = open_dataset(tmp_path)
    assert (dataset.label_file, dataset.num_classes) == ("fer2013new.csv.gz", 8)
    labels = dataset.labels.copy()
    labels[0] = dataset.classes.index("fear")
    (after,) = corrected(CorrectionRequest(dataset, labels, {})).values()
    assert gzip.decompress(after) == plain.replace(b"0.png,0,0,0,0,9,0,1", b"0.png,0,0,0,0,0,0,10", 1)


def test_a_packed_list_of_affectnets_is_corrected(tmp_path):
    affectnet(tmp_path, [("1/a.jpg", 1, 0.5, 0.1), ("1/b.jpg", 2, -0.5, 0.1)])
    plain = (tmp_path / "training.csv").read_bytes()
    pack(tmp_path / "training.csv")
    dataset = open_dataset(tmp_path)
    assert (dataset.format, dataset.labels.tolist()) == ("affectnet", [1, 2])
    (after,) = corrected(CorrectionRequest(dataset, np.array([1, 3], dtype=np.int16), {})).values()
    assert gzip.decompress(after) == plain.replace(b",2,-0.5", b",3,-0.5")


def test_a_file_that_is_cut_short_is_refused_or_listed(tmp_path):
    ferplus(tmp_path, ROWS)
    (tmp_path / "fer2013new.csv").unlink()
    data = gzip.compress((tmp_path / "fer2013.csv").read_bytes() + os.urandom(9000))
    (tmp_path / "fer2013.csv").unlink()
    (tmp_path / "fer2013.csv.gz").write_bytes(data[:-100])
    with pytest.raises(DataError, match="no whole gzip file"):
        open_dataset(tmp_path)
