"""benchmarks/gpu.py on the CPU: the same code on tiny networks. Nothing here ran on a GPU."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_gpu_s_checks_run_on_the_cpu_and_say_what_they_skip(tmp_path):
    out = tmp_path / "gpu.json"
    command = [sys.executable, "benchmarks/gpu.py", "--device", "cpu", "--small", "--out", str(out)]
    answer = subprocess.run(
        [*command, "--methods", "rul"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr[-2000:]
    found = json.loads(out.read_text())
    assert found["machine"]["device"] == "CPU"
    checked = {(each["check"], each["method"]): each for each in found["findings"]}
    for method in ("rul",):
        assert checked["losses, CPU", method]["value"].startswith("0.0e+00 (") and checked["resume", method]["passed"]
        assert checked["precision bf16", method]["passed"]
        assert checked["speed", method]["numbers"]["times_plain"] > 0
        assert (
            "skipped" in checked["waits", method]["value"] and "skipped" in checked["precision fp16", method]["value"]
        )
    assert "skipped" in checked["memory", "two methods"]["value"]
