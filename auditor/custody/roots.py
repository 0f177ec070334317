"""The folders of the server that an operator allows: those to open data from, and those to export to.

Both lists are separated as in PATH (':'). Links are followed before a place is compared.
"""

from __future__ import annotations

import os
from pathlib import Path

from auditor.config import Workspace
from auditor.errors import ConfigError, DataError

DATA, EXPORTS = "AUDITOR_DATA_ROOTS", "AUDITOR_EXPORT_ROOTS"
HERE = ("localhost", "127.0.0.1", "::1", "[::1]")
"""Addresses that other computers cannot reach."""


def exports(workspace: Workspace) -> tuple[Path, ...]:
    """Return the folders that the app writes exports to: the workspace's own, and those of AUDITOR_EXPORT_ROOTS."""
    return (workspace.path / "exports", *_named(EXPORTS))


def data(workspace: Workspace) -> tuple[Path, ...]:
    """Return the folders that the app opens data from; empty means any folder (AUDITOR_DATA_ROOTS is not set).

    The demo and the aligned copies in the workspace are always among them.
    """
    named = _named(DATA)
    return (*named, workspace.demo, workspace.path / "aligned") if named else ()


def check_data(workspace: Workspace, path: str | Path, *more: Path) -> Path:
    """Check that the app may read a file or folder of the server that a person named.

    Args:
        workspace: The app's workspace.
        path: The path that the person typed.
        more: Further folders that are allowed.

    Returns:
        The path, absolute and without '~'.

    Raises:
        DataError: It is outside of AUDITOR_DATA_ROOTS, whether it exists or not.
    """
    allowed = data(workspace)
    allowed = (*allowed, *more) if allowed else ()
    try:
        where = Path(path).expanduser().absolute()
        inside = not allowed or is_below(where, allowed)
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"The path {path} cannot be opened; give a folder or a file on this computer.") from error
    if not inside:
        raise DataError(
            f"The path {where} is outside of the folders that this server opens; choose one below "
            f"{', '.join(map(str, _named(DATA)))}, or have the operator add its folder to {DATA}."
        )
    return where


def check_served(address: str | None, *, team: bool = False) -> None:
    """Refuse to serve other computers while the app could open every folder of this one.

    Args:
        address: The address that the server binds to (server.address); None or '' for every address of this computer.
        team: Whether people log in, and so reach it through a proxy where it binds to this computer alone.

    Raises:
        ConfigError: Others can reach it, and AUDITOR_DATA_ROOTS is not set.
    """
    if (team or address not in HERE) and not os.environ.get(DATA, "").strip():
        reach = "people log in" if team else f"server.address is {address or 'every address'!r}"
        raise ConfigError(
            f"The server would answer other computers ({reach}) and could "
            f"open every folder that you can read; set {DATA} to the folders with your data, or to / to allow all "
            "folders."
        )


def is_below(path: Path, folders: tuple[Path, ...]) -> bool:
    """Return whether a path is one of these folders or below one, with links resolved."""
    real = path.resolve()
    return any(real.is_relative_to(folder.resolve()) for folder in folders)


def _named(variable: str) -> tuple[Path, ...]:
    parts = os.environ.get(variable, "").split(os.pathsep)
    return tuple(Path(part.strip()).expanduser().absolute() for part in parts if part.strip())
