"""What a killed process leaves behind: hidden, half-written copies, which may hold faces. Swept at every start.

Only names that this program makes, only what belongs to the user, and only where no living process works on it: what
takes long is marked (held.py), and what is quick counts as left behind after ten minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from auditor.custody.held import held, is_held

YOUNG = 600.0
"""Seconds since its last change for which nothing is swept: its process may be just about to mark or rename it."""

TEMPORARY = "label-auditor-"

_FILE = r"\.[0-9a-f]{8}\.part(\..{0,19}|.{20})?"  # as auditor/writing.py names what it writes
_PARTS = re.compile(rf"\..+\.[0-9a-f]{{8}}\.part|{_FILE}", re.S)
_ASIDE = re.compile(rf"\..+[.-][0-9a-f]{{8}}|{_FILE}", re.S)
# Folder patterns in a workspace, and what a name there looks like.
_PLACES = (
    ("", re.compile(r"\..+\.part-\w+|faces\.key\.[0-9a-f]{12}", re.S)),
    ("evidence/*", re.compile(rf"\.building-\w+|\.deleted-v\d+-\d+|{_FILE}")),
    ("evidence/*/v*", re.compile(rf"\..+\.\d+|{_FILE}", re.S)),
    ("runs", re.compile(r"\.deleted-.+-[0-9a-f]{4}", re.S)),
    ("runs/**", re.compile(_FILE, re.S)),
    ("aligned", _ASIDE),
    ("frames", _ASIDE),
    ("opinions", re.compile(_FILE, re.S)),
    ("promises/*", re.compile(_FILE, re.S)),
    ("cache/index", _ASIDE),
    ("cache/images/*/*", re.compile(rf"\.manifest\.json-[0-9a-f]{{8}}|{_FILE}", re.S)),
)


def sweep(workspace: Path, exports: tuple[Path, ...] = (), *, deep: bool = False) -> int:
    """Remove what killed processes left in a workspace, in folders of exports and in the system's temporary folder.

    Args:
        workspace: its folder.
        exports: folders that exports are written below, at most one folder deep.
        deep: look through the aligned copies too, image by image.

    Returns:
        How many files and folders were removed.
    """
    found = [entry for place, name in _PLACES for entry in _named(_at(workspace, place), name)]
    for root in exports:
        found += _named([root, *_folders(root)], _PARTS)
    found += [path for path in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*") if path.is_dir()]
    found += _orphans(workspace)
    if deep:
        walked = os.walk(workspace / "aligned")
        found += [Path(home, name) for home, _, names in walked for name in names if _ASIDE.fullmatch(name)]
    return sum(remove(path) for path in found)


def sweep_beside(path: Path) -> int:
    """Remove what killed exports to this very place, or of files that end like it, left beside it."""
    name, ending = re.escape(path.name[:200]), re.escape(path.suffix[-20:])
    mine = re.compile(rf"\.{name}\.[0-9a-f]{{8}}\.part|\.[0-9a-f]{{8}}\.part{ending}", re.S)
    return sum(remove(each) for each in _named([path.parent], mine))


def remove(path: Path) -> bool:
    """Remove one leftover, unless it is another user's, young, or worked on; whether it is gone."""
    try:
        status = path.lstat()
        if status.st_uid != os.getuid() or time.time() - status.st_mtime < YOUNG or is_held(path):
            return False
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    """A folder for one's own use that is gone afterwards, or at a later start where this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY))
    try:
        with held(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _at(workspace: Path, place: str) -> list[Path]:
    return list(workspace.glob(place)) if place else [workspace]


def _named(folders: list[Path], name: re.Pattern[str]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        with contextlib.suppress(OSError):
            found += [entry for entry in folder.iterdir() if name.fullmatch(entry.name)]
    return found


def _folders(root: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink()]
    return []


def _orphans(workspace: Path) -> list[Path]:
    """Pixels of image caches that no manifest names: their build was killed between two renames."""
    found: list[Path] = []
    for folder in workspace.glob("cache/images/*/*"):
        files = [*folder.glob("pixels-*.npy"), *folder.glob("records-*.npz")]
        named: set[str] = set()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            named = {str(value) for value in json.loads((folder / "manifest.json").read_text("utf-8")).values()}
        found += [file for file in files if file.name not in named]
    return found
