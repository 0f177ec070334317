"""Test auditor/training/fitting.py: no memory left is a sentence, a smaller batch goes on, and memory is freed."""

import dataclasses
import gc
import json
import weakref

import pytest
import torch

from auditor.config import RunConfig
from auditor.errors import ConfigError, TrainingError
from auditor.jobs import manager, worker
from auditor.training import checkpoints, devices, fitting, plan
from auditor.training.dynamics import Dynamics
from models.man import Man
from tests.jobs.conftest import faces, longer, prepared  # noqa: F401  -- fixtures

CPU = torch.device("cpu")


@pytest.fixture
def small_device(monkeypatch):
    """Let MAN's steps of more than `largest` images fail as on a device without memory, from an epoch on."""
    step = Man.train_step

    def make(largest, from_epoch=0):
        def limited(self, batch, epoch):
            if len(batch) > largest and epoch >= from_epoch:
                torch.empty(1 << 60, dtype=torch.uint8)  # more than any machine has: torch's own error
            return step(self, batch, epoch)

        monkeypatch.setattr(Man, "train_step", limited)

    return make


def run(prepared, **changes):  # noqa: F811
    workspace, store, config = prepared
    run_id = manager.create(store, workspace, dataclasses.replace(config, **changes))
    return workspace.run(run_id), run_id


def test_a_step_that_does_not_fit_is_a_sentence_and_the_checkpoint_stays(prepared, small_device):  # noqa: F811
    workspace, store, _ = prepared
    folder, run_id = run(prepared)
    small_device(4, from_epoch=1)
    with pytest.raises(
        TrainingError,
        match=r"^MAN ran out of memory with 8 images of 32 pixels a step on CPU, where .* were free when it began; "
        r"resume the run with --batch-size 4, or auto .*\. The last checkpoint is kept\.$",
    ):
        worker.work(workspace, run_id, with_map=False)
    assert store.runs.get(run_id).state == "failed" and "ran out of memory" in store.runs.get(run_id).message
    assert checkpoints.newest(folder / "man").epoch == 1
    first = Dynamics.open(folder / "man" / "dynamics").probs[0].copy()
    manager.reopen(store, run_id, workspace, store.runs.get(run_id).config.going_on(4))
    assert worker.work(workspace, run_id, with_map=False) == "done"
    record = Dynamics.open(folder / "man" / "dynamics")
    assert record.epochs_done == 2 and (record.probs[0] == first).all()
    assert checkpoints.newest(folder / "man").options["batch_size"] == 4


def test_auto_halves_the_batch_until_a_step_fits_and_goes_on_from_the_checkpoint(prepared, small_device):  # noqa: F811
    workspace, _, config = prepared
    folder, run_id = run(prepared, batch_size="auto", options={"man": {**config.options["man"], "batch_size": 16}})
    small_device(4, from_epoch=1)
    assert worker.work(workspace, run_id, with_map=False) == "done"
    log = (folder / "run.log").read_text()
    assert "ran out of memory with 16 images a step" in log and "with 8 images a step" in log
    facts = json.loads((folder / "man" / "training.json").read_text())
    assert facts["options"]["batch_size"] == 4 and facts["device_name"] == "CPU"
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1]  # the first epoch is not trained again


def test_one_image_that_does_not_fit_says_what_else_to_set(prepared, small_device):  # noqa: F811
    workspace = prepared[0]
    _, run_id = run(prepared, batch_size="auto")
    small_device(0)
    with pytest.raises(TrainingError, match=r"with 1 image of 32 pixels a step .* --width 0\.5"):
        worker.work(workspace, run_id, with_map=False)


def test_other_errors_keep_their_names():
    def broken(size):
        raise ValueError("another matter")

    with pytest.raises(ValueError, match="another matter"):
        fitting.within_memory(broken, "MAN", 8, 32, CPU, search=True)


def test_the_sentence_names_the_numbers():
    text = fitting.sentence("MAN", 128, 224, CPU, devices.Memory(9 * 10**9, 16 * 10**9))
    assert text.startswith("MAN ran out of memory with 128 images of 224 pixels a step on CPU, where 9.0 of 16.0 GB ")


def test_a_method_s_networks_are_freed_before_the_next_one_s(prepared, monkeypatch):  # noqa: F811
    """Accelerate keeps every optimiser that it prepared, and with it weights and states."""
    workspace = prepared[0]
    _, run_id = run(prepared, methods=("rul", "nla"), options={}, epochs=1, folds=2)
    build, earlier, alive = plan.build, [], []

    def watched(*args, **facts):
        alive.append(sum(reference() is not None for reference in earlier))
        method = build(*args, **facts)
        earlier.extend(weakref.ref(parameter) for parameter in method.parameters())
        return method

    monkeypatch.setattr(plan, "build", watched)
    assert worker.work(workspace, run_id, with_map=False) == "done"
    gc.collect()
    assert alive == [0, 0, 0, 0] and not any(reference() is not None for reference in earlier)


def test_a_batch_size_is_searched_in_one_process_only(monkeypatch):
    config = RunConfig.from_json(
        json.dumps({"dataset": {"root": "/f", "format": "rafdb", "label_file": "", "key": "a"}, "methods": ["man"],
                    "batch_size": "auto"})
    )  # fmt: skip
    several = type("Several", (), {"num_processes": 2})()
    monkeypatch.setattr(plan, "Accelerator", lambda **_: several)
    monkeypatch.setattr(plan.parallel, "open_patient", lambda _: None)
    with pytest.raises(ConfigError, match="works in one process only"):
        plan.accelerator(config)
