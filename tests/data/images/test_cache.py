import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from auditor.data.images import build as cachebuild
from auditor.data.images import generations
from auditor.data.images.cache import DecodingCancelledError, ImageCache, decode, decoding_problems, read_encoded
from auditor.data.opening import open_dataset
from auditor.errors import DataError, ImageError
from tests.conftest import REPOSITORY
from tests.data.drawn import draw, raf

OLD = time.time_ns() - 3600 * 10**9


def age(root, by=0):
    """Files whose times are old enough to be trusted."""
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(OLD + by, OLD + by))
    return root


@pytest.fixture
def dataset(tmp_path):
    text = "".join(f"train_{i:05d}.jpg {i % 7 + 1}\n" for i in range(12))
    return open_dataset(age(raf(tmp_path / "data", text)))


@pytest.fixture
def decoded(monkeypatch):
    """Rows that were decoded, in order."""
    rows = []
    real = cachebuild.decode_file

    def watched(pixels, row, root, path):
        rows.append(row)
        return real(pixels, row, root, path)

    monkeypatch.setattr(cachebuild, "decode_file", watched)
    return rows


def test_every_image_is_decoded_once(dataset, tmp_path, decoded):
    progress = []
    cache = ImageCache.open(dataset, 32, tmp_path / "cache", progress=lambda *report: progress.append(report))
    assert cache.array.shape == (12, 32, 32, 3)
    assert all((cache.array[row] == decode(dataset, row, 32)).all() for row in range(12))
    assert cache.ok.all()
    assert progress[-1] == (12, 12, "decoding images")
    again = ImageCache.open(dataset, 32, tmp_path / "cache")
    assert (again.array == cache.array).all()
    assert len(decoded) == 12
    assert not again.array.flags.writeable
    ImageCache.open(dataset, 16, tmp_path / "cache")
    assert len(decoded) == 24
    assert read_encoded(dataset, 0)[:2] == b"\xff\xd8"


def test_a_cache_that_the_disk_cannot_hold_is_refused_before_it_is_decoded(dataset, tmp_path, decoded, monkeypatch):
    full = type("Usage", (), {"free": 12 * 32 * 32 * 3 - 1})
    monkeypatch.setattr(cachebuild.shutil, "disk_usage", lambda _: full)
    with pytest.raises(
        DataError, match=r"^To decode 12 images at 32 pixels takes 0\.0 MB, and 0\.0 MB are free at .*AUDITOR_CACHE"
    ):
        ImageCache.open(dataset, 32, tmp_path / "cache")
    assert not decoded
    assert ImageCache.open(dataset, 16, tmp_path / "cache").ok.all()


def test_a_large_cache_says_its_size_before_it_is_decoded(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(cachebuild, "LARGE", 1)
    said = []
    ImageCache.open(dataset, 16, tmp_path / "cache", progress=lambda *report: said.append(report))
    assert said[0][:2] == (0, 12) and said[0][2].startswith("decoding images into 0.0 MB at ")
    assert (cachebuild.spoken(45_158_400_000), cachebuild.spoken(3_100_000)) == ("45.2 GB", "3.1 MB")


def test_a_changed_file_is_seen_and_a_touched_one_is_not_decoded(dataset, tmp_path, decoded):
    before = ImageCache.open(dataset, 16, tmp_path / "cache")
    age(dataset.root, by=10**9)
    assert (ImageCache.open(dataset, 16, tmp_path / "cache").array == before.array).all()
    assert len(decoded) == 12
    draw(dataset.root / dataset.paths[3], 250)
    after = ImageCache.open(dataset, 16, tmp_path / "cache")
    assert decoded[12:] == [3]
    assert (after.array[3] == decode(dataset, 3, 16)).all()
    assert (before.array[3] != after.array[3]).any()
    assert (before.array[:3] == after.array[:3]).all()


def test_the_same_size_and_time_within_the_clocks_tick_is_seen(dataset, tmp_path):
    now = time.time_ns()
    path = dataset.root / dataset.paths[0]
    black, white = (images_bytes(shade) for shade in (1, 2))
    assert len(black) == len(white)
    path.write_bytes(black)
    os.utime(path, ns=(now, now))
    ImageCache.open(dataset, 16, tmp_path / "cache")
    path.write_bytes(white)
    os.utime(path, ns=(now, now))
    assert (ImageCache.open(dataset, 16, tmp_path / "cache").array[0] == decode(dataset, 0, 16)).all()


def images_bytes(shade):
    from auditor.data.images.imagefile import encode_png

    return encode_png(np.full((4, 4, 3), shade * 40, np.uint8))


def test_another_selection_of_the_images_takes_over_what_is_decoded(dataset, tmp_path, decoded):
    whole = ImageCache.open(dataset, 16, tmp_path / "cache")
    rows = np.array([9, 4, 7])
    part = ImageCache.open(dataset.select(rows), 16, tmp_path / "cache")
    assert (part.array == whole.array[rows]).all()
    assert len(decoded) == 12


def test_images_that_cannot_be_read_are_listed_with_their_line(dataset, tmp_path):
    for row, data in {1: b"", 2: b"\xff\xd8 broken", 5: None}.items():
        path = dataset.root / dataset.paths[row]
        path.unlink() if data is None else path.write_bytes(data)
    # Nothing is decoded to know: only the file that is gone is missed.
    gone = decoding_problems(dataset, tmp_path / "cache")
    assert [(p.file, p.line, p.kind) for p in gone] == [("EmoLabel/train_label.txt", 6, "missing-image")]
    for _ in range(2):
        cache = ImageCache.open(dataset, 16, tmp_path / "cache")
        assert decoding_problems(dataset, tmp_path / "cache") == cache.problems
        assert np.flatnonzero(~cache.ok).tolist() == [1, 2, 5]
        assert [(p.file, p.line, p.kind) for p in cache.problems] == [
            ("EmoLabel/train_label.txt", line, "unreadable-image") for line in (2, 3, 6)
        ]
        assert (cache.array[1] == 127).all()
    with pytest.raises(ImageError):
        decode(dataset, 5)


def test_cancelling_keeps_what_is_done(dataset, tmp_path, decoded):
    with pytest.raises(DecodingCancelledError):
        ImageCache.open(dataset, 16, tmp_path / "cache", cancelled=lambda: len(decoded) >= 5)
    assert len(decoded) == 5
    cache = ImageCache.open(dataset, 16, tmp_path / "cache")
    assert len(decoded) == 12
    assert all((cache.array[row] == decode(dataset, row, 16)).all() for row in range(12))


def test_a_torn_log_and_torn_files_are_not_believed(dataset, tmp_path, decoded):
    with pytest.raises(DecodingCancelledError):
        ImageCache.open(dataset, 16, tmp_path / "cache", cancelled=lambda: len(decoded) >= 5)
    (log,) = (tmp_path / "cache").rglob(cachebuild.LOG)
    log.write_text(log.read_text()[:-9] + '\n[99, 1, 1, 1, true, ""]\nnonsense\n')
    cache = ImageCache.open(dataset, 16, tmp_path / "cache")
    assert len(decoded) == 13
    manifest = cache.folder / generations.MANIFEST
    for broken in ("{}", "nonsense", json.dumps({**json.loads(manifest.read_text()), "bytes": 1})):
        manifest.write_text(broken)
        assert generations.load(cache.folder) is None
        assert (ImageCache.open(dataset, 16, tmp_path / "cache").array == cache.array).all()


def test_a_workspace_that_cannot_be_written_is_one_sentence(dataset, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        ImageCache.open(dataset, 16, tmp_path / "file")
    with pytest.raises(DataError, match="8 to 1024"):
        ImageCache.open(dataset, 4, tmp_path / "cache")


BUILD = """
import sys
from pathlib import Path
from auditor.data.images import build
from auditor.data.images.cache import ImageCache
from auditor.data.opening import open_dataset
build.SETTLE = 0.0
print("ready", flush=True)
cache = ImageCache.open(open_dataset(sys.argv[1]), 16, Path(sys.argv[2]))
print(int(cache.array.sum()))
"""


def build(root, cache):
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(root), str(cache)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )


def test_killed_builds_and_builds_side_by_side_end_the_same(tmp_path):
    text = "".join(f"train_{i:05d}.jpg {i % 7 + 1}\n" for i in range(150))
    root = age(raf(tmp_path / "data", text))
    for delay in (0.1,):
        process = build(root, tmp_path / "cache")
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
        process.communicate()
    processes = [build(root, tmp_path / "cache") for _ in range(2)]
    sums = {process.communicate(timeout=300)[0].split()[-1] for process in processes}
    expected = ImageCache.open(open_dataset(root), 16, tmp_path / "other")
    assert sums == {str(int(expected.array.sum()))}
    assert not list((tmp_path / "cache").rglob(cachebuild.BUILDING))
