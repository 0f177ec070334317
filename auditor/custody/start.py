"""Prepare an existing workspace at the start of a process: close it to others, and remove leftovers."""

from __future__ import annotations

from auditor.config import Workspace
from auditor.custody import leftovers, private, roots
from auditor.plural import counted


def prepare(workspace: Workspace, *, deep: bool = False) -> list[str]:
    """Repair and clean up a workspace; do nothing where there is none.

    Args:
        workspace: The workspace.
        deep: Also clean up the aligned copies (see leftovers.py).

    Returns:
        Sentences for the user on what was done.
    """
    try:
        if not workspace.path.is_dir():
            return []
    except OSError:  # the code that uses the workspace reports it
        return []
    closed = private.repair(workspace.path)
    swept = leftovers.sweep(workspace.path, roots.exports(workspace), deep=deep, cache=workspace.cache)
    leftover = counted(swept, "half-written file or folder", "half-written files or folders")
    removed = f"Removed {leftover} of processes that were killed." if swept else ""
    return [sentence for sentence in (closed, removed) if sentence]
