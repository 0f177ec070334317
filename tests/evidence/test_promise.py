"""auditor/evidence/promise.py: exact tests, the grid, and the guarantee on audits of known truth."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from auditor.evidence import promise


def pool(sure):
    return promise.ordered(promise.SUGGESTIONS, np.arange(len(sure)), np.asarray(sure, float))


def test_the_p_value_by_hand():
    # 10 faces, 4 judged, none wrong: 6 are left, and more than a third of them wrong is at least 3.
    # P(no wrong one among 4 of 10, 3 of which are wrong) = C(7,4) / C(10,4) = 35 / 210.
    assert promise.p_value(10, 4, 0, 0, 1 / 3) == pytest.approx(35 / 210)
    # One wrong face among the judged: then at least 4 of all 10 are. C(6,4) + 4 C(6,3) = 15 + 80 of 210.
    assert promise.p_value(10, 4, 1, 0, 1 / 3) == pytest.approx(95 / 210)
    # Two of the other six were decided since: of the four left more than a third is 2.
    assert promise.p_value(10, 4, 0, 2, 1 / 3) == pytest.approx(math.comb(8, 4) / 210)
    assert promise.p_value(4, 4, 0, 0, 0.05) == 0.0  # nothing is left
    assert promise.p_value(10, 0, 0, 0, 0.05) == 1.0  # nothing was judged


@given(st.integers(2, 300), st.data(), st.floats(0.01, 0.5))
def test_the_p_value_is_the_hypergeometric_tail(faces, data, risk):
    judged = data.draw(st.integers(1, faces - 1))
    wrong = data.draw(st.integers(0, judged))
    least = math.floor(risk * (faces - judged) + 1e-9) + wrong + 1
    if least <= faces - judged + wrong:
        expected = float(hypergeom.cdf(wrong, faces, least, judged))
        assert promise.p_value(faces, judged, wrong, 0, risk) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_no_composition_of_a_small_set_breaks_a_promise_more_often_than_the_level():
    """Every sample of every composition of 12 faces, exactly: the chance that a false promise passes."""
    risk, delta = 0.25, 0.1
    for wrong in range(13):
        truth = np.arange(12) < wrong
        broken = total = 0
        for sample in itertools.combinations(range(12), 6):
            seen = int(truth[list(sample)].sum())
            passes = promise.p_value(12, 6, seen, 0, risk) <= delta
            broken += passes and (wrong - seen) > risk * 6
            total += 1
        assert broken / total <= delta


def test_the_bound_is_the_smallest_share_that_is_rejected():
    found = promise.bound(200, 80, 1, 0, 0.05)
    assert promise.p_value(200, 80, 1, 0, found) <= 0.05 < promise.p_value(200, 80, 1, 0, found - 1 / 120)


def test_the_first_set_that_fails_ends_the_sequence():
    asked = pool(np.linspace(0.999, 0.9, 400))
    sampled = np.arange(0, 400, 2)
    none = promise.offer(asked, sampled, np.zeros(200, bool), 0.05, 0.04)
    assert none.faces == 400 and none.wrong == 0 and none.bound <= 0.05
    wrong = sampled >= 300  # all of the least sure quarter
    some = promise.offer(asked, sampled, wrong, 0.05, 0.04)
    assert 200 <= some.faces < 340 and some.bound <= 0.05
    assert promise.offer(asked, sampled, np.ones(200, bool), 0.05, 0.04).faces == 0
    late = np.arange(301, 400, 2)  # the least sure were decided since: the surer sets stand
    assert promise.offer(asked, sampled, np.zeros(200, bool), 0.05, 0.04, gone=late).faces >= 300
    # 50 are left: three wrong ones would be too many, and a sample of half of all faces misses three in one of eight.
    assert promise.p_value(400, 200, 0, 150, 0.05) == pytest.approx(0.125, abs=0.005)


def test_the_sets_do_not_depend_on_the_answers_and_the_sample_can_be_continued():
    asked = pool(np.random.default_rng(0).beta(8, 1, 500))
    assert (np.diff(asked.sure) <= 0).all()
    first, more = promise.draw(asked, 60, 7), promise.draw(asked, 90, 7)
    assert more[:60].tolist() == first.tolist() and len(set(more.tolist())) == 90
    tested = promise.sizes(asked, first, 0.1, 0.04)
    assert tested == sorted(tested) and tested[-1] == 500


def test_all_tries_together_take_no_more_than_was_allowed():
    levels = [promise.level(0.95, attempt) for attempt in range(50)]
    assert levels[0] == pytest.approx(0.04) and sum(levels) <= 0.05 + 1e-12 and levels == sorted(levels, reverse=True)


def test_sizes_of_samples_are_offered_where_they_can_pass():
    good, bad = pool(np.full(2000, 0.995)), pool(np.full(2000, 0.7))
    offered = promise.choices(good, 0.05, 0.04)
    assert offered[60] == 0 and offered[100] > 1000  # 60 cannot pass without a doubt, 100 can
    assert not any(promise.choices(bad, 0.05, 0.04).values()) and not promise.choices(pool([]), 0.05, 0.04)
    assert len(promise.cut(bad, 100, 0.05, 0.04)) <= 2000


@pytest.mark.parametrize("trust", [1.0, 2.5], ids=["calibrated", "too sure"])
def test_promises_hold_where_the_evidence_does_not(trust):
    """300 audits of known truth: broken no more often than allowed, also where the evidence is far too sure."""
    broken = by_estimate = released = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        odds = rng.normal(2.2, 1.5, 800)
        right = rng.random(800) < 1 / (1 + np.exp(-odds))
        asked = pool(1 / (1 + np.exp(-trust * odds)))
        wrong = ~right[asked.places]
        part = promise.cut(asked, 100, 0.1, 0.04)
        sampled = promise.draw(part, 100, seed)
        offered = promise.offer(part, sampled, wrong[sampled], 0.1, 0.04)
        left = np.setdiff1d(np.arange(offered.faces), sampled)
        released += len(left)
        broken += bool(len(left)) and wrong[left].mean() > 0.1
        allowed = promise.by_estimate(asked, 0.1)
        by_estimate += bool(allowed) and wrong[:allowed].mean() > 0.1
    # 4 % of 300 are 12; a binomial of that rate passes 24 less than once in a thousand.
    assert broken <= 24 and released > 0
    assert trust == 1.0 or by_estimate > 200
