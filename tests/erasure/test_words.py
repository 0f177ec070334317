"""words.py: a name is found as a word of its own, however a file writes it."""

import pytest

from auditor.erasure import words


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jpg", b"x,a.jpg,1"),
        ("a.jpg", b"<img alt='a.jpg'>"),
        ("Ren\u00e9", b'{"who": "Ren\\u00e9"}'),
        ("Ren\u00e9", "by Ren\u00e9.".encode()),
        ("a&b.jpg", b"a&amp;b.jpg"),
        ("folder/a.jpg", b"/data/folder/a.jpg"),
    ],
)
def test_a_name_is_found(name, text):
    assert words.Names([name]).are_in(text)


@pytest.mark.parametrize("text", [b"aa.jpg", b"a.jpgs", b"b-a.jpg", b"a_jpg", b""])
def test_a_longer_name_is_another(text):
    assert not words.Names(["a.jpg"]).are_in(text)


def test_many_names_are_looked_up():
    many = words.Names(f"train_{number:05d}.jpg" for number in range(1000))
    assert many.are_in(b"1\ttrain_00999.jpg\t2\n") and not many.are_in(b"train_01000.jpg 2\n")


def test_lines_are_taken_out_and_names_replaced():
    names = words.Names(["a.jpg"])
    assert names.without(b"one\na.jpg 2\nthree\n") == b"one\nthree\n"
    assert names.replaced(b"see a.jpg, aa.jpg", b"it") == b"see it, aa.jpg"


def test_short_names_are_no_evidence_in_free_text():
    assert not words.in_free_text(["12", "a"]) and words.in_free_text(["12.jpg"])
