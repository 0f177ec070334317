"""auditor/jobs/manager.py and auditor/jobs/processes.py: real processes, started, cancelled, killed and resumed."""

import os
import signal
import time

import numpy as np
import pytest

from auditor.errors import JobError
from auditor.evidence.versions import latest
from auditor.jobs import manager, processes
from auditor.jobs.progress import progress
from auditor.training.dynamics import records_of

PATIENCE = 240.0


def until(store, run_id, met, workspace=None):
    """The run's record once `met(record)`; fails the test when that takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if workspace is not None:
            manager.refresh(workspace, store)
        record = store.runs.get(run_id)
        if met(record):
            return record
        time.sleep(0.2)
    raise AssertionError(f"still {record.state}, {record.phase}: {record.message}")


def probs(workspace, run_id):
    (record,) = records_of(workspace.run(run_id))["man"]
    return np.array(record.probs)


@pytest.fixture
def without_map(monkeypatch):
    """Workers leave the UMAP out: its compilation takes a minute."""
    monkeypatch.setattr(manager, "EXTRA", ("--no-map",))


@pytest.mark.slow
def test_a_run_killed_with_minus_nine_is_lost_and_resumes_to_the_same_numbers(prepared, without_map, longer):
    workspace, store, config = prepared
    config = longer(config, 30)
    whole = manager.start(workspace, config, store=store)
    assert until(store, whole, lambda r: r.ended, workspace).state == "done"
    assert latest(workspace, config.dataset.key) is not None

    broken = manager.start(workspace, config, store=store)
    record = until(store, broken, lambda r: (r.epoch or 0) >= 1)
    os.kill(record.pid, signal.SIGKILL)
    lost = until(store, broken, lambda r: r.ended, workspace)
    assert lost.state == "lost" and "resume it" in lost.message

    manager.resume(workspace, broken, store)
    record = until(store, broken, lambda r: (r.state == "running" and (r.epoch or 0) >= 2) or r.ended)
    manager.cancel(workspace, broken, store)
    ended = until(store, broken, lambda r: r.ended, workspace)
    if ended.state != "done":
        assert ended.state == "cancelled" and "resume it" in ended.message
        manager.resume(workspace, broken, store)
    record = until(store, broken, lambda r: r.state == "done", workspace)
    assert record.progress == 1.0
    assert np.array_equal(probs(workspace, whole), probs(workspace, broken))
    assert len(progress(workspace, broken, store).metrics) == 30
    with pytest.raises(JobError, match="is done"):
        manager.resume(workspace, broken, store)


def test_a_run_that_never_began_is_lost_after_a_while_and_can_be_cancelled(prepared, monkeypatch):
    workspace, store, config = prepared
    run_id = manager.create(store, workspace, config)
    manager.refresh(workspace, store)
    assert store.runs.get(run_id).state == "queued"
    monkeypatch.setattr(manager, "CLAIM", -1.0)
    manager.refresh(workspace, store)
    assert store.runs.get(run_id).state == "lost"
    monkeypatch.undo()
    manager.reopen(store, run_id, workspace, store.runs.get(run_id).config)
    manager.cancel(workspace, run_id, store)
    assert store.runs.get(run_id).state == "cancelled"


def test_a_run_cancelled_while_its_process_is_still_importing_is_cancelled_and_not_lost(prepared, without_map):
    workspace, store, config = prepared
    run_id = manager.start(workspace, config, store=store)
    manager.cancel(workspace, run_id, store)
    ended = until(store, run_id, lambda r: r.ended, workspace)
    assert ended.state == "cancelled" and "resume it" in ended.message


def test_another_machine_is_judged_by_its_heartbeat(prepared):
    workspace, store, config = prepared
    run_id = manager.create(store, workspace, config)
    store.runs.claim(run_id, host="elsewhere", pid=1, pid_started="x")
    manager.refresh(workspace, store)
    assert store.runs.get(run_id).state == "running"
    store.runs.update(run_id, heartbeat=time.time() - 1000)
    manager.refresh(workspace, store)
    assert store.runs.get(run_id).state == "lost"


def test_a_number_that_another_process_has_now_is_not_taken_for_the_worker():
    pid, start = processes.own()
    assert processes.alive(pid, start)
    assert not processes.alive(pid, "earlier")
    assert not processes.alive(2**22 + 1, start)
    assert not processes.alive(None, None)
