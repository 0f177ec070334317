"""auditor/jobs/align_worker.py, alignment.py and heart.py: aligning in the background."""

import os
import signal
import subprocess
import sys

import pytest

from auditor.config import Workspace
from auditor.data.align import run as aligning
from auditor.data.images.cache import decode
from auditor.data.opening import open_dataset
from auditor.errors import DataError, JobError
from auditor.jobs import align_worker, alignment, manager
from auditor.store.runs import LEARNING
from auditor.store.store import Store
from tests.data.layouts import affectnet
from tests.jobs.test_manager import until


@pytest.fixture
def begun(tmp_path):
    """(workspace, store, data set): twelve faces with landmarks."""
    root = affectnet(tmp_path / "an", [(f"1/{i:02}.jpg", i % 8, 0, 0) for i in range(12)])
    workspace = Workspace(tmp_path / "work").make()
    store = Store.open(workspace)
    dataset = open_dataset(root)
    store.datasets.register(dataset)
    yield workspace, store, dataset
    store.close()


def queued(monkeypatch, begun):
    """A run of kind 'align' whose process is not started."""
    workspace, store, dataset = begun
    monkeypatch.setattr(manager, "_spawn", lambda *_: None)
    run_id = alignment.start(workspace, dataset, store)
    assert store.runs.get(run_id).kind == "align"
    return run_id


def test_a_process_of_its_own_aligns_and_the_result_is_a_data_set(begun):
    workspace, store, dataset = begun
    assert alignment.last(store, dataset.key) is None
    run_id = alignment.start(workspace, dataset, store)
    record = until(store, run_id, lambda r: r.ended, workspace)
    assert (record.state, record.message, record.progress) == ("done", "12 faces are aligned.", 1.0)
    assert alignment.last(store, dataset.key) == record
    assert store.runs.list(dataset.key, kinds=LEARNING) == []
    aligned = alignment.open_aligned(workspace, dataset)
    assert (len(aligned), aligned.key != dataset.key) == (12, True)
    assert decode(aligned, 3).shape == (256, 256, 3)
    with pytest.raises(JobError, match="is done"):
        manager.resume(workspace, run_id, store)


def test_a_cancelled_alignment_goes_on_where_it_was(begun, monkeypatch):
    workspace, store, dataset = begun
    run_id = queued(monkeypatch, begun)
    monkeypatch.setattr(aligning, "CHUNK", 1)

    class Stopping(align_worker.Heart):
        def report(self, **fields):
            super().report(**fields)
            if fields.get("step") == 5:
                os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(align_worker, "Heart", Stopping)
    assert align_worker.work(workspace, run_id) == "cancelled"
    assert "resume it" in store.runs.get(run_id).message
    aligned = sorted(alignment.out_folder(workspace, dataset.key).rglob("*.jpg"))
    assert len(aligned) == 5
    times = [path.stat().st_ino for path in aligned]
    monkeypatch.undo()
    monkeypatch.setattr(manager, "_spawn", lambda *_: None)
    manager.resume(workspace, run_id, store)
    assert align_worker.work(workspace, run_id) == "done"
    assert [path.stat().st_ino for path in aligned] == times
    assert len(alignment.open_aligned(workspace, dataset)) == 12


def test_what_is_left_out_is_counted_and_named_in_the_log(begun, monkeypatch):
    workspace, store, dataset = begun
    run_id = queued(monkeypatch, begun)
    (dataset.root / dataset.paths[2]).write_bytes(b"")
    assert align_worker.work(workspace, run_id) == "done"
    assert store.runs.get(run_id).message.startswith("11 faces are aligned; 1 left out, because")
    assert "is empty" in (workspace.run(run_id) / "run.log").read_text()


def test_a_failure_is_one_sentence_in_the_database(begun, monkeypatch):
    workspace, store, dataset = begun
    run_id = queued(monkeypatch, begun)
    (alignment.out_folder(workspace, dataset.key) / "mine").mkdir(parents=True)
    with pytest.raises(DataError, match="is not empty"):
        align_worker.work(workspace, run_id)
    record = store.runs.get(run_id)
    assert (record.state, "is not empty" in record.message) == ("failed", True)


def test_time_left_goes_by_the_last_seconds():
    pace = align_worker.AlignmentPace()
    assert pace.left(0, 100, now=0.0) is None
    assert pace.left(50, 100, now=1.0) == pytest.approx(1.0)  # these were there already
    assert pace.left(52, 100, now=16.5) == pytest.approx(15.5 / 2 * 48)
    assert pace.left(100, 100, now=40.0) == 0


def test_the_process_never_loads_torch():
    code = "import sys, auditor.jobs.align_worker; sys.exit('torch' in sys.modules or 'umap' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
