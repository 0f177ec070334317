"""Start, watch, cancel and resume runs in processes of their own. No torch, because the app imports this.

A run outlives the app: its process leads a session of its own, and its state is in the database.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from auditor import locations, writing
from auditor.config import DatasetRef, RunConfig, Workspace
from auditor.custody.account import local_user
from auditor.errors import JobError
from auditor.jobs import processes
from auditor.jobs.environment import prepare
from auditor.store.recognising import Place
from auditor.store.runs import ENDED, RunRecord
from auditor.store.store import Store

STALE = 90.0  # seconds without a heartbeat after which a process on another machine counts as lost
CLAIM = 120.0  # seconds that a started process may take to claim its run (importing torch is slow)
EXTRA: tuple[str, ...] = ()  # further arguments of every training's worker
WORKERS = {"align": "auditor.jobs.align_worker", "opinion": "auditor.jobs.opinion_worker"}
"""The worker's module by kind of run; all other kinds train."""

CHECKPOINT = "score.json"  # in the folder of a run that only scores: the checkpoint's files


def new_run_id() -> str:
    """Return a new run id that sorts by time: 'r20261122-013000-4f2a'."""
    return time.strftime("r%Y%m%d-%H%M%S-") + secrets.token_hex(2)


def create(
    store: Store, workspace: Workspace, config: RunConfig, kind: str = "train", checkpoint: Sequence[Path] = (),
    by: str | None = None,
) -> str:  # fmt: skip
    """Make a run's folder and its database entry, without starting it, and return the run's id.

    `by` is who starts it; None for the user of this account.
    """
    run_id = new_run_id()
    folder = workspace.run(run_id)
    try:
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
        if checkpoint:
            names = [str(file.absolute()) for file in checkpoint]
            (folder / CHECKPOINT).write_text(json.dumps(names), encoding="utf-8")
    except OSError as error:
        raise JobError(f"The run's folder {folder} cannot be made ({error.strerror}); free some space.") from error
    store.runs.create(run_id, config, kind, by or local_user())
    return run_id


def start(
    workspace: Workspace,
    config: RunConfig,
    kind: str = "train",
    store: Store | None = None,
    checkpoint: Sequence[Path] = (),
    by: str | None = None,
) -> str:
    """Start a run in the background, and return its id.

    Args:
        workspace: Where it writes.
        config: What it does.
        kind: 'train', 'score' to score all images with a checkpoint and train nothing, 'opinion' or 'align'.
        store: The open store, where the caller has one.
        checkpoint: Files of the checkpoint to score with.
        by: Who starts it; None for the user of this account.

    Raises:
        ConfigError: The workspace cannot be used.
        JobError: The process cannot be started.
    """
    with Store.opened(workspace, store) as open_store:
        run_id = create(open_store, workspace, config, kind, checkpoint, by)
        _spawn(open_store, workspace, run_id)
    return run_id


def resume(workspace: Workspace, run_id: str, store: Store | None = None, batch_size: int | str | None = None) -> str:
    """Restart a run that ended early from its last checkpoint, and return its id.

    Args:
        workspace: Where it writes.
        run_id: The run.
        store: The open store, where the caller has one.
        batch_size: Images per step from now on, or `auto`; None for those of before.

    Raises:
        ConfigError: The batch size is invalid.
        JobError: It is done, or still running.
    """
    with Store.opened(workspace, store) as open_store:
        reopen(open_store, run_id, workspace, open_store.runs.get(run_id).config.going_on(batch_size))
        _spawn(open_store, workspace, run_id)
    return run_id


def reopen(store: Store, run_id: str, workspace: Workspace, config: RunConfig) -> RunRecord:
    """Put a run that ended early back into the queue.

    Args:
        store: The open store.
        run_id: The run.
        workspace: The run's workspace.
        config: Its configuration, with what changes now (`RunConfig.going_on`).

    Raises:
        JobError: It is done, or still running, or its configuration cannot be written.
    """
    record = settle(store, store.runs.get(run_id))
    if record.state == "done":
        raise JobError(f"Run {run_id} is done; start a new run to train more.")
    config = replace(config, dataset=_where_it_is(store, config.dataset))
    waiting = tuple(state for state in ENDED if state != "done")
    changed = store.runs.update(
        run_id, expected=waiting, state="queued", cancel_requested=0, message=None, pid=None, pid_started=None,
        heartbeat=time.time(),
    )  # fmt: skip
    if not changed:
        raise JobError(f"Run {run_id} is {record.state}; cancel it before you resume it.")
    if config != record.config:
        _reconfigure(store, workspace, run_id, config)
    return store.runs.get(run_id)


def _where_it_is(store: Store, reference: DatasetRef) -> DatasetRef:
    """A run's data set, where it was opened last if it is not where it was when the run began."""
    record = store.datasets.find(reference.key)
    before = Place(reference.root, reference.format, reference.label_file)
    if record is None or before.is_there():
        return reference
    return DatasetRef(record.root, record.format, record.label_file, record.key)


def _reconfigure(store: Store, workspace: Workspace, run_id: str, config: RunConfig) -> None:
    """Change the configuration of a run that goes on, in its folder and in the database."""
    file = workspace.run(run_id) / "config.json"
    try:
        writing.write_text(file, config.to_json())
    except OSError as error:
        store.runs.update(run_id, state="failed", message=f"The file {file} cannot be written ({error.strerror}).")
        raise JobError(
            f"The file {file} cannot be written ({error.strerror}); free some space and resume again."
        ) from error
    store.runs.update(run_id, config=config.to_json())


def cancel(workspace: Workspace, run_id: str, store: Store | None = None) -> None:
    """Ask a run to stop, by the flag that its loop reads at every step and by SIGTERM; it leaves a checkpoint.

    Raises:
        JobError: There is no such run.
    """
    with Store.opened(workspace, store) as open_store:
        record = settle(open_store, open_store.runs.get(run_id))
        if record.ended:
            return
        open_store.runs.request_cancel(run_id)
        if record.state == "queued" and not processes.alive(record.pid, record.pid_started):
            message = "Cancelled before it began."
            open_store.runs.update(run_id, expected=("queued",), state="cancelled", message=message)
        elif _here(record) and processes.alive(record.pid, record.pid_started):
            os.kill(int(record.pid or 0), signal.SIGTERM)


def refresh(workspace: Workspace, store: Store | None = None) -> None:
    """Mark the runs whose process is gone as lost, with a message on what to do."""
    reap()
    with Store.opened(workspace, store) as open_store:
        for record in open_store.runs.list(states=("queued", "running")):
            settle(open_store, record)


def settle(store: Store, record: RunRecord) -> RunRecord:
    """Return the run's current record; if its process is gone, mark it lost, or cancelled if that was requested."""
    if record.ended or not _lost(record):
        return record
    if record.cancel_requested:
        # SIGTERM ended the process while it was still importing, before it could handle the signal.
        message = "Stopped on request while it was starting; resume it to continue from its last checkpoint."
        store.runs.update(record.id, expected=(record.state,), state="cancelled", message=message, eta_seconds=None)
        return store.runs.get(record.id)
    where = f"while {record.phase}" if record.phase else "before it began"
    if record.method is not None:
        where = f"in epoch {(record.epoch or 0) + 1} of {record.epochs} of {record.method}"
    message = (
        f"The process of this run ended {where} without a message (killed, out of memory, or the machine restarted); "
        "resume it to continue from its last checkpoint."
    )
    store.runs.update(record.id, expected=(record.state,), state="lost", message=message, eta_seconds=None)
    return store.runs.get(record.id)


def _lost(record: RunRecord) -> bool:
    seen = record.heartbeat or record.created_at
    if record.pid is None:
        return time.time() - seen > CLAIM
    if _here(record):
        return not processes.alive(record.pid, record.pid_started)
    return time.time() - seen > STALE


def _here(record: RunRecord) -> bool:
    return record.host == socket.gethostname()


def _spawn(store: Store, workspace: Workspace, run_id: str) -> None:
    """Start the worker in a session of its own; its output goes to the run's log."""
    module = WORKERS.get(store.runs.get(run_id).kind)
    command = [sys.executable, "-m", module or "auditor.jobs.worker", "--workspace", str(workspace.path)]
    command += ["--run", run_id, *(() if module else EXTRA)]
    environment = locations.child_environment()
    prepare(environment)
    try:
        with (workspace.run(run_id) / "run.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=Path.cwd(), env=environment, close_fds=True,
            )  # fmt: skip
    except OSError as error:
        store.runs.update(run_id, state="failed", message=f"The process could not be started ({error.strerror}).")
        raise JobError(f"The run's process could not be started ({error.strerror}); try again.") from error
    _children.append(process)
    store.runs.update(
        run_id, expected=("queued",), host=socket.gethostname(), pid=process.pid,
        pid_started=processes.started(process.pid),
    )  # fmt: skip


_children: list["subprocess.Popen[bytes]"] = []
"""Processes started here. `Popen.poll` reaps those that have ended; see `reap`."""


def reap() -> None:
    """Collect the exit codes of workers that ended, so that none stays a zombie while the app runs."""
    _children[:] = [child for child in _children if child.poll() is None]
