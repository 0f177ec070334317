"""auditor/training/budget.py: what minutes are spent on, over made-up paces."""

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ConfigError
from auditor.training import budget
from tests.conftest import REPOSITORY


def time(seconds, late=None, turn=math.inf):
    return SimpleNamespace(seconds=seconds, late=seconds if late is None else late, turn=turn)


FOUR = {"man": time(20), "rul": time(25), "nla": time(10), "noisyfer": time(30, 90, 9), "student": time(10)}


def spend(times, minutes, **changes):
    return budget.spend(times, minutes, **{"first": "nla", "last": "student", **changes})


def documented():
    """The table of docs/how-long.md, whose paces are `FOUR`: minutes, and the epochs of each method."""
    page = (REPOSITORY / "docs" / "how-long.md").read_text(encoding="utf-8")
    lines = page.partition("## Example")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    names = [name.casefold() for name in rows[0][1:]]
    return [
        (float(row[0]), {name: int(cell) for name, cell in zip(names, row[1:], strict=True) if cell})
        for row in rows[2:]
    ]


@pytest.mark.parametrize(("minutes", "epochs"), documented())
def test_minutes_are_spent_as_the_documentation_says(minutes, epochs):
    spent = spend(FOUR, minutes)
    assert spent.epochs == epochs
    assert list(spent.epochs)[-1] == "student" or len(epochs) == 1


def test_some_of_the_table_by_hand():
    assert spend(FOUR, 3).epochs == {"nla": 16}  # 162 s
    assert spend(FOUR, 12).epochs == {"nla": 50, "student": 14}  # 648 s: 500, and 148 left
    # 810 s: the student's 25, and 60 more for it, too few for 12 of MAN's
    assert spend(FOUR, 15).epochs == {"nla": 50, "student": 31}
    # 1,350 s: 500 + 250 + 500, and 100 for three more of both
    assert spend(FOUR, 25).epochs == {"nla": 50, "man": 28, "student": 28}
    # 3,240 s, of which 1,365 are left for NoisyFER: 9 * 30 + 12 * 90
    assert spend(FOUR, 60).epochs["noisyfer"] == 21


def test_the_sentence_says_what_and_how_long():
    assert spend(FOUR, 5).sentence({"nla": "NLA"}) == "NLA, 27 epochs: about 4 min of training on this machine."
    assert "so the rest of 600 min is not used" in spend(FOUR, 600).sentence({})


def test_a_small_budget_on_a_big_data_set_is_refused_with_what_would_fit():
    with pytest.raises(ConfigError, match="give 45 minutes or more, or take a first look"):
        spend({"nla": time(200), "student": time(200)}, 15)
    assert spend({"nla": time(200), "student": time(200)}, 45).epochs == {"nla": 12}


@pytest.mark.parametrize("minutes", [0, -3, 0.5, math.nan, math.inf, 1e9])
def test_what_is_no_budget_is_refused(minutes):
    with pytest.raises(ConfigError, match="such as 15"):
        spend(FOUR, minutes)


def test_folds_share_the_budget():
    assert spend(FOUR, 15, folds=3).epochs == spend(FOUR, 5).epochs
    assert spend(FOUR, 15, folds=3).seconds == pytest.approx(3 * spend(FOUR, 5).seconds)


pace = st.builds(
    lambda early, factor, turn: time(early, early * factor, turn),
    st.floats(0.01, 500), st.floats(1, 4), st.sampled_from([math.inf, 3.0, 9.0, 30.0]),
)  # fmt: skip


@given(st.fixed_dictionaries(dict.fromkeys(FOUR, pace)), st.floats(1, 2000), st.integers(1, 4))
def test_a_budget_is_kept_and_used_and_more_of_it_never_trains_less_of_nla(times, minutes, folds):
    try:
        spent = spend(times, minutes, folds=folds)
    except ConfigError:
        assert budget.seconds(times["nla"], budget.LEAST) * folds > budget.SHARE * 60 * minutes * 0.999
        return
    whole = budget.SHARE * 60 * minutes
    assert spent.seconds <= whole * 1.0001 and spent.epochs["nla"] >= budget.LEAST
    assert all(budget.LEAST <= epochs <= budget.FULL for epochs in spent.epochs.values())
    assert spend(times, minutes, folds=folds) == spent
    if len(spent.epochs) == 1 and spent.epochs["nla"] < budget.FULL:  # one more epoch would not fit
        assert (spent.seconds + times["nla"].late * folds) * 1.0001 > whole
    if minutes < 1000:
        assert spend(times, 2 * minutes, folds=folds).epochs["nla"] >= spent.epochs["nla"]
