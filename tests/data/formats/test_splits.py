"""auditor/data/formats/splits.py and selection.py: names of splits in paths, and the user's choices."""

import pytest

from auditor.data.formats import splits
from auditor.data.formats.selection import Selection
from auditor.errors import DataError


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train_labels.csv", 0), ("labels-test.txt", 2), ("FER2013Valid", 1), ("Val_Aligned_Faces", 1),
        ("PublicTest", 1),
        ("test_set", 2), ("dev", 1), ("latest", None), ("contest.csv", None), ("train_test_split.csv", None),
        ("happy", None),
    ],
)  # fmt: skip
def test_a_word_names_a_split_and_a_part_of_one_does_not(name, split):
    assert splits.split_of(name) == split


def test_lists_that_differ_in_the_split_alone_have_one_pattern():
    assert splits.pattern_of("train_labels.csv") == splits.pattern_of("Test_labels.csv")
    assert splits.pattern_of("train/_classes.csv") == splits.pattern_of("valid/_classes.csv")
    assert splits.pattern_of("train_a.csv") != splits.pattern_of("test_b.csv")


@pytest.mark.parametrize(
    ("name", "cells", "codes"),
    [
        ("is_test", ["True", "False"], {"true": 2, "false": 0}),
        ("is_train", ["1", "0"], {"1": 0, "0": 2}),
        ("anything", ["train", "val", "test"], {"train": 0, "val": 1, "test": 2}),
        ("fold", ["0", "1", "2"], {"0": 0, "1": 1, "2": 2}),
        ("split", ["1", "2"], {"1": 0, "2": 2}),
        ("fold", list("01234"), None),
        ("label", ["0", "1"], None),
        ("emotion", ["happy", "sad"], None),
        ("is_valid", ["True", "True", "True", "False"], None),
    ],
)
def test_a_column_of_splits_is_known_by_its_values(name, cells, codes):
    reading = splits.reading_of(name, cells)
    assert (reading is None) == (codes is None)
    assert reading is None or {value: reading[0][value] for value in codes} == codes


def test_a_selection_is_written_as_it_is_read(tmp_path):
    text = "lists/labels.csv?label=annotator+2&split=none"
    selection = Selection.parse(text)
    assert (selection.file, selection.get("label"), str(selection)) == ("lists/labels.csv", "annotator 2", text)
    assert str(selection.choosing(label="x")) == "lists/labels.csv?label=x&split=none"
    assert selection.title == "annotator 2 · lists/labels.csv"
    with pytest.raises(DataError, match="no choice of split"):
        selection.allow(("label",))
    (tmp_path / "odd?a=b").write_text("")
    assert Selection.parse("odd?a=b", tmp_path).file == "odd?a=b"
