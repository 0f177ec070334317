"""The table of runs. Mirrors auditor/store/runs.py."""

import pytest

from auditor.config import DatasetRef, RunConfig
from auditor.errors import JobError, StoreError

CONFIG = RunConfig(DatasetRef("/faces", "rafdb", "EmoLabel/train_label.txt", "0123456789ab"), ("man", "rul"))
PROCESS = {"host": "here", "pid": 7, "pid_started": "100"}


@pytest.fixture
def runs(store):
    return store.runs


def test_a_run_comes_back_as_it_was_asked_for(runs):
    runs.create("r1", CONFIG)
    record = runs.get("r1")
    assert (record.config, record.state, record.progress, record.ended) == (CONFIG, "queued", 0.0, False)
    with pytest.raises(JobError, match="no run r2"):
        runs.get("r2")
    with pytest.raises(StoreError):
        runs.create("r1", CONFIG)


def test_only_one_process_gets_a_run(runs):
    runs.create("r1", CONFIG)
    assert runs.claim("r1", **PROCESS)
    assert not runs.claim("r1", **{**PROCESS, "pid": 8})
    assert not runs.claim("r1", **{**PROCESS, "pid_started": "200"})  # the same number, another process
    runs.update("r1", state="lost")
    assert runs.claim("r1", **{**PROCESS, "pid": 8})


def test_a_late_heartbeat_does_not_wake_a_run_that_ended(runs):
    runs.create("r1", CONFIG)
    runs.claim("r1", **PROCESS)
    runs.heartbeat("r1", epoch=3, progress=0.5, metrics={"held_out_accuracy": 0.4})
    assert runs.get("r1").metrics == {"held_out_accuracy": 0.4}
    runs.update("r1", state="cancelled")
    runs.heartbeat("r1", epoch=4)
    record = runs.get("r1")
    assert (record.state, record.epoch, record.ended_at is not None) == ("cancelled", 3, True)


def test_cancel_is_a_flag_that_the_loop_reads(runs):
    runs.create("r1", CONFIG)
    assert not runs.cancel_requested("r1")
    runs.request_cancel("r1")
    assert runs.cancel_requested("r1")


def test_runs_are_listed_newest_first_by_data_set_and_state(runs):
    for name in ("r1", "r2", "r3"):
        runs.create(name, CONFIG)
    runs.update("r2", state="done")
    assert [record.id for record in runs.list("0123456789ab")] == ["r3", "r2", "r1"]
    assert [record.id for record in runs.list(states=("done",))] == ["r2"]
    assert runs.list("ffffffffffff") == []
