"""The parts shared by `train` and `score`: create a run in the first process, work on it, and print its id last."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli import _hook
from auditor.cli._facts import tell
from auditor.config import RunConfig, Workspace
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from accelerate import Accelerator

    from auditor.data.dataset import Dataset
    from auditor.store.store import Store
    from auditor.training.ownmodel.request import ModelRequest


CANCELLED = 3


def configuration(workspace: Workspace, run_id: str) -> RunConfig:
    """Read a run's configuration.

    Raises:
        ConfigError: There is no such run.
    """
    file = workspace.run(run_id) / "config.json"
    if not file.is_file():
        raise ConfigError(f"There is no run {run_id} in {workspace.path}; check the id and --workspace.")
    return RunConfig.from_json(file.read_text(encoding="utf-8"))


@contextlib.contextmanager
def open_store(workspace: Workspace, accelerator: Accelerator) -> Iterator[Store | None]:
    """Open the store once for the whole command; only the first process writes, so every other one gets None.

    Raises:
        StoreError: The database cannot be reached.
    """
    from auditor.store.store import Store

    store = Store.open(workspace) if accelerator.is_main_process else None
    try:
        yield store
    finally:
        if store is not None:
            store.close()


def created(
    workspace: Workspace,
    config: RunConfig,
    dataset: Dataset,
    store: Store | None,
    kind: str = "train",
    checkpoint: Sequence[Path] = (),
) -> str:
    """Create a run in the first process and broadcast its id to the others."""
    from auditor.jobs import manager

    run_id = ""
    if store is not None:
        dataset = store.datasets.register(dataset).dataset
        config = replace(config, dataset=dataset.reference)
        run_id = manager.create(store, workspace, config, kind, checkpoint)
        store.trail.add(getpass.getuser(), "training", dataset.key, f"{kind} {', '.join(config.methods)}, run {run_id}")
    return _broadcast(run_id)


def reopened(workspace: Workspace, run_id: str, store: Store | None, config: RunConfig) -> str:
    """Put a run that ended early back into the queue, in the first process, with what changed of its configuration."""
    from auditor.jobs import manager

    if store is not None:
        manager.reopen(store, run_id, workspace, config)
    return _broadcast(run_id)


def _broadcast(run_id: str) -> str:
    from accelerate.utils import broadcast_object_list

    return str(broadcast_object_list([run_id])[0])


def waiting_evidence(workspace: Workspace, key: str) -> str:
    """Return a sentence where the newest evidence waits for a decision, with how to decide; else ''."""
    from auditor.evidence import choice

    status = choice.standing(workspace, key)
    if status.waiting is None:
        return ""
    return f"{status.sentence} Look at both with `python -m auditor evidence DATA --list`; choose with --use."


def opinion(
    args: argparse.Namespace, workspace: Workspace, dataset: Dataset, name: str, request: ModelRequest | None
) -> int:
    """Add a model of the user's own with progress on stderr, print the run's id; the exit code."""
    from auditor.cli._watch import watch
    from auditor.jobs import manager, opinion_worker, opinions
    from auditor.jobs.environment import prepare
    from auditor.store.store import Store

    prepare()
    store = Store.open(workspace)
    try:
        dataset = store.datasets.register(dataset).dataset
        config = opinions.configured(dataset, name, request, args.device)
        run_id = manager.create(store, workspace, config, opinions.KIND)
        with _hook.after(args.on_done, workspace, run_id, dataset.key) as ending:
            with watch(sys.stderr) as watcher:
                state = opinion_worker.work(workspace, run_id, watcher, with_map=not args.no_map, store=store)
            note = store.runs.get(run_id).message or ""
            ending.state, ending.message = state, note
    finally:
        store.close()
    waiting = waiting_evidence(workspace, dataset.key) if state == "done" else ""
    facts = {"run": run_id, "state": state, "workspace": workspace.path, "note": note, "waiting": waiting}
    tell(args, facts, *(line for line in (note, waiting) if line), run_id)
    return 0 if state == "done" else CANCELLED


def work(
    args: argparse.Namespace, workspace: Workspace, run_id: str, accelerator: Accelerator, store: Store | None
) -> int:
    """Work on the run with progress on stderr, print its id, and return the exit code."""
    from auditor.cli._watch import watch
    from auditor.jobs import worker

    key = configuration(workspace, run_id).dataset.key
    command = args.on_done if accelerator.is_main_process else None
    with _hook.after(command, workspace, run_id, key) as ending:
        with watch(sys.stderr) as watcher:
            state = worker.work(workspace, run_id, accelerator, watcher, with_map=not args.no_map, store=store)
        if state == "done":
            note = waiting_evidence(workspace, key)
        else:
            note = f"{state}; continue with: python -m auditor train --resume {run_id} --workspace {workspace.path}"
        ending.state, ending.message = state, note
    if accelerator.is_main_process:
        facts = {"run": run_id, "state": state, "workspace": workspace.path, "note": note}
        tell(args, facts, *((note,) if note else ()), run_id)
    return 0 if state == "done" else CANCELLED
