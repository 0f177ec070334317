"""auditor/jobs/progress.py: shares, time left, and files that are being written."""

import json

import pytest

from auditor.jobs.progress import Clock, epochs_done, read_metrics, tail


def test_clock():
    clock = Clock([("man", 10), ("rul", 30)])
    clock.begin(0)
    assert clock.share(5) == pytest.approx(0.125)
    assert clock.left(0.0, now=100.0) is None
    assert clock.left(2.0, now=110.0) == pytest.approx(38 * 5)  # 5 s an epoch, 38 epochs to go
    clock.begin(1)
    assert clock.share(0) == pytest.approx(0.25)
    assert clock.left(0.0, now=200.0) is None
    assert clock.left(15.0, now=230.0) == pytest.approx(15 * 2)
    assert epochs_done(3, 10, 20, False) == pytest.approx(3.425)


def test_half_a_line_is_left_out_and_the_last_of_two_counts(tmp_path):
    lines = [{"method": "man", "fold": None, "epoch": 0, "seconds": s} for s in (1, 2)]
    file = tmp_path / "metrics.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"method": "ma')
    assert [entry["seconds"] for entry in read_metrics(file)] == [2]
    assert read_metrics(tmp_path / "none") == []


def test_tail(tmp_path):
    (tmp_path / "log").write_text("".join(f"line {number}\n" for number in range(5000)))
    assert tail(tmp_path / "log", 2) == "line 4998\nline 4999"
    assert tail(tmp_path / "none") == ""
