"""Agreement between people, by hand and against scikit-learn. Mirrors auditor/store/people.py."""

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from auditor.store.operations import Item
from auditor.store.people import agreement, fleiss_by_answer, fleiss_kappa
from tests.store.test_decisions import KEY, decide, undo


def judge(store, op_id, who, answers, mode="open"):
    """answers: image -> a class name, 'ambiguous', 'exclude' or 'skip'."""
    items = [
        Item(image, 0, answer, "anger") if answer in ("ambiguous", "exclude", "skip") else
        Item(image, 0, "keep", "anger") if answer == "anger" else Item(image, 0, "relabel", "anger", answer)
        for image, answer in answers.items()
    ]  # fmt: skip
    decide(store, op_id, *items, annotator=who, mode=mode)


def test_cohens_kappa_of_two_people_by_hand(store):
    judge(store, "1", "ada", {"a.jpg": "anger", "b.jpg": "anger", "c.jpg": "joy", "d.jpg": "exclude", "e.jpg": "joy"})
    judge(store, "2", "bob", {"a.jpg": "anger", "b.jpg": "joy", "c.jpg": "joy", "d.jpg": "exclude", "f.jpg": "joy"})
    found = agreement(store.decisions.state(KEY))
    (pair,) = found.pairs
    assert (found.names, found.answers, found.faces, found.contested) == (
        ("ada", "bob"),
        ("anger", "joy", "excluded"),
        4,
        1,
    )
    # Observed 3 of 4; by chance 2/4*1/4 + 1/4*2/4 + 1/4*1/4 = 5/16: (12/16 - 5/16) / (11/16).
    assert (pair.shared, pair.same, pair.kappa) == (4, 3, pytest.approx(7 / 11))
    mine, theirs = ["anger", "anger", "joy", "excluded"], ["anger", "joy", "joy", "excluded"]
    assert pair.kappa == pytest.approx(cohen_kappa_score(mine, theirs))
    for answer, value in zip(found.answers, pair.by_answer, strict=True):
        ours = cohen_kappa_score([each == answer for each in mine], [each == answer for each in theirs])
        assert value == pytest.approx(ours)


def test_fleiss_kappa_of_three_people_by_hand():
    # Three people, two answers, four faces: P = (1 + 1/3 + 1/3 + 1) / 4 = 2/3; p = 7/12, 5/12; P_e = 74/144.
    votes = np.array([[3, 0], [2, 1], [2, 1], [0, 3]])
    assert fleiss_kappa(votes) == pytest.approx((2 / 3 - 74 / 144) / (1 - 74 / 144))
    # Of two answers either says the same: (P_j - p_j) / (1 - p_j) with P_1 = (6 + 2 + 2) / (2 * 7), p_1 = 7/12.
    assert fleiss_by_answer(votes)[0] == pytest.approx((10 / 14 - 7 / 12) / (5 / 12))
    assert fleiss_by_answer(votes)[1] == pytest.approx(fleiss_kappa(votes))


def test_fleiss_kappa_of_the_paper():
    """Fleiss (1971), table 1: 14 people in the wording of many text books, ten subjects, five categories."""
    votes = np.array([
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ])  # fmt: skip
    assert fleiss_kappa(votes) == pytest.approx(0.210, abs=5e-4)


def test_edges_of_kappa():
    assert math.isnan(fleiss_kappa(np.zeros((0, 2), dtype=np.int64)))
    assert fleiss_kappa(np.array([[2, 0], [3, 0]])) == 1
    by_answer = fleiss_by_answer(np.array([[2, 0], [3, 0]]))
    assert by_answer[0] == 1 and math.isnan(by_answer[1])


def test_the_latest_decision_of_each_counts_and_skips_repeats_and_final_ones_do_not(store):
    judge(store, "1", "ada", {"a.jpg": "joy"})
    judge(store, "2", "bob", {"a.jpg": "fear"})
    state = store.decisions.state(KEY)
    assert state.contested == {"a.jpg"} and state.by_image["a.jpg"].label == "fear"
    judge(store, "3", "bob", {"a.jpg": "exclude"}, mode="repeat")
    judge(store, "4", "bob", {"a.jpg": "skip"})
    assert [each.label for each in store.decisions.state(KEY).by_image["a.jpg"].opinions] == ["joy", "fear"]
    judge(store, "5", "cyd", {"a.jpg": "anger"}, mode="final")
    judge(store, "6", "bob", {"a.jpg": "joy"})
    state = store.decisions.state(KEY)
    assert state.contested == set()  # bob came round; what was settled stays settled
    assert (state.by_image["a.jpg"].label, state.by_image["a.jpg"].final) == ("anger", True)
    assert agreement(state).names == ("ada", "bob")
    undo(store, "7", "5", annotator="cyd")
    assert store.decisions.state(KEY).by_image["a.jpg"].label == "joy"


def test_a_kept_and_a_relabelled_face_agree_where_the_label_is_the_same(store):
    decide(store, "1", Item("a.jpg", 0, "keep", "Joy"))
    decide(store, "2", Item("a.jpg", 0, "relabel", "fear", "joy"), annotator="bob")
    assert not store.decisions.state(KEY).contested
    decide(store, "3", Item("a.jpg", 0, "ambiguous", "joy", "joy"), annotator="bob")
    assert store.decisions.state(KEY).contested == {"a.jpg"}
