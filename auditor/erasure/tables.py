"""Erase from the database, and delete the copies of it that a restore has kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from auditor.erasure.act import Act, deletion
from auditor.erasure.scope import Scope
from auditor.plural import counted
from auditor.store.erasing import Held
from auditor.store.store import Store


def acts(scope: Scope, store: Store) -> Iterator[Act]:
    """Yield what is to be done."""
    for source in scope.sources:
        place = f"database: {source.title} ({source.key})"
        if scope.wish.whole:
            yield Act(place, "decisions, runs and saved lists deleted", partial(store.erasing.dataset, source.key))
        elif scope.wish.images:
            yield from _images(scope, store, source.key, place)
    if scope.wish.annotator and not scope.wish.whole:
        yield from _annotator(scope, store)
    for previous in sorted(scope.workspace.path.glob("auditor-before-restore-*")):
        yield deletion(scope.workspace.path, previous, "the database as it was before a restore")


def _images(scope: Scope, store: Store, key: str, place: str) -> Iterator[Act]:
    held = store.erasing.held_of_images(key, scope.images)
    if held == Held():
        return
    outcome = "kept without its name" if scope.wish.keep else "removed from view"
    parts = [
        f"{counted(held.decisions, 'decision')} {outcome}" if held.decisions else "",
        f"its place in {counted(held.selections, 'saved list')}" if held.selections else "",
        f"its name in the message of {counted(held.runs, 'run')}" if held.runs else "",
    ]
    erase = partial(store.erasing.images, key, scope.images, keep=scope.wish.keep)
    yield Act(place, "; ".join(filter(None, parts)), erase)


def _annotator(scope: Scope, store: Store) -> Iterator[Act]:
    name = scope.wish.annotator
    counts = [store.erasing.held_of_annotator(key, name) for key in scope.keys]
    operations, lines = sum(held.decisions for held in counts), max((held.trail for held in counts), default=0)
    if operations or lines:
        trail = f" and up to {counted(lines, 'line')} of the audit trail" if lines else ""
        what = f"{counted(operations, 'operation')}{trail} now by {scope.new_name!r}"
        yield Act("database: annotators", what, partial(store.erasing.annotator, scope.keys, name, scope.new_name))
