"""Erase exports in the workspace that show or name what is erased, and list those that were written elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from auditor import writing
from auditor.erasure import words
from auditor.erasure.act import Act, deletion, place_of
from auditor.erasure.scope import Scope
from auditor.exports.places import RECORD

SEARCHABLE = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".html", ".htm", ".md", ".xml", ".yaml", ".yml", ".log", "")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")
"""Files whose name alone says whose they are."""


def acts(scope: Scope) -> Iterator[Act]:
    """Yield what is to be done: every file below exports/ that names it, or that cannot be searched, is deleted."""
    workspace, names = scope.workspace.path, words.Names(scope.words)
    for file in _files(workspace / "exports"):
        if _named(file, workspace / "exports", names):
            yield deletion(workspace, file, "an export; write it again")
        elif file.suffix.lower() not in (*SEARCHABLE, *PICTURES):
            yield deletion(workspace, file, "an export that cannot be searched; write it again")
    record = workspace / RECORD
    if names.are_in(words.read(record)):
        without = partial(_without, record, names)
        yield Act(place_of(workspace, record), "the lines that name it removed", without)


def elsewhere(scope: Scope) -> list[Path]:
    """Return the exports outside of the workspace, still there, that name it or cannot be searched."""
    workspace, names = scope.workspace.path, words.Names(scope.words)
    written = set()
    for line in words.read(workspace / RECORD).splitlines():
        try:
            written.add(Path(json.loads(line)["path"]))
        except (ValueError, KeyError, TypeError):
            continue  # a line that a full disk cut short
    outside = [path for path in sorted(written) if not path.is_relative_to(workspace) and path.is_file()]
    searchable = [path for path in outside if path.suffix.lower() in SEARCHABLE]
    return [path for path in outside if path not in searchable or _named(path, path.parent, names)]


def _without(record: Path, names: words.Names) -> None:
    writing.write(record, names.without(words.read(record)))


def _files(home: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(home):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from sorted(Path(folder, name) for name in (*files, *links))


def _named(file: Path, home: Path, names: words.Names) -> bool:
    if names.are_in(str(file.relative_to(home)).encode("utf-8", "surrogateescape")):
        return True
    try:
        return not file.is_symlink() and file.is_file() and names.are_in(words.read(file))
    except OSError:
        return True  # what cannot be read may hold it
