"""Remove what killed processes leave behind: hidden, half-written copies, which may hold faces. Runs at every start.

It removes only names that this program makes, only the user's own files, and only files that no living process works
on: writing that takes long is marked (held.py), and a quick one counts as left behind after ten minutes.
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
"""Seconds after its last change during which a file is kept: its process may be about to mark or rename it."""

TEMPORARY = "label-auditor-"

_FILE = r"\.[0-9a-f]{8}\.part(\..{0,19}|.{20})?"  # as auditor/writing.py names what it writes
_PARTS = re.compile(rf"\..+\.[0-9a-f]{{8}}\.part|{_FILE}", re.S)
_ASIDE = re.compile(rf"\..+[.-][0-9a-f]{{8}}|{_FILE}", re.S)
# Folder patterns in a workspace, and what a name there looks like.
_PLACES = (
    ("", re.compile(rf"\..+\.part-\w+|faces\.key\.[0-9a-f]{{12}}|{_FILE}", re.S)),
    ("evidence/*", re.compile(rf"\.building-\w+|\.deleted-v\d+-\d+|{_FILE}")),
    ("evidence/*/v*", re.compile(rf"\..+\.\d+|{_FILE}", re.S)),
    ("runs", re.compile(r"\.deleted-.+-[0-9a-f]{4}", re.S)),
    ("runs/**", re.compile(_FILE, re.S)),
    ("aligned", _ASIDE),
    ("frames", _ASIDE),
    ("opinions", re.compile(_FILE, re.S)),
    ("promises/*", re.compile(_FILE, re.S)),
)
# The same in the cache, which may be elsewhere.
_CACHE_PLACES = (
    ("index", _ASIDE),
    ("images/*/*", re.compile(rf"\.manifest\.json-[0-9a-f]{{8}}|{_FILE}", re.S)),
)


def sweep(
    workspace: Path,
    exports: tuple[Path, ...] = (),
    *,
    deep: bool = False,
    cache: Path | None = None,
    young: float | None = None,
) -> int:
    """Remove what killed processes left in a workspace, in folders of exports and in the system's temporary folder.

    Args:
        workspace: Its folder.
        exports: Folders that exports are written below, at most one folder deep.
        deep: Look through the aligned copies too, image by image.
        cache: The folder of decoded images and indexes; the workspace's own where it is None.
        young: Seconds after its last change during which a file is kept; None for `YOUNG`.

    Returns:
        The number of files and folders removed.
    """
    cache = workspace / "cache" if cache is None else cache
    places = [(workspace, *each) for each in _PLACES] + [(cache, *each) for each in _CACHE_PLACES]
    leftovers = [entry for root, place, name in places for entry in _named(_at(root, place), name)]
    for root in exports:
        leftovers += _named([root, *_folders(root)], _PARTS)
    leftovers += [path for path in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*") if path.is_dir()]
    leftovers += _orphans(cache)
    if deep:
        walked = os.walk(workspace / "aligned")
        leftovers += [Path(folder, name) for folder, _, names in walked for name in names if _ASIDE.fullmatch(name)]
    return sum(remove(path, young) for path in leftovers)


def sweep_beside(path: Path) -> int:
    """Remove the leftovers beside a path of killed exports to it, or to files with the same ending."""
    name, ending = re.escape(path.name[:200]), re.escape(path.suffix[-20:])
    pattern = re.compile(rf"\.{name}\.[0-9a-f]{{8}}\.part|\.[0-9a-f]{{8}}\.part{ending}", re.S)
    return sum(remove(leftover) for leftover in _named([path.parent], pattern))


def remove(path: Path, young: float | None = None) -> bool:
    """Remove one leftover, unless it is another user's, recent, or in use; return whether it is gone."""
    try:
        status = path.lstat()
        if (
            status.st_uid != os.getuid()
            or time.time() - status.st_mtime < (YOUNG if young is None else young)
            or is_held(path)
        ):
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
    """Make a temporary folder; it is removed at the end, or at a later start where this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY))
    try:
        with held(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _at(workspace: Path, place: str) -> list[Path]:
    return list(workspace.glob(place)) if place else [workspace]


def _named(folders: list[Path], name: re.Pattern[str]) -> list[Path]:
    matching: list[Path] = []
    for folder in folders:
        with contextlib.suppress(OSError):
            matching += [entry for entry in folder.iterdir() if name.fullmatch(entry.name)]
    return matching


def _folders(root: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink()]
    return []


def _orphans(cache: Path) -> list[Path]:
    """Return files of image caches that no manifest names: their build was killed between two renames."""
    orphans: list[Path] = []
    for folder in cache.glob("images/*/*"):
        files = [*folder.glob("pixels-*.npy"), *folder.glob("records-*.npz")]
        named: set[str] = set()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            named = {str(value) for value in json.loads((folder / "manifest.json").read_text("utf-8")).values()}
        orphans += [file for file in files if file.name not in named]
    return orphans
