"""The contract of every method on a device other than the CPU, by one that is not there (tests/training/pretend).

Nothing here ran on a GPU. It shows that no operation mixes devices, that nothing in a training step or in the scoring
of a batch waits for the device, that a stopped training goes on with the same numbers, and that the scores are the
CPU's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = pytest.mark.skipif(
    not os.environ.get("AUDITOR_LONG_TESTS"), reason="takes minutes at full width (set AUDITOR_LONG_TESTS=1)"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "precision", "tolerance"),
    # In bf16 the CPU rounds other operations than a GPU does, so that its scores differ in the second digit.
    [
        ("demo", "no", 1e-6),
        pytest.param("published", "no", 1e-6, marks=LONG),
        pytest.param("recommended", "bf16", 0.1, marks=LONG),
    ],
)
def test_every_method_trains_on_a_device_without_waiting_for_it(preset, precision, tolerance):
    command = [sys.executable, "-m", "tests.training.pretend.contract", preset, precision]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert answer.returncode == 0, answer.stderr[-3000:]
    noticed, *lines = [json.loads(line) for line in answer.stdout.splitlines()]
    if "unusable" in noticed:
        pytest.skip(noticed["unusable"])
    assert all(noticed.values()), noticed
    assert {line["method"] for line in lines} >= {"man", "rul", "nla", "noisyfer", "student"}
    for line in lines:
        assert line["waits"] == [], line["method"]
        assert line["stopped"] and line["resumed_like_whole"], line["method"]
        assert line["difference_to_cpu"] <= tolerance, line["method"]
