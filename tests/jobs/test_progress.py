"""auditor/jobs/progress.py: shares, time left, and files that are being written."""

import json

import numpy as np
import pytest

from auditor.jobs.progress import Clock, Cost, epochs_done, read_metrics, tail


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


# Seconds of an epoch in fact; NoisyFER's get longer once its adversarial part begins.
TAKES = {"nla": Cost(2), "rul": Cost(3.5), "man": Cost(5), "noisyfer": Cost(4, late=14, turn=9), "student": Cost(1)}
RUN = [("man", 18), ("rul", 18), ("nla", 18), ("noisyfer", 18), ("student", 24)]


def remaining(takes, run, number, epochs):
    ahead = sum(takes[method].between(0, count) for method, count in run[number + 1 :])
    method, count = run[number]
    return takes[method].between(epochs, count) + ahead


@pytest.mark.parametrize("seed", range(5))
def test_time_left_of_uneven_methods_is_within_a_fifth_from_the_second_epoch_on(seed):
    """Each probe is off by a tenth of its own, and the machine is a third slower than in the probes."""
    draw = np.random.default_rng(seed)
    run = [RUN[k] for k in draw.permutation(len(RUN))]
    off = {name: draw.uniform(0.9, 1.1) for name in TAKES}
    probes = {name: Cost(cost.seconds * off[name], cost.late * off[name], cost.turn) for name, cost in TAKES.items()}
    takes = {name: Cost(cost.seconds * 1.33, cost.late * 1.33, cost.turn) for name, cost in TAKES.items()}
    clock = Clock(run, probes)
    begun = 100.0
    for number, (method, count) in enumerate(run):
        clock.begin(number)
        for step in range(10 * count + 1):
            epochs = step / 10
            said = clock.left(epochs, now=begun + takes[method].between(0, epochs))
            truth = remaining(takes, run, number, epochs)
            if (number or epochs >= 1) and truth > 5:
                assert said == pytest.approx(truth, rel=0.2), (method, epochs)
        begun += takes[method].between(0, count)
    assert clock.share(run[-1][1]) == pytest.approx(1)


def test_without_probes_later_methods_are_taken_to_cost_what_this_one_does():
    clock = Clock([("man", 2), ("noisyfer", 2)])
    clock.begin(0)
    clock.left(0.0, now=0.0)
    assert clock.left(1.0, now=10.0) == pytest.approx(30)


def test_a_probe_says_how_long_it_will_take_before_the_first_step():
    clock = Clock([("man", 2), ("noisyfer", 4)], {"man": Cost(3), "noisyfer": Cost(1, late=5, turn=3)})
    clock.begin(0)
    assert clock.left(0.0, now=0.0) == pytest.approx(2 * 3 + 3 * 1 + 1 * 5)
    assert clock.share(1.0) == pytest.approx(3 / 14)


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
