"""auditor/data/formats/one_row.py: an image has one row, whatever its rows call it."""

import numpy as np

from auditor.data.dataset import SPLITS
from auditor.data.formats.one_row import Rows, one_row_each
from auditor.data.problems import Problems

TRAIN, VALID, TEST = range(len(SPLITS))


def which_stay(images, splits, names=None, sources=None):
    count = len(images)
    rows = Rows(
        names or images,
        np.array(splits, np.int8),
        np.arange(1, count + 1, dtype=np.int32),
        np.array(sources or [0] * count, np.int8),
        ["a.txt", "b.txt"],
    )
    problems = Problems()
    stays = one_row_each(np.array(images, dtype=object), rows, problems)
    return stays.tolist(), [(p.file, p.line, p.kind, p.message) for p in problems.freeze()]


def test_rows_of_different_images_stay_and_those_without_one_do_not():
    assert which_stay(["a", "", "b", ""], [TRAIN] * 4) == ([True, False, True, False], [])


def test_the_first_of_two_rows_is_kept_and_the_other_says_where_it_was():
    stays, listed = which_stay(["p", "q", "p"], [TRAIN] * 3, names=["x.jpg", "y.jpg", "x_aligned.jpg"])
    assert stays == [True, True, False]
    message = "x_aligned.jpg is the image of x.jpg on line 1 already: the first is kept"
    assert listed == [("a.txt", 3, "other-name", message)]
    _, ((*_, message),) = which_stay(["p", "p"], [TEST] * 2, sources=[0, 1])
    assert message == "p was on line 1 of a.txt already: the first is kept"


def test_of_two_splits_the_one_that_is_held_out_is_kept():
    stays, listed = which_stay(["p", "p", "p"], [TRAIN, TEST, VALID], sources=[0, 1, 1])
    assert stays == [False, True, False]
    message = "p is a test image on line 2 of b.txt: this row is left out"
    assert listed == [("a.txt", 1, "in-two-splits", message), ("b.txt", 3, "in-two-splits", message)]
