"""What `train` and `score` share: a run made by the first process, worked on in the foreground, its id printed last."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._facts import tell
from auditor.config import RunConfig, Workspace
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from accelerate import Accelerator

    from auditor.data.dataset import Dataset


CANCELLED = 3


def configuration(workspace: Workspace, run_id: str) -> RunConfig:
    """A run's configuration.

    Raises:
        ConfigError: There is no such run.
    """
    file = workspace.run(run_id) / "config.json"
    if not file.is_file():
        raise ConfigError(f"There is no run {run_id} in {workspace.path}; check the id and --workspace.")
    return RunConfig.from_json(file.read_text(encoding="utf-8"))


def created(
    workspace: Workspace,
    config: RunConfig,
    dataset: Dataset,
    machine: Accelerator,
    kind: str = "train",
    checkpoint: Sequence[Path] = (),
) -> str:
    """A new run's id, made by the first process and told to the others."""
    from auditor.jobs import manager
    from auditor.store.store import Store

    run_id = ""
    if machine.is_main_process:
        store = Store.open(workspace)
        store.datasets.register(dataset)
        run_id = manager.create(store, workspace, config, kind, checkpoint)
        store.close()
    return _told(run_id)


def reopened(workspace: Workspace, run_id: str, machine: Accelerator) -> str:
    """A run that ended early, put back into the queue by the first process."""
    from auditor.jobs import manager
    from auditor.store.store import Store

    if machine.is_main_process:
        store = Store.open(workspace)
        manager.reopen(store, run_id)
        store.close()
    return _told(run_id)


def _told(run_id: str) -> str:
    from accelerate.utils import broadcast_object_list

    return str(broadcast_object_list([run_id])[0])


def waiting_evidence(workspace: Workspace, key: str) -> str:
    """Return a sentence on the newest evidence where it waits for a decision, and how that is made; else ''."""
    from auditor.evidence import choice

    said = choice.standing(workspace, key)
    if said.waiting is None:
        return ""
    return f"{said.sentence} Look at both with `python -m auditor evidence DATA --list`; choose with --use."


def work(args: argparse.Namespace, workspace: Workspace, run_id: str, machine: Accelerator) -> int:
    """Work on the run with progress on stderr, print its id; the exit code."""
    from auditor.cli._watch import watch
    from auditor.jobs import worker

    with watch(sys.stderr) as watcher:
        state = worker.work(workspace, run_id, machine, watcher, with_map=not args.no_map)
    if machine.is_main_process:
        if state == "done":
            note = waiting_evidence(workspace, configuration(workspace, run_id).dataset.key)
        else:
            note = f"{state}; go on with: python -m auditor train --resume {run_id} --workspace {workspace.path}"
        facts = {"run": run_id, "state": state, "workspace": workspace.path, "note": note}
        tell(args, facts, *((note,) if note else ()), run_id)
    return 0 if state == "done" else CANCELLED
