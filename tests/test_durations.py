"""auditor/durations.py: durations and moments as people say them."""

import time

import pytest

from auditor.durations import ago, moment, spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (-3, "0 s"), (40.4, "40 s"), (89, "89 s"), (90, "2 min"), (200, "3 min"), (5400, "1 h 30 min"),
     (7200, "2 h"), (7500, "2 h 5 min")],
)  # fmt: skip
def test_durations_are_said_as_people_do(seconds, words):
    assert spoken(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (75, "75 s ago"), (800, "13 min ago"), (5340, "89 min ago")],
)
def test_a_moment_of_the_last_hour_is_said_from_now(seconds, words):
    assert ago(100.0, now=100.0 + seconds) == words


def test_an_earlier_moment_is_a_day_and_a_minute():
    at = time.mktime((2026, 11, 22, 1, 30, 5, 0, 0, -1))
    assert ago(at, now=at + 5400) == moment(at) == "22 Nov 2026, 01:30"
