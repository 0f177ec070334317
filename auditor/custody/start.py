"""What every process does first in a workspace that is there: close it to others, and sweep what was left behind."""

from __future__ import annotations

from auditor.config import Workspace
from auditor.custody import leftovers, private, roots


def prepare(workspace: Workspace, *, deep: bool = False) -> list[str]:
    """Repair and sweep a workspace; nothing is made where there is none.

    Args:
        workspace: the workspace.
        deep: sweep the aligned copies too (see leftovers.py).

    Returns:
        Sentences for the user about what was done.
    """
    try:
        if not workspace.path.is_dir():
            return []
    except OSError:  # what it means is said where the workspace is used
        return []
    closed = private.repair(workspace.path)
    swept = leftovers.sweep(workspace.path, roots.exports(workspace), deep=deep, cache=workspace.cache)
    count = f"{swept:,} half-written file{'s or folders' if swept > 1 else ' or folder'}"
    left = f"{count} of processes that were killed {'were' if swept > 1 else 'was'} removed." if swept else ""
    return [sentence for sentence in (closed, left) if sentence]
