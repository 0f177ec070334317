"""auditor/durations.py: durations as people say them."""

import pytest

from auditor.durations import spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (-3, "0 s"), (40.4, "40 s"), (89, "89 s"), (90, "2 min"), (200, "3 min"), (5400, "1 h 30 min"),
     (7200, "2 h"), (7500, "2 h 5 min")],
)  # fmt: skip
def test_durations_are_said_as_people_do(seconds, words):
    assert spoken(seconds) == words
