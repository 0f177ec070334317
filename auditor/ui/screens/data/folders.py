"""What a folder holds, for choosing one without typing its path: never outside of the folders that may be opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from auditor.config import Workspace
from auditor.custody import roots
from auditor.data.files.packed import inner_suffix
from auditor.errors import DataError

LABEL_FILES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".lst", ".list")
MOST = 400


@dataclass(frozen=True)
class Folder:
    """A folder as the browser shows it.

    Attributes:
        path: Where it is.
        parent: The folder above it; None where that may not be opened or there is none.
        folders: Names of the folders in it that may be opened, in alphabetical order.
        files: Names of the files in it that may hold labels, likewise.
        left_out: How many more names there are than are listed.
    """

    path: Path
    parent: Path | None
    folders: tuple[str, ...]
    files: tuple[str, ...]
    left_out: int = 0


def starts(workspace: Workspace) -> tuple[Path, ...]:
    """Return the folders to begin at: those that the operator names, else the home folder and the root."""
    named = tuple(dict.fromkeys(roots.data(workspace))) or (Path.home(), Path("/"))
    return tuple(path for path in named if path.is_dir())


def look(workspace: Workspace, path: Path) -> Folder:
    """List a folder.

    Args:
        workspace: The app's.
        path: The folder.

    Raises:
        DataError: It may not be opened, or cannot be read.
    """
    where = roots.check_data(workspace, path)
    try:
        entries = sorted(os.scandir(where), key=lambda entry: entry.name.lower())
    except OSError as error:
        raise DataError(f"The folder {where} cannot be read ({error.strerror}); choose another one.") from error
    seen = [entry for entry in entries if not entry.name.startswith(".")]
    folders = [entry.name for entry in seen if _is_folder(entry) and _allowed(workspace, where / entry.name)]
    files = [entry.name for entry in seen if inner_suffix(entry.name) in LABEL_FILES and not _is_folder(entry)]
    above = where.parent
    return Folder(
        where,
        above if above != where and _allowed(workspace, above) else None,
        tuple(folders[:MOST]),
        tuple(files[:MOST]),
        max(0, len(folders) - MOST) + max(0, len(files) - MOST),
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _allowed(workspace: Workspace, path: Path) -> bool:
    try:
        roots.check_data(workspace, path)
    except DataError:
        return False
    return True
