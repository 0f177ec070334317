"""Keep the workspace readable only by its owner: folders 0700, files 0600.

A process that works in a workspace calls `begin` (or runs inside `umask`), so that whatever it makes is private from
the first byte on. `repair` closes a workspace that others can read. A shared PostgreSQL server has its own permissions.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from auditor.plural import counted

OTHERS = 0o077
"""The permission bits of everybody except the owner."""

CONTENTS = frozenset(
    (
        *("auditor.db", "auditor.db-wal", "auditor.db-shm", "faces.key", "written.jsonl", ".demo-ready"),
        *("keys.json", "app.log"),
        *("cache", "runs", "evidence", "demo", "exports", "aligned", "frames", "opinions", "promises"),
    )
)
"""The names that this program creates in a workspace. A folder that holds others is not closed as a whole."""

_own_mask: list[int] = []


def begin() -> None:
    """Make every file that this process creates from now on readable only by its owner."""
    before = os.umask(OTHERS)
    if not _own_mask:
        _own_mask.append(before)


@contextmanager
def umask() -> Iterator[None]:
    """Do as `begin`, until the block ends."""
    before = os.umask(OTHERS)
    first = not _own_mask
    if first:
        _own_mask.append(before)
    try:
        yield
    finally:
        os.umask(before)
        if first:
            _own_mask.clear()


def mask() -> int:
    """Return the mask that the user set for new files, as it was before `begin`."""
    if _own_mask:
        return _own_mask[0]
    now = os.umask(OTHERS)
    os.umask(now)
    return now


def hand_out(path: Path) -> None:
    """Give a file or a folder that leaves the workspace the permissions that follow from the user's own mask.

    Links are left as they are, hard ones too: the file behind them is the data set's.
    """
    permissions = 0o777 & ~mask()
    for place in (path, *(path.rglob("*") if path.is_dir() else ())):
        status = place.lstat()
        if stat.S_ISDIR(status.st_mode):
            place.chmod(permissions)
        elif stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            place.chmod(permissions & 0o666)


def close_file(path: Path) -> bool:
    """Remove everybody else's permissions from one file or folder of the user; return whether there were any."""
    try:
        status = path.lstat()
        linked = stat.S_ISREG(status.st_mode) and status.st_nlink > 1
        if stat.S_ISLNK(status.st_mode) or linked or status.st_uid != os.getuid() or not status.st_mode & OTHERS:
            return False
        path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS)
    except OSError:
        return False
    return True


def repair(workspace: Path) -> str:
    """Close a workspace that other users of this machine can read.

    Only files that this program creates and that belong to the user are changed; the folder itself only where it holds
    nothing else.

    Returns:
        A sentence on what was changed; '' where nothing was readable by others.
    """
    closed = 0
    with suppress(OSError):
        entries = list(workspace.iterdir())
        for entry in entries:
            if _is_ours(entry.name) and close_file(entry):
                closed += 1 + _close_below(entry)
        if all(_is_ours(entry.name) for entry in entries):
            closed += close_file(workspace)
    if not closed:
        return ""
    return (
        f"The workspace {workspace} could be read by other users of this machine "
        f"({counted(closed, 'file or folder', 'files and folders')}); now only you can read it."
    )


def _is_ours(name: str) -> bool:
    return name in CONTENTS or name.startswith("auditor-before-restore-")


def _close_below(folder: Path) -> int:
    if folder.is_symlink() or not folder.is_dir():
        return 0
    return sum(close_file(Path(home, name)) for home, dirs, files in os.walk(folder) for name in (*dirs, *files))
