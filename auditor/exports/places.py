"""Decide where an export may be written; it never replaces a file of others without being asked to.

Every writer of exports uses atomic.py, which checks with this file. Outside of `writing`, an existing file is never
replaced. The workspace records what was written (`written.jsonl`: path, sha256, time and who, one line per file), so
that a command can be run again; a file that somebody changed since then counts as theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.config import Workspace
from auditor.custody import private, roots
from auditor.custody.account import local_user
from auditor.errors import ExportError

RECORD = "written.jsonl"


@dataclass(frozen=True)
class _Leave:
    """The current permission to write: the workspace, whether over others' files, and the allowed folders (empty: any).

    `parts` is true while a folder is filled, which is checked and recorded as a whole.
    """

    workspace: Workspace | None = None
    over: bool = False
    below: tuple[Path, ...] = ()
    parts: bool = False


_NOTHING = _Leave()
_signer: ContextVar[str | None] = ContextVar("signer", default=None)
_leave: ContextVar[_Leave] = ContextVar("leave", default=_NOTHING)


@contextmanager
def writing(workspace: Workspace, *, over: bool = False, below: tuple[Path, ...] = ()) -> Iterator[None]:
    """Set what the exports inside the block may do.

    Args:
        workspace: The workspace that records what is written; nothing is recorded where its folder does not exist.
        over: Whether the user agreed to replace existing files.
        below: The folders that exports are restricted to; empty for any.
    """
    token = _leave.set(_Leave(workspace, over, below))
    try:
        yield
    finally:
        _leave.reset(token)


@contextmanager
def signed(by: str) -> Iterator[None]:
    """Record this person as the one who exports inside the block, instead of the account's user."""
    token = _signer.set(by)
    try:
        yield
    finally:
        _signer.reset(token)


@contextmanager
def filling() -> Iterator[None]:
    """Mark the block in which a new folder is filled: its files are not recorded one by one."""
    token = _leave.set(replace(_leave.get(), parts=True))
    try:
        yield
    finally:
        _leave.reset(token)


def check_below(path: Path, below: tuple[Path, ...]) -> None:
    """Refuse a path outside of all these folders; links are resolved first.

    Raises:
        ExportError: It is elsewhere.
    """
    if path.name in ("", "..") or not roots.is_below(path.parent, below):
        raise ExportError(
            f"The path {path} is outside of the folders that the app writes exports to; choose a place below "
            f"{' or '.join(map(str, below))}, or have the operator name its folder in {roots.EXPORTS}."
        )


def check(path: Path, data: bytes | None = None) -> None:
    """Refuse a path where an export must not be written.

    Args:
        path: The file or the new folder.
        data: What would be written; replacing a file with exactly this content is harmless.

    Raises:
        ExportError: It is outside of the allowed folders, or would replace somebody's file.
    """
    leave = _leave.get()
    if leave.below:
        check_below(path, leave.below)
    if leave.over or not os.path.lexists(path) or path.is_dir():
        return
    if leave.workspace is not None and written_here(leave.workspace, path):
        return
    if data is not None and _digest(path) == hashlib.sha256(data).hexdigest():
        return
    raise ExportError(
        f"The file {path} exists already and is not what this program wrote there last; "
        "choose another name, or confirm that it is replaced (--force)."
    )


def written_here(workspace: Workspace, path: Path) -> bool:
    """Return whether this program wrote this file from this workspace, and nobody changed it since then."""
    try:
        lines = (workspace.path / RECORD).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    name = str(path)
    for line in reversed(lines):
        try:
            entry = json.loads(line)
            if entry["path"] == name:
                return bool(entry["sha256"] == _digest(path))
        except (ValueError, KeyError, TypeError):
            continue  # a line that a full disk cut short
    return False


def remember(path: Path, data: bytes) -> None:
    """Record what was written, and give a file outside the workspace the user's own permissions."""
    if _leave.get().parts:
        return
    if leaves_workspace(path):
        private.hand_out(path)
    _note(_leave.get().workspace, path, data)


def leaves_workspace(path: Path) -> bool:
    """Return whether a path is outside of the workspace of this export."""
    workspace = _leave.get().workspace
    return workspace is None or not path.resolve().is_relative_to(workspace.path.resolve())


def _note(workspace: Workspace | None, path: Path, data: bytes) -> None:
    if workspace is None or not workspace.path.is_dir():
        return
    who = _signer.get() or local_user()
    digest = hashlib.sha256(data).hexdigest()
    line = json.dumps({"path": str(path), "sha256": digest, "at": round(time.time(), 3), "by": who})
    record = workspace.path / RECORD
    try:
        descriptor = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(f"{line}\n".encode("ascii"))  # one write: two processes do not mix their lines
    except OSError as error:
        raise ExportError(
            f"The file {path} was written, but {record} cannot be ({error.strerror}); make the workspace writable, or "
            "the next export there will ask before it replaces the file."
        ) from error


def _digest(path: Path) -> str:
    """Return the sha256 of a regular file, or '' where there is none that can be read."""
    if path.is_symlink() or not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
