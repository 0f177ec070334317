"""auditor/data/formats/rafdb_numbering.py, emotions.py and class_names.py: what numbers mean."""

from collections import Counter

import pytest

from auditor.data.formats import class_names
from auditor.data.formats.emotions import COMPOUND, RAFDB, is_emotion, names_of
from auditor.data.formats.rafdb_numbering import numbering_of
from auditor.errors import DataError


@pytest.mark.parametrize(
    ("written", "first", "classes"),
    [
        ({"1": 50, "7": 20, "4": 9}, 1, RAFDB),
        ({"0": 50, "6": 20, "4": 9}, 0, RAFDB),
        ({"1": 500, "7": 20, "0": 1}, 1, RAFDB),
        ({"1": 50, "7": 20, "8": 1}, 1, RAFDB),
        ({str(code): 5 for code in range(1, 12)}, 1, COMPOUND),
        ({str(code): 5 for code in range(11)}, 0, COMPOUND),
        ({str(code): 500 if code else 1 for code in range(12)}, 1, COMPOUND),
        ({"Happy": 9, "sad": 3}, 1, RAFDB),
    ],
)
def test_the_numbers_that_are_used_say_how_they_are_counted(written, first, classes):
    numbering = numbering_of(Counter(written))
    assert (numbering.first, numbering.classes) == (first, classes)


def test_both_ends_in_use_are_a_question_and_words_keep_their_spelling():
    assert numbering_of(Counter({"0": 30, "7": 30, "3": 40})).choice.close
    numbering = numbering_of(Counter({"Happy": 9, "HAPPY": 1, "sad": 3}))
    assert (numbering.codes[3], numbering.codes[4], numbering.words["happy"]) == ("Happy", "sad", 4)
    assert numbering_of(Counter({"3": 9}), "affectnet").classes[3] == "surprise"


def test_compound_emotions_are_counted_from_0_or_1_and_the_other_way_is_offered():
    from_0, from_1 = (Counter({str(code): 5 for code in range(first, first + 11)}) for first in (0, 1))
    assert numbering_of(from_0).choice.alternatives == ("1", "affectnet")
    assert numbering_of(from_1).choice.alternatives == ("0", "affectnet")
    assert not numbering_of(from_1).choice.close and numbering_of(from_0 + from_1).choice.close
    assert numbering_of(from_1 - Counter({"11": 5}) + Counter({"0": 1})).choice.close
    assert (numbering_of(from_0, "1").first, numbering_of(from_0, "1").classes) == (1, COMPOUND)


def test_numbers_have_names_in_each_order_or_none():
    assert names_of("rafdb", [0, 6]) == {0: "surprise", 6: "neutral"}
    assert names_of("rafdb", [1, 7]) == {1: "surprise", 7: "neutral"}
    assert names_of("rafdb", [0, 10]) == {0: "happily surprised", 10: "disgustedly surprised"}
    assert names_of("rafdb", [1, 11]) == {1: "happily surprised", 11: "disgustedly surprised"}
    assert names_of("rafdb", [0, 11]) is None
    assert names_of("fer2013", [7]) == {7: "contempt"}
    assert names_of("affectnet", [8]) is None
    assert names_of("0", [3]) == {3: "3"}
    with pytest.raises(DataError, match="choose one of rafdb"):
        class_names.chosen_names("klingon", [1])


def test_words_for_emotions():
    assert all(map(is_emotion, ("Happy", "3_sad", "happily surprised", "ANGER")))
    assert not any(map(is_emotion, ("figures", "S001", "checkpoint", "")))
