import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.data.files.listing import is_image, leaves_root, list_folder, list_outside, walk
from auditor.data.problems import Problems
from tests.data.drawn import draw


@pytest.mark.parametrize(
    "name",
    ["/a.jpg", "..", "../a.jpg", "a/../../b.jpg", "\\a.jpg", "C:\\a.jpg", "C:a.jpg", "\\\\host\\s\\a.jpg", "a\\..\\b"],
)
def test_names_that_leave(name):
    assert leaves_root(name)


@pytest.mark.parametrize("name", ["a.jpg", "a/b.jpg", "a..b.jpg", "...jpg", "ab:c.jpg", "./a.jpg"])
def test_names_that_stay(name):
    assert not leaves_root(name)


@given(st.lists(st.sampled_from(["..", ".", "a", "/", "\\", "b.jpg", ":"]), max_size=8).map("".join))
def test_what_does_not_leave_stays_below_the_root(name):
    if name and not leaves_root(name):
        assert os.path.normpath(f"/root/data/{name}").startswith("/root/data")


def test_links_out_of_the_root_are_not_followed(tmp_path):
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    secret = draw(elsewhere / "secret.jpg")
    draw(root / "a" / "in.jpg")
    (root / "a" / "out.jpg").symlink_to(secret)
    (root / "a" / "fine.jpg").symlink_to(root / "a" / "in.jpg")
    (root / "b").symlink_to(elsewhere)
    (root / "a" / "loop").symlink_to(root / "a")
    (root / "a" / "broken.jpg").symlink_to("/nowhere/at/all.jpg")
    problems = Problems()
    listing = list_folder(root, "a", problems)
    assert listing.files == {"in.jpg", "fine.jpg"}
    assert listing.outside == {"out.jpg", "broken.jpg"}
    assert list_folder(root, "b", problems).files == set()
    list_outside("a", listing, problems)
    assert [(p.file, p.kind) for p in problems.freeze()] == [
        ("b", "outside-root"), ("a/broken.jpg", "outside-root"), ("a/out.jpg", "outside-root"),
    ]  # fmt: skip
    assert [folder for folder, _ in walk(root)] == ["", "a"]


def test_what_is_not_there_is_empty(tmp_path):
    assert list_folder(tmp_path, "absent").files == set()
    assert list_folder(tmp_path, "a\0b").files == set()
    assert list_folder(tmp_path, "x" * 5000, Problems()).files == set()


def test_images_by_name():
    assert is_image("A.JPG")
    assert not is_image("jpg")
    assert not is_image("labels.txt")
