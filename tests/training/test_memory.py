"""Test auditor/training/memory.py: freed memory is reused without the system clearing it."""

import subprocess
import sys

import pytest

STEPS = """
import ctypes, resource, sys
import numpy as np
from auditor.training import memory
if sys.argv[1] == "keep" and not memory.keep_freed():
    sys.exit(3)
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # no huge pages, whatever the machine's default: each page is a fault
def step():
    return [np.ones(500_000) for _ in range(10)]
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    answer = subprocess.run([sys.executable, "-c", STEPS, how], capture_output=True, text=True)
    if answer.returncode == 3:
        pytest.skip("the C library is not glibc")
    assert not answer.returncode, answer.stderr
    return int(answer.stdout)


def test_a_step_that_frees_everything_is_given_the_same_pages_again():
    kept, returned = faults("keep"), faults("return")
    assert kept < returned / 10, (kept, returned)


def test_another_c_library_is_left_alone(monkeypatch):
    from auditor.training import memory

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    assert memory.keep_freed() is False
