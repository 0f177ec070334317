"""Listings of image files: one system call for each folder, and nothing outside the root.

A link is followed only when its target is inside the data set's root; others are listed as 'outside-root'.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

from auditor.data.problems import Problems, printable

IMAGE_SUFFIXES = frozenset(
    (
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif",
        ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".avif",
    )
)  # fmt: skip
"""Endings (lower case) of files that count as images."""

LEFTOVERS = frozenset(("__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", "__pycache__"))
"""Folders that systems leave beside a person's own files; like hidden ones they hold nothing of a data set."""

DEEPEST = 32
"""The maximum depth of folders that are searched."""

Found = TypeVar("Found")

_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@dataclass(slots=True)
class Listing:
    """The entries of one folder, by name.

    Attributes:
        files: Names of the files that may be read.
        folders: Names of the folders that may be entered.
        outside: Names of links that lead out of the root.
    """

    files: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)


@contextmanager
def one_look(*, anew: bool = False) -> Iterator[None]:
    """Within it, each folder is listed once: a dozen formats look at the same ones, which may hold a million images.

    Args:
        anew: Use nothing of a look that this one is part of: what was seen then may be gone by now.
    """
    outer = _seen.get()
    token = _seen.set({} if outer is None or anew else outer)
    try:
        yield
    finally:
        _seen.reset(token)


def seen_once(what: Hashable, look: Callable[[], Found]) -> Found:
    """Return what `look` found when it was first called for `what` within `one_look`; nobody may change it."""
    kept = _seen.get()
    if kept is None:
        return look()
    if what not in kept:
        kept[what] = look()
    found: Found = kept[what]
    return found


def is_image(name: str) -> bool:
    """Whether a file of this name counts as an image."""
    dot = name.rfind(".")
    return dot > 0 and name[dot - 1] != "/" and (name[dot:] in IMAGE_SUFFIXES or name[dot:].lower() in IMAGE_SUFFIXES)


def is_leftover(name: str) -> bool:
    """Whether a file or folder is hidden or left by a system: '._x.jpg', '@eaDir', '__MACOSX', 'Thumbs.db'."""
    return name.startswith(".") or name in LEFTOVERS or name in ("Thumbs.db", "desktop.ini")


def split_suffix(name: str) -> tuple[str, str]:
    """'a/b.jpg' -> ('a/b', '.jpg'); ('.hidden', '') where there is no ending. A Path an entry is 5 times as slow."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem.rpartition("/")[2] and "/" not in suffix else (name, "")


def is_inside(path: Path, root: Path) -> bool:
    """Return whether a path, with every link resolved, is inside the resolved folder `root`."""
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL in the name
        return False


def leaves_root(name: str) -> bool:
    """Whether an image's name in a label file is absolute or climbs out of its folder, on any system."""
    if ".." not in name and name[:1] not in "/\\" and ":" not in name:
        return False
    paths = (PurePosixPath(name), PureWindowsPath(name))
    return any(path.is_absolute() or path.drive or path.root or ".." in path.parts for path in paths)


def list_folder(root: Path, folder: str, problems: Problems | None = None) -> Listing:
    """List one folder of a data set; nobody may change the listing.

    Args:
        root: The resolved root.
        folder: The folder relative to it.
        problems: Where to list a folder that cannot be read or is a link out of the root; see `list_outside` for files.

    Returns:
        What is in it; empty where it is missing, unreadable or leads out of the root.
    """
    kept = _seen.get()
    found = None if kept is None else kept.get((root, folder))
    if isinstance(found, Listing):
        return found
    listing = Listing()
    path = root / folder
    if folder and not is_inside(path, root):
        if problems is not None:
            message = f"the folder is a link that leads out of {root}: open the folder that really holds the images"
            problems.add(folder, None, "outside-root", message)
        return listing
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    listing.files.add(entry.name)
                else:
                    _sort_in(entry, root, listing)
    except (FileNotFoundError, ValueError):  # ValueError: a name that no file can have
        return listing
    except OSError as error:
        if problems is not None:
            problems.add(folder or ".", None, "unreadable-folder", f"the folder cannot be read ({error.strerror})")
        return listing
    if kept is not None:  # only what could be read: what could not is listed among the problems each time
        kept[root, folder] = listing
    return listing


def holds_image(root: Path, folder: str, deepest: int = 4) -> bool:
    """Whether a folder holds an image at any depth; stops at the first one, however large the folder is."""
    if folder and not is_inside(root / folder, root):
        return False
    below = []
    try:
        with os.scandir(root / folder) as entries:
            for entry in entries:
                if is_leftover(entry.name):
                    continue
                if is_image(entry.name) and entry.is_file():
                    return True
                if entry.is_dir():
                    below.append(entry.name)
    except (OSError, ValueError):
        return False
    return deepest > 0 and any(holds_image(root, join(folder, name), deepest - 1) for name in sorted(below)[:1000])


def list_outside(folder: str, listing: Listing, problems: Problems) -> None:
    """List the links of a folder that lead out of the root."""
    for name in sorted(listing.outside):
        message = f"{printable(name)} is a link that leads out of the data set's folder: it is not read"
        problems.add(join(folder, name), None, "outside-root", message)


def _sort_in(entry: os.DirEntry[str], root: Path, listing: Listing) -> None:
    if entry.is_symlink() and not is_inside(Path(entry.path), root):
        listing.outside.add(entry.name)
    elif entry.is_symlink() and _leads_up(Path(entry.path)):
        return  # all that is in it is found where it really is
    elif entry.is_dir():
        listing.folders.append(entry.name)
    elif entry.is_file():
        listing.files.add(entry.name)


def _leads_up(path: Path) -> bool:
    """Whether a link leads to a folder that it is in itself."""
    try:
        return path.parent.resolve().is_relative_to(path.resolve())
    except (OSError, RuntimeError):
        return True


def walk(root: Path, folder: str = "", problems: Problems | None = None) -> Iterator[tuple[str, Listing]]:
    """Every folder below `folder`, itself first, in the order of their names; hidden ones are left out.

    A folder that several links lead to is visited once.
    """
    visited: set[tuple[int, int]] = set()
    stack = [(folder, 0)]
    while stack:
        here, depth = stack.pop()
        try:
            status = (root / here).stat()
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in visited:
            continue
        visited.add((status.st_dev, status.st_ino))
        listing = list_folder(root, here, problems)
        if problems is not None:
            list_outside(here, listing, problems)
        yield here, listing
        if depth < DEEPEST:
            below = sorted((name for name in listing.folders if not is_leftover(name)), reverse=True)
            stack.extend((join(here, name), depth + 1) for name in below)


def encodable(path: str) -> str:
    r"""A path as a name that UTF-8 can hold: bytes that are no text become '\xff'."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def join(folder: str, name: str) -> str:
    """A path relative to the root, with forward slashes."""
    return f"{folder}/{name}" if folder else name
