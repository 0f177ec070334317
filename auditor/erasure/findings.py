"""Erase from what was learnt: runs with their records and drawn faces, and versions of the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from auditor import writing
from auditor.erasure import words
from auditor.erasure.act import Act, deletion, place_of
from auditor.erasure.scope import Scope, Source
from auditor.evidence import erasing as evidence_erasing
from auditor.plural import counted
from auditor.training import erasing as run_erasing
from auditor.training import identity

LOG, OPINIONS = "run.log", "opinions"
COPIES = 10
"""Names of duplicates that a note lists."""


def acts(scope: Scope) -> Iterator[Act]:
    """Yield what is to be done."""
    for source in scope.sources:
        home = scope.workspace.evidence / source.key
        if scope.wish.whole:
            for folder in runs_of(scope, source.key):
                yield deletion(scope.workspace.path, folder)
                yield from _own_opinion(scope, folder)
            if home.exists():
                yield deletion(scope.workspace.path, home)
            continue
        if scope.images:
            yield from _in_runs(scope, source)
            yield from _in_evidence(scope, source)
        choice = evidence_erasing.choice_file(home)
        if scope.wish.annotator and evidence_erasing.chooser(choice) == scope.wish.annotator:
            rename = partial(evidence_erasing.rename_chooser, choice, scope.wish.annotator, scope.new_name)
            yield Act(place_of(scope.workspace.path, choice), f"by {scope.new_name!r} now", rename)


def notes(scope: Scope) -> Iterator[str]:
    """Yield what only a person can decide: copies under other names, and runs that are to be deleted, in sentences."""
    if scope.wish.whole or not scope.images:
        return
    for source in scope.sources:
        copies = _copies(scope, source)
        if copies:
            yield f"The evidence knows copies of it under other names ({copies}); erase them too if they show the same."
        for folder in runs_of(scope, source.key):
            rows = run_erasing.rows_of(folder, scope.images)
            if rows is None and any(folder.rglob("dynamics/rows.npy")):
                yield (
                    f"Run {folder.name} is of an earlier version that stored no names, so what it holds of the image "
                    "cannot be found; delete the run (python -m auditor evidence DATA --delete RUN)."
                )
            elif rows is not None and len(rows) and any(folder.rglob("*.safetensors")):
                yield (
                    f"The networks of run {folder.name} were trained with the image in the data set and are kept; "
                    "delete the run to remove them."
                )


def _copies(scope: Scope, source: Source) -> str:
    """Names of the images that any version of the evidence takes for copies."""
    versions = evidence_erasing.every(scope.workspace, source.key)
    copies = sorted(set().union(*(evidence_erasing.copies_of(version, scope.images) for version in versions)))
    more = f" and {len(copies) - COPIES:,} more" if len(copies) > COPIES else ""
    return ", ".join(copies[:COPIES]) + more


def runs_of(scope: Scope, key: str) -> list[Path]:
    """Return the folders of all runs of a data set, controls and those of other kinds too."""
    folders = []
    for file in sorted(scope.workspace.runs.glob("*/config.json")):
        try:
            dataset = json.loads(file.read_text(encoding="utf-8"))["dataset"]["key"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if dataset == key:
            folders.append(file.parent)
    return folders


def _in_runs(scope: Scope, source: Source) -> Iterator[Act]:
    names = words.in_free_text(scope.words)
    for folder in runs_of(scope, source.key):
        if source.dataset is not None:
            identity.adopt(folder, source.dataset)
        rows = run_erasing.rows_of(folder, scope.images)
        if rows is not None and len(rows):
            files = run_erasing.files_of(folder, rows)
            erase = partial(run_erasing.erase, folder, rows)
            for file in files:  # each file is reported; the first act does them all
                yield Act(place_of(scope.workspace.path, file), f"{counted(len(rows), 'image')} overwritten", erase)
            yield from _own_opinion(scope, folder)
        log = folder / LOG
        if names.are_in(words.read(log)):
            without = partial(_without, log, names)
            yield Act(place_of(scope.workspace.path, log), "the lines that name it removed", without)


def _own_opinion(scope: Scope, folder: Path) -> Iterator[Act]:
    """What a script gave for a run that holds its own model's opinion; the run keeps the rows of the other images."""
    config = words.read(folder / "config.json")
    for file in sorted((scope.workspace.path / OPINIONS).glob("*")):
        if file.name.encode("utf-8", "surrogateescape") in config:
            yield deletion(scope.workspace.path, file, "the numbers that a script gave; the run has its own rows")


def _in_evidence(scope: Scope, source: Source) -> Iterator[Act]:
    names = words.in_free_text(scope.words)
    for version in evidence_erasing.every(scope.workspace, source.key):
        files = evidence_erasing.files_of(version, scope.images)
        erase = partial(evidence_erasing.erase, version, scope.images)
        for file in files:
            yield Act(place_of(scope.workspace.path, file), "its rows overwritten", erase)
        summary = version.folder / "summary.json"
        if names.are_in(words.read(summary)):
            renamed = partial(_replaced, summary, names)
            yield Act(place_of(scope.workspace.path, summary), "its name removed", renamed)


def _without(file: Path, names: words.Names) -> None:
    writing.write(file, names.without(words.read(file)))


def _replaced(file: Path, names: words.Names) -> None:
    writing.write(file, names.replaced(words.read(file), b"an erased image"))
