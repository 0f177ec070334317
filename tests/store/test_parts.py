"""Faces are divided fairly, some come twice, and the same seed gives the same parts."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import RefusedError
from auditor.store.parts import GAP, KNOWN, OWN, REPEAT, divide

PEOPLE = ("ada", "ben", "cleo")


@given(st.integers(1, 400), st.integers(1, 3), st.sampled_from([0.0, 0.05, 0.5]), st.integers(0, 5), st.integers(0, 9))
def test_every_face_goes_to_as_many_as_asked_and_nobody_has_much_more(faces, per_face, repeats, known, seed):
    images = [f"{place:04}.jpg" for place in range(faces)]
    answers = images[:known]
    parts = divide(images, PEOPLE, per_face=per_face, repeats=repeats, known=answers, seed=seed)
    own = Counter(face.image for part in parts.values() for face in part if face.kind == OWN)
    assert own == dict.fromkeys(images[known:], per_face)
    sizes = [sum(face.kind == OWN for face in part) for part in parts.values()]
    assert max(sizes) - min(sizes) <= per_face
    for part in parts.values():
        first = [face.image for face in part if face.kind == OWN]
        assert first == sorted(first)  # in the order that was given
        assert sorted(face.image for face in part if face.kind == KNOWN) == answers
        again = [place for place, face in enumerate(part) if face.kind == REPEAT]
        assert len(again) == len({part[place].image for place in again})
        for place in again:
            before = [p for p, face in enumerate(part[:place]) if face.image == part[place].image]
            assert len(before) == 1
            assert place - before[0] >= min(GAP, len(first) // 2)
    assert parts == divide(images, PEOPLE, per_face=per_face, repeats=repeats, known=answers, seed=seed)


def test_the_share_of_repeats_is_what_was_asked_and_another_seed_gives_other_parts():
    images = [str(place) for place in range(3000)]
    parts = divide(images, PEOPLE, repeats=0.05, seed=1)
    assert [sum(face.kind == REPEAT for face in part) for part in parts.values()] == [50, 50, 50]
    assert parts != divide(images, PEOPLE, repeats=0.05, seed=2)


@pytest.mark.parametrize(
    ("people", "terms", "sentence"),
    [
        ([], {}, "Nobody was named"),
        (["ada", "ada"], {}, "named twice"),
        (["ada"], {"per_face": 2}, "cannot go to 2 of 1 person"),
        (["ada"], {"repeats": 0.6}, "from 0% to 50%"),
    ],
)
def test_what_cannot_be_divided_is_refused(people, terms, sentence):
    with pytest.raises(RefusedError, match=sentence):
        divide(["a"], people, **terms)


def test_no_faces_are_refused():
    with pytest.raises(RefusedError, match="no faces to share out"):
        divide([], ["ada"])
