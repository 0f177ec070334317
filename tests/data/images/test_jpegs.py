"""jpegs.py: a cache of JPEG records, apart from the raw one, which can be resumed, erased from and read at once."""

import io
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from auditor.data.images import build as cachebuild
from auditor.data.images import generations, jpegs
from auditor.data.images.cache import DecodingCancelledError, ImageCache, decode, forget_gone
from auditor.data.images.jpegs import JpegPixels
from auditor.data.opening import open_dataset
from auditor.errors import DataError
from tests.data.drawn import raf
from tests.data.images.test_cache import age, decoded  # noqa: F401

COUNT = 12


def smooth(seed, size):
    draw = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(draw).resize((size, size), Image.Resampling.BICUBIC)


def faces(root, count=COUNT):
    """A data set of smooth pictures of 48 pixels."""
    dataset = open_dataset(raf(root, "".join(f"train_{i:05d}.jpg {i % 7 + 1}\n" for i in range(count))))
    for row in range(count):
        smooth(row, 48).save(dataset.root / dataset.paths[row], quality=90)
    return open_dataset(age(root))


@pytest.fixture
def dataset(tmp_path):
    return faces(tmp_path / "data")


def kept(dataset, where, size=32, **options):
    return ImageCache.open(dataset, size, where, form="jpeg", **options)


def test_the_pixels_are_nearly_the_raw_ones_and_the_caches_never_meet(dataset, tmp_path, decoded):  # noqa: F811
    where = tmp_path / "cache"
    raw, cache = ImageCache.open(dataset, 32, where), kept(dataset, where)
    assert len(decoded) == 2 * COUNT and raw.folder != cache.folder
    assert isinstance(cache.array, JpegPixels) and cache.array.shape == raw.array.shape == (COUNT, 32, 32, 3)
    differences = np.abs(cache.array[:].astype(int) - raw.array[:])
    assert 0 < differences.mean() < 2 and differences.max() < 24
    again = kept(dataset, where)
    np.testing.assert_array_equal(again.array[:], cache.array[:])
    assert len(decoded) == 2 * COUNT
    assert isinstance(ImageCache.open(dataset, 32, where).array, np.ndarray)
    for index in (3, np.int64(-1), slice(2, 9, 3), np.array([5, 1, 5]), np.arange(COUNT) % 2 == 0):
        np.testing.assert_array_equal(cache.array[index], cache.array[:][index])


def test_a_jpeg_of_the_wanted_size_loses_nothing(dataset, tmp_path):
    cache = kept(dataset, tmp_path / "cache", 48)
    assert all((cache.array[row] == decode(dataset, row, 48)).all() for row in range(COUNT))
    Image.effect_noise((48, 48), 60).save(dataset.root / dataset.paths[0], "PNG")  # its name does not decide
    age(dataset.root, by=10**9)
    after = kept(dataset, tmp_path / "cache", 48)
    assert (after.array[0] != decode(dataset, 0, 48)).any()
    assert (after.array[1:] == cache.array[1:]).all()


def test_images_that_cannot_be_read_are_grey(dataset, tmp_path):
    (dataset.root / dataset.paths[4]).write_bytes(b"\xff\xd8 broken")
    cache = kept(dataset, tmp_path / "cache")
    assert np.flatnonzero(~cache.ok).tolist() == [4] and len(cache.problems) == 1
    assert (cache.array[4] == jpegs.GREY).all() and (cache.array[5] != jpegs.GREY).any()


def test_another_selection_takes_over_the_records(dataset, tmp_path, decoded):  # noqa: F811
    whole, rows = kept(dataset, tmp_path / "cache"), np.array([9, 4, 7])
    part = kept(dataset.select(rows), tmp_path / "cache")
    np.testing.assert_array_equal(part.array[:], whole.array[rows])
    assert len(decoded) == COUNT


def test_a_cancelled_build_goes_on(dataset, tmp_path, decoded):  # noqa: F811
    with pytest.raises(DecodingCancelledError):
        kept(dataset, tmp_path / "cache", cancelled=lambda: len(decoded) >= 5)
    cache = kept(dataset, tmp_path / "cache")
    assert sorted(decoded) == list(range(COUNT))
    np.testing.assert_array_equal(cache.array[:], kept(dataset, tmp_path / "other").array[:])
    assert not list((tmp_path / "cache").rglob("building*"))


def test_processes_write_and_a_missing_record_of_a_crashed_one_is_grey(tmp_path, monkeypatch):
    dataset = faces(tmp_path / "data", 230)
    real = cachebuild.DecodePool.run

    def crashing(pool, tasks, cancelled):  # one image ends its process: nothing is written for it
        yield from real(pool, tasks[1:], cancelled)
        yield [(tasks[0][0], 0, False, "made the decoder crash")]

    monkeypatch.setattr(cachebuild.DecodePool, "run", crashing)
    cache = kept(dataset, tmp_path / "cache", 16)
    assert np.flatnonzero(~cache.ok).tolist() == [0] and (cache.array[0] == jpegs.GREY).all()
    compressed = [np.asarray(Image.open(io.BytesIO(jpegs.compressed(decode(dataset, row, 16))))) for row in (1, 229)]
    np.testing.assert_array_equal(cache.array[np.array([1, 229])], compressed)


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    dataset = faces(tmp_path / "data", 230)
    real = JpegPixels.create

    def small(path, count, size):
        real(path, count, size)
        path.chmod(0o600)
        with sqlite3.connect(path) as file:  # as a full disk: no page more
            file.execute("CREATE TRIGGER full BEFORE INSERT ON images BEGIN SELECT RAISE(ABORT, 'disk is full'); END")

    monkeypatch.setattr(JpegPixels, "create", staticmethod(small))
    with pytest.raises(DataError, match=r"^The image cache in .* cannot be written \(disk is full\); free some space"):
        kept(dataset, tmp_path / "cache")


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_record_is_one_sentence(dataset, tmp_path, damage):
    cache = kept(dataset, tmp_path / "cache")
    (file,) = cache.folder.glob("pixels-*.sqlite")
    with sqlite3.connect(file) as opened:
        cut = "UPDATE images SET jpeg = substr(jpeg, 1, length(jpeg) / 2) WHERE row = 3"
        opened.execute(cut if damage == "cut" else "DELETE FROM images WHERE row = 3")
    with pytest.raises(DataError, match=r"^The compressed image cache .* is damaged \(image 3 .*\); delete the folder"):
        kept(dataset, tmp_path / "cache").array[:]
    assert (cache.array[2] != jpegs.GREY).any()


def test_a_file_that_is_cut_is_made_again(dataset, tmp_path, decoded):  # noqa: F811
    cache = kept(dataset, tmp_path / "cache")
    (file,) = cache.folder.glob("pixels-*.sqlite")
    before = cache.array[:]
    file.write_bytes(file.read_bytes()[:5000])
    np.testing.assert_array_equal(kept(dataset, tmp_path / "cache").array[:], before)
    assert len(decoded) == 2 * COUNT
    with pytest.raises(DataError, match="is damaged"):
        damaged = tmp_path / "no.sqlite"
        damaged.write_bytes(b"nothing")
        generations.opened(damaged)


def test_an_erased_face_is_overwritten(dataset, tmp_path):
    where = tmp_path / "cache"
    cache = kept(dataset, where)
    (file,) = cache.folder.glob("pixels-*.sqlite")
    record = cache.array._records([3])[0]
    assert record[-150:-20] in file.read_bytes()
    (dataset.root / dataset.paths[3]).unlink()
    assert forget_gone(dataset, where) == 1
    assert not any(record[-150:-20] in path.read_bytes() for path in where.rglob("*") if path.is_file())
    assert (cache.array[3] == jpegs.GREY).all()  # a reader that was there before
    assert (generations.load(cache.folder).open()[4] == cache.array[4]).all()


def test_an_unfinished_build_of_a_face_that_is_gone_is_removed(dataset, tmp_path, decoded):  # noqa: F811
    with pytest.raises(DecodingCancelledError):
        kept(dataset, tmp_path / "cache", cancelled=lambda: len(decoded) >= 5)
    (dataset.root / dataset.paths[3]).unlink()
    forget_gone(dataset, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("building*"))


def test_many_read_while_one_is_erased(dataset, tmp_path):
    where = tmp_path / "cache"
    cache = kept(dataset, where)
    expected, stop, rows = cache.array[:], threading.Event(), np.array([0, 5, 9, 1, 7, 2, 8, 11, 6])

    def read(pixels):
        count = 0
        while not stop.is_set():
            np.testing.assert_array_equal(pixels[rows], expected[rows])
            count += 1
        return count

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read, pixels) for pixels in (cache.array, cache.array, kept(dataset, where).array)]
        (dataset.root / dataset.paths[3]).unlink()
        forget_gone(dataset, where)
        time.sleep(0.2)
        stop.set()
        assert all(reader.result() > 0 for reader in readers)
    assert (cache.array[3] == jpegs.GREY).all()


def test_the_size_is_said_as_what_it_is(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(cachebuild, "LARGE", 1)
    reports = []
    kept(dataset, tmp_path / "cache", progress=lambda *report: reports.append(report))
    assert "about 0.0 MB (JPEG of quality 95, pixels differ slightly) at " in reports[0][2]
    monkeypatch.setattr(cachebuild.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1}))
    with pytest.raises(DataError, match=r"takes about .*quality 95.* or choose a smaller image size\.$"):
        kept(dataset, tmp_path / "other")
    with pytest.raises(DataError, match="--cache-format jpeg"):
        ImageCache.open(dataset, 32, tmp_path / "other")
