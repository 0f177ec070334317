"""One thing that an erasure does: to a file, a folder or a table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Act:
    """One thing to do, listed before it is done.

    Attributes:
        place: The file or folder, relative to the workspace, or the table: 'database: decisions'.
        what: What happens to it: 'deleted', '1 of its images overwritten'.
        do: Does it; doing it again is harmless.
    """

    place: str
    what: str
    do: Callable[[], object]


def deletion(workspace: Path, path: Path, why: str = "") -> Act:
    """Return the act that deletes a file, a link or a folder with all that is in it.

    Args:
        workspace: The workspace's folder.
        path: What to delete, in the workspace.
        why: A few words more on it.
    """
    return Act(place_of(workspace, path), f"deleted{f' ({why})' if why else ''}", lambda: delete(path))


def delete(path: Path) -> None:
    """Delete a file, a link or a folder; it is no error where it is gone already.

    Raises:
        OSError: It cannot be deleted.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def place_of(workspace: Path, path: Path) -> str:
    """Return a path as the list of acts names it."""
    return str(path.relative_to(workspace)) if path.is_relative_to(workspace) else str(path)
