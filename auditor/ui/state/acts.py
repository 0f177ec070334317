"""What only some roles may do, each checked where it is done: runs, evidence, exports, opening data, roles.

Pages call these and never what is below; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.erasure import erase as erasure
from auditor.evidence import choice
from auditor.exports import catalogue, places
from auditor.exports.catalogue import Written
from auditor.jobs import alignment, demo, manager, removal
from auditor.plural import counted
from auditor.store.recognising import Recognised
from auditor.store.sharing import Share, Terms
from auditor.store.store import Store
from auditor.ui.state import access, library, session


def start_run(
    workspace: Workspace, config: RunConfig, kind: str = "train", store: Store | None = None, *,
    checkpoint: Sequence[Path] = (),
) -> str:  # fmt: skip
    """Start a run as `manager.start` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("train")
    return manager.start(workspace, config, kind, store, checkpoint, by=session.annotator())


def train_demo(workspace: Workspace, dataset: Dataset, store: Store) -> str:
    """Start the demo's training as `demo.train` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("train")
    return demo.train(workspace, dataset, store, by=session.annotator())


def align(workspace: Workspace, dataset: Dataset, store: Store) -> str:
    """Start an alignment as `alignment.start` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("train")
    return alignment.start(workspace, dataset, store, by=session.annotator())


def resume_run(workspace: Workspace, run_id: str, store: Store, *how: Any) -> str:
    """Resume a run as `manager.resume` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("train")
    return manager.resume(workspace, run_id, store, *how)


def cancel_run(workspace: Workspace, run_id: str, store: Store) -> None:
    """Ask a run to stop as `manager.cancel` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("train")
    manager.cancel(workspace, run_id, store)


def delete_run(workspace: Workspace, store: Store, run_id: str) -> None:
    """Delete a run that has ended.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("manage")
    removal.delete_run(workspace, store, run_id, by=session.annotator())


def delete_version(workspace: Workspace, store: Store, key: str, name: str) -> None:
    """Delete a version of the evidence.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("manage")
    removal.delete_version(workspace, store, key, name, by=session.annotator())


def use_evidence(workspace: Workspace, key: str, name: str, **options: Any) -> None:
    """Use a version of the evidence for everybody, as `choice.use` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("manage")
    choice.use(workspace, key, name, by=session.annotator(), **options)


def keep_evidence(workspace: Workspace, key: str, **options: Any) -> None:
    """Keep the version in use, as `choice.keep` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("manage")
    choice.keep(workspace, key, by=session.annotator(), **options)


def rename(workspace: Workspace, key: str, name: str, words: str) -> None:
    """Name a run or a version.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("manage")
    choice.rename(workspace, key, name, words, by=session.annotator())


def open_data(workspace: Workspace, dataset: Dataset) -> Recognised:
    """Register a data set that was just opened, for everybody; return it under its key.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("open")
    return library.add(workspace, dataset)


def export(leave: AbstractContextManager[None], *what: Any, **options: Any) -> Written:
    """Write an export as `catalogue.export` does, and record who did.

    Args:
        leave: The context that says where it may be written, of `overwrite.button`.
        what: The arguments of `catalogue.export`.
        options: Its options.

    Raises:
        ForbiddenError: The person's role does not allow it.
        ExportError: It cannot be written.
    """
    access.require("export")
    with leave, places.signed(session.annotator()):
        return catalogue.export(*what, **options)


def share(store: Store, dataset: Dataset, images: Sequence[str], terms: Terms, known: Mapping[str, str]) -> Share:
    """Share out faces as `Sharing.share` does, and record who did.

    Raises:
        ForbiddenError: The person's role does not allow it.
        RefusedError: The terms cannot be used.
    """
    access.require("share")
    by = session.annotator()
    new = store.sharing.share(dataset.key, images, terms, by=by, known=known)
    note = f"{counted(len(images), 'face')} among {counted(len(terms.people), 'person', 'people')}"
    store.trail.add(by, "sharing", dataset.key, note)
    return new


def end_share(store: Store, dataset: Dataset) -> None:
    """End what is shared out, as `Sharing.end` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("share")
    store.sharing.end(dataset.key)
    store.trail.add(session.annotator(), "sharing", dataset.key, "ended")


def give_role(store: Store, person: str, role: str) -> None:
    """Give somebody a role.

    Raises:
        ForbiddenError: The person's role does not allow it.
        RefusedError: Nobody would be left to give roles, or the name cannot be used.
    """
    giver = access.require("roles")
    store.roles.give(person, role, by=giver.name, keep_a_lead=not access.configured().leads)
    access.forget_roles()


def erase(plan: erasure.ErasurePlan, store: Store) -> erasure.Report:
    """Erase what a plan lists, as `erase.carry_out` does.

    Raises:
        ForbiddenError: The person's role does not allow it.
    """
    access.require("erase")
    return erasure.carry_out(plan, store, by=session.annotator())
