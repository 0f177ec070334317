"""auditor/ui/screens/overview/figures.py, charts.py and next_step.py: the Overview's figures, worked out by hand."""

import numpy as np

from auditor.data.demo.generate import Planted
from auditor.store.state import Corrections
from auditor.ui.screens.overview import charts, figures, next_step
from auditor.ui.state.overlay import Overlay
from tests.ui.invented import CLASSES, dataset, table

GIVEN = [0, 0, 1, 2]


def test_images_are_counted_by_class_assignment_and_suggestion():
    evidence = table(GIVEN, assignment=[0, 2, 1, 0], suggested=[0, 1, 1, 0])
    assert figures.division(evidence, 3).tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert figures.proposals(evidence, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert figures.votes(table(GIVEN, votes_noisy=[0, 2, 0, 1])).tolist() == [2, 1, 1]


def test_progress_counts_what_was_decided_of_each_side():
    overlay = Overlay.empty(4)
    overlay.action[:] = [0, 2, 1, 0]
    counts = figures.progress(table(GIVEN, assignment=[0, 2, 2, 0]), overlay)
    assert counts[0, 0] == 2 and counts[2, 1] == 1 and counts[2, 2] == 1 and counts.sum() == 4


def test_what_was_planted_is_compared_with_what_was_decided():
    faces = dataset(GIVEN)
    true = np.array([0, 1, 1, 0], np.int16)  # the labels of rows 1 and 3 are wrong
    blank = np.zeros(4, np.int16)
    kind = np.array([0, 2, 0, 2], np.int8)
    planted = Planted(faces.names, faces.labels, true, blank, blank.astype(np.float32), kind)
    overlay = Overlay.empty(4)
    overlay.action[:] = [2, 2, 0, 1]
    labels = np.array([2, 1, 1, 2], np.int16)  # row 1 corrected, row 0 spoilt, row 3 kept as it was
    decided = Corrections(labels, np.zeros(4, bool), {}, np.array([0, 1], np.int32), ())
    evidence = table(GIVEN, assignment=[0, 2, 2, 0])
    assert figures.compare_with_planted(faces, planted, evidence, overlay, decided) == figures.PlantedCorrected(
        2, 1, 2, 1, 1
    )


def test_cells_of_the_matrix_say_what_they_open():
    cells = charts.proposal_cells(np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]]), CLASSES)
    assert (cells[0][1].text, cells[0][1].strength, cells[0][1].open) == ("2", 1.0, True)
    assert cells[0][1].title == "2 images given surprise, suggested fear: review them"
    assert (cells[0][0].kind, cells[2][2].text) == ("same", "")


def test_the_random_sample_tells_what_is_left_among_the_unflagged():
    names = ["a", "b", "c", "d"]
    evidence = table(GIVEN, assignment=[0, 0, 2, 0], name=names)
    rows = evidence["row"].to_numpy()
    none = figures.left_unseen(evidence, [], {})
    assert (none.checked, none.unchecked) == (0, 3)
    decided = {names[0]: True, names[2]: True}  # the flagged one is no part of the sample
    found = figures.left_unseen(evidence, [rows[:1], rows[1:2]], decided)
    assert (found.checked, found.wrong, found.unchecked, found.expected) == (1, 1, 2, 2.0)


def test_a_class_check_names_the_class_that_errs_most_first():
    evidence = table([0, 0, 1, 1, 2], row=[3, 4, 5, 6, 7], name=list("abcde"))
    names = evidence["name"].tolist()
    decided = {names[0]: False, names[1]: True, names[2]: True, names[4]: False}
    rows = np.array([3, 4, 5, 6], np.int32)  # the fourth was skipped, the fifth is not of the check
    said = figures.by_class(evidence, rows, decided, ("joy", "fear", "calm"))
    assert said == "Wrong labels: fear 1 of 1, joy 1 of 2."
    assert "skipped" in figures.by_class(evidence, rows, {}, ("joy", "fear", "calm"))


def test_the_sample_asks_for_no_more_images_than_there_are():
    assert next_step.sample_words(0).startswith("The evidence flags every image")
    assert next_step.sample_words(3) == "Judge all 3 of these images blind to find out."
    assert next_step.sample_words(4000).startswith("Judge 100 of these 4,000 images")
