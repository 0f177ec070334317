"""benchmarks/load.py: annotators without a browser on a real server, with an outage in the middle."""

import pytest

from benchmarks import load


@pytest.mark.slow
def test_an_outage_under_load_loses_nothing(capsys):
    few = ["--people", "2", "--seconds", "2", "--outage", "2", "--browsers", "0", "--images", "60"]
    assert load.main([*few, "--databases", "sqlite"]) == 0
    row = capsys.readouterr().out.splitlines()[-1].strip("| ").split(" | ")
    assert row[:2] == ["sqlite", "2 annotators"]
    median, p95, rate, lost, back = map(float, row[2:])
    assert 0 < median <= p95
    assert rate > 0
    assert lost == 0
    assert 0 <= back < load.RECOVERS_WITHIN
