"""auditor/jobs/worker.py, reporter.py and aftermath.py in this process, and several processes under Accelerate.

And scoring with a checkpoint: training/published.py.
"""

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from auditor.data.opening import open_dataset
from auditor.errors import ConfigError, JobError
from auditor.evidence.build import runs_of
from auditor.evidence.versions import latest
from auditor.jobs import manager, worker
from auditor.store.operations import Operation, item_of
from auditor.training import paces
from auditor.training.dynamics import records_of

ROOT = Path(__file__).resolve().parents[2]


def test_folds_score_every_image_by_a_network_that_did_not_see_it(prepared):
    workspace, store, config = prepared
    config = dataclasses.replace(config, methods=("rul",), folds=2, epochs=1, options={})
    run_id = manager.create(store, workspace, config)
    seen = []
    assert worker.work(workspace, run_id, watcher=seen.append, with_map=False) == "done"
    records = records_of(workspace.run(run_id))["rul"]
    assert [record.fold for record in records] == [0, 1]
    held = np.concatenate([record.rows[record.role == 1] for record in records])
    assert sorted(held.tolist()) == list(range(24))
    assert {record.epochs_done for record in records} == {1}
    assert store.runs.get(run_id).state == "done"
    shares = [fields["progress"] for fields in seen if "progress" in fields]
    assert shares == sorted(shares) and shares[-1] == 1.0
    log = (workspace.run(run_id) / "run.log").read_text()
    assert "epoch 1/1" in log and "evidence: v0001" in log


def test_a_run_of_several_methods_is_timed_by_probes_that_change_nothing_it_learns(prepared, monkeypatch):
    workspace, store, config = prepared
    config = dataclasses.replace(config, methods=("rul", "nla"), epochs=1, options={})
    learnt = []
    for worth in (10**9, 1):
        monkeypatch.setattr(paces, "WORTH_STEPS", worth)
        run_id = manager.create(store, workspace, config)
        seen = []
        assert worker.work(workspace, run_id, watcher=seen.append, with_map=False) == "done"
        learnt.append([record[0].probs[-1] for record in records_of(workspace.run(run_id)).values()])
    log = (workspace.run(run_id) / "run.log").read_text()
    assert "an epoch of rul takes about" in log and "an epoch of nla takes about" in log
    first = next(fields for fields in seen if fields.get("phase") == "training" and "eta_seconds" in fields)
    assert first["eta_seconds"] is not None  # the probes say it before the first step
    for before, after in zip(*learnt, strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_student_learns_the_consensus_of_its_run_after_the_others(prepared):
    workspace, store, config = prepared
    run_id = manager.create(store, workspace, dataclasses.replace(config, methods=("student", "rul"), options={}))
    assert worker.work(workspace, run_id, with_map=False) == "done"
    lesson = np.load(workspace.run(run_id) / "student" / "lesson.npy")
    assert lesson.shape == (30, 7) and np.isnan(lesson[24:]).all()
    np.testing.assert_allclose(lesson[:24].sum(1), 1, atol=1e-5)
    assert lesson[:24].max(1).max() < 1  # no label is taken for certain
    lines = [json.loads(line) for line in (workspace.run(run_id) / "metrics.jsonl").read_text().splitlines()]
    assert [line["method"] for line in lines] == ["rul", "rul", "student", "student"]
    assert records_of(workspace.run(run_id))["student"][0].epochs_done == 2


def test_a_control_never_decides_which_labels_are_audited(prepared):
    workspace, store, config = prepared
    config = dataclasses.replace(config, methods=("rul",), epochs=1, options={}, labels="control")
    dataset = open_dataset(config.dataset.root)
    item = item_of(dataset, dataset.index_of("train_00000.jpg"), "relabel", 1 - min(int(dataset.labels[0]), 1))
    store.decisions.append(Operation("abcdef", config.dataset.key, "ada", items=(item,)))
    run_id = manager.create(store, workspace, config)
    assert worker.work(workspace, run_id, with_map=False) == "done"
    assert runs_of(workspace, config.dataset.key) == [] and latest(workspace, config.dataset.key) is None
    assert "some labels of a control are wrong on purpose" in (workspace.run(run_id) / "run.log").read_text()


def test_a_run_that_fails_says_why_in_the_database(prepared):
    workspace, store, config = prepared
    run_id = manager.create(store, workspace, dataclasses.replace(config, options={"man": {"speed": 3}}))
    with pytest.raises(ConfigError, match="no option 'speed'"):
        worker.work(workspace, run_id)
    record = store.runs.get(run_id)
    assert record.state == "failed" and "no option 'speed'" in record.message


def test_two_processes_do_not_work_on_one_run(prepared):
    workspace, store, config = prepared
    run_id = manager.create(store, workspace, config)
    store.runs.claim(run_id, host="elsewhere", pid=1, pid_started="x")
    with pytest.raises(JobError, match="in another process"):
        worker.work(workspace, run_id)


@pytest.mark.slow
def test_two_processes_share_a_training_and_score_every_image_once(prepared, faces):
    workspace = prepared[0]
    command = [
        sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1",
        "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0",
        "-m", "auditor", "train", str(faces), "--method", "man", "--method", "student", "--epochs", "2",
        "--batch-size", "6", "--image-size", "32", "--workspace", str(workspace.path), "--no-map", "--held-out", "0.1",
        "--option", "man.warm_up=1", "--device", "cpu",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(
        command, cwd=workspace.path, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    run_id = answer.stdout.strip().splitlines()[-1]
    folder = workspace.run(run_id)
    records = records_of(folder)
    for method in ("man", "student"):
        (record,) = records[method]
        assert record.epochs_done == 2 and record.rows.tolist() == list(range(30))
        assert np.allclose(np.array(record.probs, np.float32).sum(2), 1, atol=5e-3)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [(line["method"], line["epoch"]) for line in lines] == [
        ("man", 0), ("man", 1), ("student", 0), ("student", 1),
    ]  # fmt: skip
    assert len(list(workspace.runs.iterdir())) == 1


@pytest.mark.slow
def test_two_processes_stop_together_and_go_on(prepared, faces):
    workspace, store, config = prepared
    launch = [
        sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1",
        "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", "-m", "auditor", "train",
    ]  # fmt: skip
    fresh = [
        str(faces), "--method", "rul", "--epochs", "30", "--batch-size", "4", "--image-size", "32", "--held-out", "0.1",
    ]  # fmt: skip
    shared = ["--workspace", str(workspace.path), "--no-map", "--device", "cpu"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*launch, *fresh, *shared], cwd=workspace.path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        run_id = _first_epoch(store, config.dataset.key)
        store.runs.request_cancel(run_id)
        process.communicate(timeout=240)
    finally:
        process.kill()
    record = store.runs.get(run_id)
    assert record.state == "cancelled" and 1 <= record.epoch < 30
    (partly,) = records_of(workspace.run(run_id))["rul"]
    first = np.array(partly.probs[0])

    answer = subprocess.run(
        [*launch, "--resume", run_id, *shared], cwd=workspace.path, env=environment, capture_output=True, text=True,
        timeout=400, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-3000:]
    (whole,) = records_of(workspace.run(run_id))["rul"]
    assert whole.epochs_done == 30 and np.array_equal(first, whole.probs[0])


def _first_epoch(store, dataset):
    """The id of the data set's run, once its first epoch is over."""
    end = time.monotonic() + 240
    while time.monotonic() < end:
        for record in store.runs.list(dataset):
            assert not record.ended, record.message
            if (record.epoch or 0) >= 1:
                return record.id
        time.sleep(0.1)
    raise AssertionError("no epoch was finished")


@pytest.mark.slow
def test_a_checkpoint_of_ours_scores_without_training(prepared, capsys):
    from auditor.cli import main

    workspace, store, config = prepared
    trained = manager.create(store, workspace, dataclasses.replace(config, methods=("rul",), epochs=1, options={}))
    assert worker.work(workspace, trained, with_map=False) == "done"
    checkpoint = workspace.run(trained) / "rul" / "checkpoint.pt"
    arguments = ["score", config.dataset.root, "--workspace", str(workspace.path), "--no-map", "--checkpoint"]
    assert main([*arguments, str(checkpoint), "--method", "rul"]) == 0
    run_id = capsys.readouterr().out.strip().splitlines()[-1]
    (before,) = records_of(workspace.run(trained))["rul"]
    (after,) = records_of(workspace.run(run_id))["rul"]
    assert np.allclose(np.array(before.probs[-1], np.float32), np.array(after.probs[-1], np.float32), atol=2e-3)
    assert after.kind == "scored" and "not known" in after.manifest["note"]
    assert store.runs.get(run_id).kind == "score"
    assert main([*arguments, str(checkpoint), "--method", "nla"]) == 2
    assert "is a checkpoint of rul, not of nla" in capsys.readouterr().err
