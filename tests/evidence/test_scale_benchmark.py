"""benchmarks/scale.py on few images: it makes up a run by hand, and so breaks where a run comes to hold more."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow


def test_the_scale_benchmark_builds_the_evidence_of_its_run():
    command = [sys.executable, "benchmarks/scale.py", "400", "--no-map", "--no-duplicates"]
    answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False)
    assert answer.returncode == 0, answer.stderr
    (row,) = (line for line in answer.stdout.splitlines() if line.startswith("| evidence |"))
    assert [float(cell) > 0 for cell in row.split("|")[2:5]] == [True, True, True]
