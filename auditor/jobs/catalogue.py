"""What methods there are, for the app, which must not import torch: `python -m models`, asked once and remembered.

The answer is kept in the workspace's cache and asked for again when a file of the methods changes.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import models
from auditor.config import Workspace
from auditor.errors import JobError

_known: dict[str, list[dict[str, Any]]] = {}


def catalogue(workspace: Workspace) -> list[dict[str, Any]]:
    """Methods in alphabetical order, each with name, title, paper, options, presets, setups, views and columns.

    Raises:
        JobError: The methods cannot be imported.
    """
    state = _state()
    if state in _known:
        return _known[state]
    file = workspace.cache / f"methods-{state}.json"
    try:
        found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = _ask()
        _keep(file, found)
    _known[state] = found
    return found


def _state() -> str:
    """A number of the methods' files as they are: it changes with any of them."""
    files = sorted(Path(models.__path__[0]).rglob("*.py"))
    newest = max(file.stat().st_mtime_ns for file in files)
    return f"{len(files)}-{newest:x}"


def _ask() -> list[dict[str, Any]]:
    root = str(Path(models.__path__[0]).parent)
    answer = subprocess.run([sys.executable, "-m", "models"], cwd=root, capture_output=True, text=True, check=False)
    if answer.returncode:
        last = answer.stderr.strip().splitlines()[-1:] or ["no message"]
        raise JobError(f"The methods cannot be listed ({last[0]}); reinstall the requirements.")
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def _keep(file: Path, found: list[dict[str, Any]]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps(found), encoding="utf-8")
        temporary.replace(file)
    except OSError:
        return  # a read-only cache costs two seconds a start, nothing else
