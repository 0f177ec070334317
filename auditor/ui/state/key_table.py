"""The team's own keys of the review room: a table in the workspace, `keys.json`, by act."""

from __future__ import annotations

import json
from collections.abc import Mapping

from auditor import writing
from auditor.config import Workspace
from auditor.errors import ConfigError

FILE = "keys.json"
LONGEST = 20
MOST = 100


def read(workspace: Workspace) -> dict[str, str]:
    """Return the keys that differ from the default, by act; empty where nobody has changed any.

    Raises:
        ConfigError: The file is no such table.
    """
    file = workspace.path / FILE
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"The table of keys {file} cannot be read ({error}); correct it or delete it.") from error
    if not _usable(table):
        raise ConfigError(f'The table of keys {file} is no list such as {{"keep": "k"}}; correct it or delete it.')
    return dict(table)


def readable(workspace: Workspace) -> tuple[dict[str, str], str]:
    """The keys that differ from the default, and why they cannot be read: '' where they can, else the default holds."""
    try:
        return read(workspace), ""
    except ConfigError as error:
        return {}, str(error)


def write(workspace: Workspace, changes: Mapping[str, str]) -> None:
    """Keep the keys that differ from the default, by act.

    Raises:
        ConfigError: They are no such table, or the workspace cannot be written to.
    """
    if not _usable(changes):
        raise ConfigError("These keys cannot be kept: each act needs one key; reload the page and choose again.")
    try:
        with writing.replacing(workspace.make().path / FILE) as aside:
            aside.write_text(json.dumps(dict(changes), indent=1, sort_keys=True), encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"The keys cannot be saved to {workspace.path} ({error.strerror}); make it writable to the app."
        ) from error


def _usable(table: object) -> bool:
    return (
        isinstance(table, Mapping)
        and len(table) <= MOST
        and all(
            isinstance(act, str) and isinstance(key, str) and len(act) <= LONGEST and len(key) <= LONGEST
            for act, key in table.items()
        )
    )
