"""auditor/jobs/removal.py: no running or needed run is deleted, and a deleted run is used nowhere."""

import json
import socket

import pytest

from auditor.config import RunConfig, Workspace
from auditor.errors import EvidenceError, JobError
from auditor.evidence import build, choice, versions
from auditor.jobs import processes, removal
from auditor.store.store import Store
from tests.ui import invented


def dataset():
    return invented.dataset([0, 1, 2])


@pytest.fixture
def store(tmp_path):
    opened = Store.open(Workspace(tmp_path))
    opened.datasets.register(dataset())
    yield opened
    opened.close()


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def run(workspace, store, run_id, state="done"):
    config = RunConfig(dataset().reference, ("man",))
    store.runs.create(run_id, config)
    folder = workspace.run(run_id)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config.to_json())
    if state == "running":
        pid, began = processes.own()
        store.runs.claim(run_id, host=socket.gethostname(), pid=pid, pid_started=began)
    else:
        store.runs.update(run_id, state=state)


def evidence(workspace, runs, skill=0.5):
    with versions.new_version(workspace, dataset().key) as (folder, _):
        (folder / "summary.json").write_text(json.dumps({"runs": runs, "skills": {"man": skill}}))


def test_a_run_that_nothing_needs_is_deleted_with_its_folder_and_its_name(workspace, store):
    run(workspace, store, "r1")
    run(workspace, store, "r2")
    evidence(workspace, ["r2"])
    choice.rename(workspace, dataset().key, "r1", "a try", by="ada")
    removal.delete_run(workspace, store, "r1", by="ada")
    assert [record.id for record in store.runs.list()] == ["r2"] and [
        folder.name for folder in workspace.runs.iterdir()
    ] == ["r2"]
    assert build.runs_of(workspace, dataset().key) == [workspace.run("r2")]
    assert choice.read(workspace, dataset().key).names == {}
    with pytest.raises(JobError, match="no run r1"):
        removal.delete_run(workspace, store, "r1", by="ada")


def test_a_run_that_the_version_in_use_needs_is_refused_and_one_of_another_version_is_not(workspace, store):
    run(workspace, store, "r1")
    run(workspace, store, "r2")
    evidence(workspace, ["r1"])
    evidence(workspace, ["r2"], skill=0.1)
    with pytest.raises(JobError, match="Evidence v0001, which is in use, is built from run r1"):
        removal.delete_run(workspace, store, "r1", by="ada")
    removal.delete_run(workspace, store, "r2", by="ada")
    assert [version.name for version in versions.versions(workspace, dataset().key)] == ["v0001", "v0002"]


def test_nothing_that_a_running_run_may_read_is_deleted(workspace, store):
    run(workspace, store, "r1")
    run(workspace, store, "r2", "running")
    evidence(workspace, [], skill=0.5)
    evidence(workspace, ["r2"], skill=0.1)
    with pytest.raises(JobError, match="Run r2 is running; cancel it"):
        removal.delete_run(workspace, store, "r2", by="ada")
    with pytest.raises(JobError, match="Run r2 is running and may read run r1"):
        removal.delete_run(workspace, store, "r1", by="ada")
    with pytest.raises(EvidenceError, match="Run r2 is running"):
        removal.delete_version(workspace, store, dataset().key, "v0002", by="ada")
    store.runs.update("r2", state="done")
    removal.delete_version(workspace, store, dataset().key, "v0002", by="ada")
    removal.delete_run(workspace, store, "r1", by="ada")


def test_a_run_that_is_claimed_at_that_moment_stays(workspace, store, monkeypatch):
    run(workspace, store, "r1", "failed")

    def resumed(*_):
        pid, began = processes.own()
        assert store.runs.claim("r1", host=socket.gethostname(), pid=pid, pid_started=began)
        return ""

    monkeypatch.setattr(removal, "refusal", resumed)  # between the look and the deletion
    with pytest.raises(JobError, match="resumed or deleted in the meantime"):
        removal.delete_run(workspace, store, "r1", by="ada")
    assert workspace.run("r1").is_dir() and store.runs.get("r1").state == "running"


def test_a_folder_that_cannot_be_moved_leaves_the_run_as_it_was(workspace, store, monkeypatch):
    run(workspace, store, "r1")

    def refuse(*_):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(type(workspace.run("r1")), "rename", refuse)
    with pytest.raises(JobError, match="cannot be deleted"):
        removal.delete_run(workspace, store, "r1", by="ada")
    assert store.runs.get("r1").state == "done" and (workspace.run("r1") / "config.json").is_file()


def test_a_run_without_a_folder_is_deleted_too(workspace, store):
    run(workspace, store, "r1")
    (workspace.run("r1") / "config.json").unlink()
    workspace.run("r1").rmdir()
    removal.delete_run(workspace, store, "r1", by="ada")
    assert store.runs.list() == []
