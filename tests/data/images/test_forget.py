"""forget.py: a face removed from its source is in no cache, of any size or selection, after the next opening.

held_of_root.py: what the caches of a folder hold."""

import os
import time

import numpy as np
import pytest

from auditor.data.images import build as cachebuild
from auditor.data.images import generations, held_of_root, jpegs
from auditor.data.images.cache import DecodingCancelledError, ImageCache, decode, forget_gone
from auditor.data.opening import open_dataset
from tests.data.drawn import draw, raf

OLD = time.time_ns() - 3600 * 10**9
NAMES = [f"train_{i:05d}.jpg" for i in range(12)]


def age(root, by=0):
    for path in (root, *root.rglob("*")):
        os.utime(path, ns=(OLD + by, OLD + by))
    return root


def text(names):
    return "".join(f"{name} {place % 7 + 1}\n" for place, name in enumerate(names))


@pytest.fixture
def root(tmp_path):
    return age(raf(tmp_path / "data", text(NAMES)))


@pytest.fixture
def cache(root, tmp_path):
    """Caches of two sizes, and of a selection of images that no label file names any more."""
    where = tmp_path / "cache"
    for names in (NAMES[:7], NAMES):
        (root / "EmoLabel/train_label.txt").write_text(text(names))
        age(root)
        for size in (16, 32):
            ImageCache.open(open_dataset(root, cache=where), size, where)
    return where


def faces_in(cache):
    """Every picture in any file of the caches, by the id of its image."""
    found = {}
    for manifest in cache.rglob("manifest.json"):
        made = generations.load(manifest.parent)
        for row, name in enumerate(made.records.ids):
            found.setdefault(name, []).append(np.array(made.open()[row]))
    return found


def is_blank(picture):
    return bool((picture == jpegs.GREY).all())


def test_a_deleted_face_is_gone_from_every_size_and_selection(root, cache):
    gone, stays = "Image/aligned/train_00003_aligned.jpg", "Image/aligned/train_00004_aligned.jpg"
    assert len(faces_in(cache)[gone]) == 4 and not any(map(is_blank, faces_in(cache)[gone]))
    face = decode(open_dataset(root), 3, 16).tobytes()
    (root / gone).unlink()
    open_dataset(root, cache=cache)  # the next opening, no picture asked for
    assert all(map(is_blank, faces_in(cache)[gone]))
    assert not any(map(is_blank, faces_in(cache)[stays]))
    assert not any(face in path.read_bytes() for path in cache.rglob("*") if path.is_file())


def test_the_cached_images_of_a_folder_are_listed_whichever_data_set_asked_for_them(root, cache, tmp_path):
    named = {f"Image/aligned/{name.replace('.jpg', '_aligned.jpg')}" for name in NAMES}
    assert held_of_root.ids(open_dataset(root).root, cache) == named
    assert held_of_root.ids(tmp_path / "elsewhere", cache) == set()


def test_a_replaced_face_is_gone_and_a_touched_one_stays(root, cache):
    file, touched = root / "Image/aligned/train_00003_aligned.jpg", root / "Image/aligned/train_00004_aligned.jpg"
    before = faces_in(cache)
    os.utime(touched, ns=(OLD + 10**9, OLD + 10**9))
    other = draw(file.with_name("other.jpg"), 250)
    other.replace(file)  # as a program replaces a file
    os.utime(file, ns=(OLD + 10**9, OLD + 10**9))
    dataset = open_dataset(root, cache=cache)
    after = faces_in(cache)
    assert all(map(is_blank, after["Image/aligned/train_00003_aligned.jpg"]))
    for name in set(before) - {"Image/aligned/train_00003_aligned.jpg"}:
        assert all((a == b).all() for a, b in zip(before[name], after[name], strict=True))
    again = ImageCache.open(dataset, 16, cache)
    assert again.ok.all() and (again.array[3] == decode(dataset, 3, 16)).all()


def test_one_size_that_is_refreshed_takes_the_others_along(root, cache):
    """A file that is overwritten in place: no folder's time tells of it, so only reading the picture does."""
    draw(root / "Image/aligned/train_00003_aligned.jpg", 250)
    os.utime(root / "Image/aligned/train_00003_aligned.jpg", ns=(OLD + 10**9, OLD + 10**9))
    dataset = open_dataset(root)
    new = ImageCache.open(dataset, 16, cache)
    assert (new.array[3] == decode(dataset, 3, 16)).all()
    pictures = faces_in(cache)["Image/aligned/train_00003_aligned.jpg"]
    assert sorted(map(is_blank, pictures)) == [False, True, True, True]


def test_what_a_killed_build_decoded_goes_too(root, tmp_path, monkeypatch):
    monkeypatch.setattr(cachebuild, "SETTLE", -1.0)
    where, asked = tmp_path / "cache", []
    dataset = open_dataset(root)
    with pytest.raises(DecodingCancelledError):
        ImageCache.open(dataset, 16, where, cancelled=lambda: bool(asked.append(1)) or len(asked) > 6)
    (building,) = where.rglob("building.npy")
    assert forget_gone(dataset, where) == 0 and building.exists()  # it can go on
    (root / "Image/aligned/train_00001_aligned.jpg").unlink()
    forget_gone(dataset, where)
    assert not building.exists()


def test_a_cache_that_is_being_built_is_left_to_its_builder(root, cache):
    (root / "Image/aligned/train_00003_aligned.jpg").unlink()
    folders = [path.parent for path in cache.rglob("manifest.json")]
    with generations.lock(folders[0], lambda: None):
        forget_gone(open_dataset(root), cache)
    assert sorted(map(is_blank, faces_in(cache)["Image/aligned/train_00003_aligned.jpg"])) == [False, True, True, True]
