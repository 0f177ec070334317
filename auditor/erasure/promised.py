"""Erase from the samples of promises: their images' names, and who drew them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from auditor.erasure.act import Act, deletion, place_of
from auditor.erasure.scope import Scope
from auditor.evidence import promises
from auditor.store.naming import composed


def acts(scope: Scope) -> Iterator[Act]:
    """Yield what is to be done.

    A sample is a list of positions in a list of names, so an erased name becomes empty: the position stays, and nothing
    can be accepted there. An open sample that loses a face can never be judged to the end and is given up.
    """
    workspace = scope.workspace
    wanted = {composed(name) for name in scope.images}
    for source in scope.sources:
        folder = workspace.path / promises.FOLDER / source.key
        if scope.wish.whole:
            if folder.exists():
                yield deletion(workspace.path, folder)
            continue
        for promise in promises.listed(workspace, source.key):
            names = tuple("" if composed(name) in wanted else name for name in promise.names)
            lost = promise.state == promises.OPEN and any(composed(name) in wanted for name in promise.sampled)
            state = promises.GIVEN_UP if lost else promise.state
            by = scope.new_name if scope.wish.annotator and promise.by == scope.wish.annotator else promise.by
            if names != promise.names or by != promise.by:
                blank = partial(promises.save, workspace, source.key, replace(promise, names=names, by=by, state=state))
                yield Act(place_of(workspace.path, folder / f"{promise.id}.json"), "its name removed", blank)
