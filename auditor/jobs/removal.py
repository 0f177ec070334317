"""Delete runs and versions of the evidence that neither the evidence in use nor a running run needs."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from auditor.config import Workspace
from auditor.errors import EvidenceError, JobError
from auditor.evidence import choice
from auditor.jobs import manager
from auditor.store.runs import LEARNING, RunRecord
from auditor.store.store import Store


def delete_version(workspace: Workspace, store: Store, key: str, name: str, *, by: str) -> None:
    """Delete a version of a data set's evidence.

    Args:
        workspace: Where it is.
        store: The open store, which lists the running runs.
        key: The data set.
        name: The version.
        by: Who deletes it.

    Raises:
        EvidenceError: It is in use, a run is working on it, or it cannot be deleted.
    """
    manager.refresh(workspace, store)
    at_work = [run.id for run in store.runs.list(dataset=key) if not run.ended]
    choice.delete(workspace, key, name, by=by, at_work=at_work)


def delete_run(workspace: Workspace, store: Store, run_id: str, *, by: str) -> None:
    """Delete a run with its checkpoints and records; the versions of the evidence that were built from it stay.

    Args:
        workspace: Where it is.
        store: The open store.
        run_id: The run.
        by: Who deletes it.

    Raises:
        JobError: It is running, the version in use is built from it, another training may be reading it, or it cannot
            be deleted.
    """
    manager.refresh(workspace, store)
    record = store.runs.get(run_id)
    refused = refusal(workspace, store, record)
    if refused:
        raise JobError(refused)
    folder = workspace.run(run_id)
    aside = folder.with_name(f".deleted-{run_id}-{secrets.token_hex(2)}")
    if not store.runs.delete(run_id, lambda: _set_aside(folder, aside)):
        raise JobError(f"Run {run_id} was resumed or deleted in the meantime; reload the list.")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        choice.rename(workspace, record.dataset, run_id, "", by=by)
    except EvidenceError:  # the name of a run that is gone does no harm
        return


def refusal(workspace: Workspace, store: Store, record: RunRecord) -> str:
    """Return why a run cannot be deleted now, in a sentence; '' where it can."""
    if not record.ended:
        return f"Run {record.id} is running; cancel it before you delete it."
    used_by = choice.needed_runs(workspace, record.dataset).get(record.id)
    if used_by is not None:
        return f"Evidence {used_by}, which is in use, is built from run {record.id}; use another version first."
    others = store.runs.list(dataset=record.dataset, states=("queued", "running"), kinds=LEARNING)
    if others:
        return f"Run {others[0].id} is running and may read run {record.id} for its evidence; wait until it ends."
    return ""


def _set_aside(folder: Path, aside: Path) -> None:
    """Hide a run's folder from builds of evidence, in one step."""
    try:
        if folder.exists():
            folder.rename(aside)
            (aside / "config.json").unlink(missing_ok=True)  # by which evidence finds its runs
    except OSError as error:
        raise JobError(
            f"The run's folder {folder} cannot be deleted ({error.strerror}); check who may write to {folder.parent}."
        ) from error
