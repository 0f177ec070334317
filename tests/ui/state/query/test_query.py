"""The query line: what it describes, and what it says of a line that it cannot answer."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from auditor.store.operations import Operation, item_of
from auditor.ui.state.overlay import Overlay
from auditor.ui.state.query import answer, facts
from auditor.ui.state.query.parse import DEEPEST, LONGEST, Compare, Every, Not, QueryError, Value, parse


@pytest.fixture
def asked(dataset, store, evidence_table):
    """Faces 0 to 5: surprise, surprise, fear, disgust, disgust, neutral; face 3 excluded, 4 tagged, 0 noted."""
    for number, (row, action, text) in enumerate([(3, "exclude", None), (4, "tag", "hard face"), (0, "note", "look")]):
        item = item_of(dataset, row, action, text=text)
        store.decisions.append(Operation(f"op-{number}xx", dataset.key, "ada", items=(item,)))
    overlay = Overlay.empty(len(dataset)).update(dataset, store.decisions.state(dataset.key))
    table = evidence_table.assign(
        man_pred=np.array([0, -1, 1, 6, 2, 6], np.int16),
        man_p_given=np.array([0.9, np.nan, 0.4, 0.2, 0.8, 0.5], np.float32),
        scored=["in-sample"] * 5 + ["out-of-fold"],
    )
    return lambda text, judged=True: np.flatnonzero(
        answer.described(text, dataset, table if judged else None, overlay)
    ).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("given = fear", [2]),
        ("given = Fear and p_mislabelled >= 50%", [2]),
        ("given in (surprise, 'disgust') and not reviewed", [0, 1, 4]),
        ("given not in (surprise, disgust, anger)", [2, 5, 6]),
        ("p_mislabelled>0.5 or man_p_given <= .4", [1, 2, 3]),
        ("not (given = surprise or given = fear) and split = train", [3, 4, 5]),
        ("given != suggested", [1, 3]),  # the test image has no suggestion
        ("man_pred = given", [0, 2, 4, 5]),
        ("man_pred = none and split = train", [1]),
        ("man_p_given < p_mislabelled", [2, 3]),
        ("man_p_given = none", [1, 6]),
        ("man_p_given != 0.9", [2, 3, 4, 5]),  # what has no value passes no comparison
        ("man_p_given != none", [0, 2, 3, 4, 5]),
        ("assignment = noisy", [1, 3]),
        ("scored = out-of-fold", [5]),
        ("name contains 0000 and name contains 3", [2]),
        ("name = 'test_0001.jpg'", [6]),
        ("decision = exclude", [3]),
        ("decision = none and split = train", [0, 1, 2, 4, 5]),
        ("reviewed = yes", [3]),
        ("by = ada", [3]),
        ("tag", [4]),
        ("tag = 'hard face'", [4]),
        ("tag != 'hard face' and noted", [0]),
        ("NOT reviewed AND given = disgust", [4]),
        ("votes_noisy ≥ 1 and votes_noisy<>2", [2, 3]),
        ("row < 2", [0, 1]),
    ],
)
def test_a_line_describes(asked, text, rows):
    assert asked(text) == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("given =", "ends where a value of given was expected"),
        ("given = fear and", "ends where a column"),
        ("given = fear surprise", "goes on with 'surprise'"),
        ("(given = fear", "a bracket is not closed"),
        ("given = 'fear", "a quote that is not closed"),
        ("given in fear", "followed by no bracket"),
        ("given in (fear", "is not closed"),
        ("= fear", "where a column was expected"),
        ("given = fear!", "holds '!'"),
        ("man_p_gven < 1", "did you mean man_p_given"),
        ("zzz = 1", "there is no such column"),
        ("given = joyful", "expected one of surprise, fear"),
        ("given < fear", "compares given by <"),
        ("aum", "there is no such column"),
        ("p_mislabelled", "alone, and it is a number"),
        ("p_mislabelled > much", "expected a number"),
        ("p_mislabelled > none", "compares p_mislabelled by >"),
        ("reviewed = perhaps", "expected yes or no"),
        ("tag = soft", "expected one of hard face"),
        ("by = nobody", "expected one of ada"),
        ("name > x", "compares name by >"),
        ("not " * (DEEPEST + 1) + "reviewed", "nested"),
        ("(" * 5000, f"{LONGEST} are read"),
        ("", "ends where a column"),
    ],
)
def test_a_line_that_cannot_be_answered_is_told_of_in_a_sentence(asked, text, said):
    with pytest.raises(QueryError) as error:
        asked(text)
    sentence = str(error.value)
    assert said in sentence and sentence[0].isupper() and sentence[-1] in ".?…"


def test_without_evidence_the_columns_of_the_data_set_and_of_the_decisions_are_there(asked):
    assert asked("given = fear or reviewed", judged=False) == [2, 3]


def test_and_binds_more_strongly_than_or():
    tree = parse("a = 1 or b = 2 and not c in (3, '4')")
    one, two = tree.parts
    assert one == Compare("a", "=", (Value("1"),))
    assert two == Every((Compare("b", "=", (Value("2"),)), Not(Compare("c", "in", (Value("3"), Value("4", True))))))


@given(some.text(alphabet="abgiven =<>!()',\"%.1andort\n", max_size=60))
def test_any_text_is_parsed_or_refused(text):
    with contextlib.suppress(QueryError):
        parse(text)


def test_columns_are_listed_with_their_words(dataset, evidence_table):
    known = facts.facts(dataset, evidence_table, Overlay.empty(len(dataset)))
    listed = {name: (kind, words) for name, kind, words in facts.listed(known, dataset.classes)}
    assert listed["given"] == ("class", list(dataset.classes))
    assert listed["assignment"] == ("choice", ["clean", "ambiguous", "noisy"])
    assert listed["votes_noisy"] == ("number", [])
