"""Class names and their numbers in one data set. Mirrors auditor/store/naming.py."""

import unicodedata

import pytest

from auditor.errors import RefusedError
from auditor.store.naming import ClassNumbers, class_numbers
from tests.store.faces import dataset


def numbers(*classes, codes=None, alike=True):
    return ClassNumbers(classes, codes or classes, alike)


def test_a_name_is_found_whatever_its_number_case_or_accents():
    known = numbers("anger", "écœurement", "joy")
    assert [known.number(name) for name in ("joy", "Joy", "JOY", "surprise", None)] == [2, 2, 2, None, None]
    assert known.number(unicodedata.normalize("NFD", "Écœurement")) == 1


def test_numbers_are_one_label_in_tables_and_two_folders():
    assert numbers("1", "2", "3").number("3.0") == numbers("1", "2", "03").number("3") == 2
    assert class_numbers(dataset(format="folder", classes=("03", "4"))).number("3") is None


def test_the_exact_name_wins_and_one_that_matches_two_is_none():
    composed, decomposed = "é", unicodedata.normalize("NFD", "é")
    known = numbers(composed, decomposed)
    assert (known.number(composed), known.number(decomposed), known.number("É")) == (0, 1, None)


def test_classes_of_one_name_are_told_apart_by_the_sources_spelling():
    known = numbers("happy", "happy", "sad", codes=("Happy", "happy", "sad"))
    assert known.names == ("Happy", "happy", "sad")
    assert [known.number(known.name(k)) for k in range(3)] == [0, 1, 2]


def test_shares_go_by_name_and_are_none_where_a_class_is_gone():
    known = numbers("anger", "fear", "joy")
    assert known.by_name((0.25, 0, 0.75)) == {"anger": 0.25, "joy": 0.75}
    assert numbers("joy", "new", "anger").shares({"anger": 0.25, "joy": 0.75}) == (0.75, 0, 0.25)
    assert numbers("joy", "new").shares({"anger": 0.25, "joy": 0.75}) is None
    for nonsense in (lambda: known.by_name((1.0,)), lambda: known.name(3), lambda: known.name(-1)):
        with pytest.raises(RefusedError):
            nonsense()
