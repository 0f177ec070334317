"""benchmarks/load.py: annotators without a browser on a real server, with an outage in the middle."""

import subprocess
import sys

import pytest

from benchmarks import load
from tests.conftest import REPOSITORY


@pytest.mark.slow
def test_an_outage_under_load_loses_nothing():
    few = ["--people", "2", "--seconds", "2", "--outage", "2", "--browsers", "0", "--images", "60"]
    # A process of its own: a browser test before it may have left its loop running in this thread.
    command = [sys.executable, "-m", "benchmarks.load", *few, "--databases", "sqlite"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    row = done.stdout.splitlines()[-1].strip("| ").split(" | ")
    assert row[:2] == ["sqlite", "2 annotators"]
    median, p95, rate, lost, back = map(float, row[2:])
    assert 0 < median <= p95
    assert rate > 0
    assert lost == 0
    assert 0 <= back < load.RECOVERS_WITHIN
