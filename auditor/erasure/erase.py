"""Plan an erasure, carry it out, and report it place by place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.config import Workspace
from auditor.custody import leftovers, roots
from auditor.erasure import exported, findings, pictures, promised, scope, tables, words
from auditor.erasure.act import Act
from auditor.erasure.scope import Scope, Wish
from auditor.errors import AuditorError, JobError
from auditor.jobs import manager
from auditor.plural import agreeing, counted
from auditor.store.store import Store

DATABASE = "auditor.db"
YOUNG = 10.0
"""Seconds after its last change during which a half-written file is taken for one that is being written."""


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure would do.

    Attributes:
        scope: What it is about.
        acts: What it would do, in order.
        notes: What it cannot do, and what is left for a person to do, in sentences.
    """

    scope: Scope
    acts: tuple[Act, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What an erasure did.

    Attributes:
        done: Place and what was done there.
        failed: Place and why it could not be done; doing the erasure again tries it again.
        notes: What is left for a person to do, in sentences.
    """

    done: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def plan(workspace: Workspace, store: Store, data: str | Path, wish: Wish) -> ErasurePlan:
    """List what an erasure would do; nothing is erased.

    Args:
        workspace: The workspace to erase from.
        store: Its open store.
        data: A data set's folder (it may be gone), one of its label files, or its key.
        wish: What is to be erased.

    Raises:
        RefusedError: Nothing was named, or the workspace knows no such data set or annotator.
        AuditorError: A file that must be searched is damaged.
    """
    reach = scope.find(workspace, store, data, wish)
    scope.require(reach, store)
    acts = (
        *tables.acts(reach, store), *pictures.acts(reach), *findings.acts(reach), *promised.acts(reach),
        *exported.acts(reach),
    )  # fmt: skip
    return ErasurePlan(reach, acts, tuple(_notes(reach, store)))


def carry_out(plan: ErasurePlan, store: Store, *, by: str) -> Report:
    """Do everything of a plan; what fails is reported, and the rest is done all the same.

    Args:
        plan: What `plan` returned just before.
        store: The open store.
        by: Who erases; the audit trail keeps it.

    Raises:
        JobError: A run of the data set is at work: it would write again what is erased here.
        UnavailableError: The database is away or busy.
    """
    _require_idle(plan.scope, store)
    done: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    finished: set[int] = set()
    for act in plan.acts:
        try:
            if id(act.do) not in finished:  # several files, one act
                act.do()
                finished.add(id(act.do))
            done.append((act.place, act.what))
        except (OSError, AuditorError) as error:
            failed.append((act.place, str(error)))
    workspace = plan.scope.workspace
    exports, cache = roots.exports(workspace), workspace.cache
    swept = leftovers.sweep(workspace.path, exports, deep=True, cache=cache, young=YOUNG)
    if swept:
        done.append(("leftovers", f"{counted(swept, 'half-written file')} deleted"))
    notes = list(plan.notes)
    if plan.acts:
        for key in plan.scope.keys:
            store.trail.add(by, "erasure", key, _summary(plan, len(failed)))
        if not store.database.compact():
            notes.append(
                "The database's write-ahead log could not be emptied because another process is reading; stop the app "
                "and erase once more."
            )
    return Report(tuple(done), tuple(failed), (*notes, *_remains(plan.scope, store)))


def _require_idle(reach: Scope, store: Store) -> None:
    manager.refresh(reach.workspace, store)
    for key in reach.keys:
        running = [record for record in store.runs.list(dataset=key) if not record.ended]
        if running:
            raise JobError(
                f"Run {running[0].id} is using this data set and would write the erased data again; cancel it or "
                "wait until it ends."
            )


def _summary(plan: ErasurePlan, failures: int) -> str:
    wish = plan.scope.wish
    images = counted(len(wish.images), "image")
    annotator = f"an annotator (now {plan.scope.new_name!r})"
    parts = [images if wish.images else "", annotator if wish.annotator else ""]
    what = "the whole data set" if wish.whole else " and ".join(filter(None, parts))
    return f"{what}: {counted(len(plan.acts), 'place')}" + (f", {failures:,} of them failed" if failures else "")


def _notes(reach: Scope, store: Store) -> Iterator[str]:
    """What a person must still do."""
    for source in reach.sources:
        own = source.root.is_relative_to(reach.workspace.path)
        present = 0 if source.dataset is None else int((source.dataset.rows_of(reach.images) >= 0).sum())
        if present and not own:
            yield (
                f"The data set's own files are never changed: {present:,} of the images "
                f"{agreeing(present, 'is', 'are')} still in {source.root}. Delete them there, with their lines in the "
                "label file, before the data set is opened again; otherwise they are decoded again."
            )
    for path in exported.elsewhere(reach):
        yield f"The export {path} is outside of the workspace and may hold it; delete it yourself."
    yield from findings.notes(reach)
    others = store.erasing.elsewhere(reach.keys, reach.wish.annotator) if reach.wish.annotator else []
    if others:
        yield (
            f"The annotator also decided on the {agreeing(len(others), 'data set', 'data sets')} {', '.join(others)}; "
            "erase the name there, too."
        )
    yield "Backups of the database and copies of the workspace are not erased; delete them yourself."


def _remains(reach: Scope, store: Store) -> Iterator[str]:
    """Search the whole workspace for the names once more.

    The database is asked and never read as a file: closing a file of SQLite's gives up the locks that this process has
    on it, so that another process would take away the write-ahead log that is in use here.
    """
    mentions = store.erasing.mentions([word for word in reach.words if len(word) >= words.SHORTEST])
    if mentions:
        yield (
            f"The database still mentions it in {counted(mentions, 'text')} that people wrote "
            "elsewhere (a note, a tag, the title of a list); look at them on the History page."
        )
    names = words.in_free_text(reach.words if len(reach.words) <= words.MANY else ())
    if not names:
        return
    for folder, _, files in os.walk(reach.workspace.path):
        for file in (Path(folder, name) for name in files):
            if not file.name.startswith(DATABASE) and _holds(file, names):
                yield f"The file {file} still names it; look into it."


def _holds(file: Path, names: words.Names) -> bool:
    if file.suffix == ".safetensors" or file.name.startswith("pixels-") or file.is_symlink():
        return False
    try:
        return names.are_in(words.read(file))
    except OSError:
        return False
