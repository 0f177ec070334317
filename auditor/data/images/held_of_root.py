"""What the caches hold of the images below one folder, whichever data set was opened there."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path

from auditor.data.images import generations


def family(root: Path, cache_dir: Path) -> Path:
    """Return the folder of every cache of the images under one root.

    Args:
        root: The data set's folder.
        cache_dir: The workspace's cache folder.
    """
    digest = hashlib.blake2b(str(root).encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    return cache_dir / "images" / digest


def ids(root: Path, cache_dir: Path) -> set[str]:
    """Return what tells the cached images apart: their files below the root, or archive and name with a NUL between."""
    folder = family(root, cache_dir)
    generations_here = [generations.load(each) for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    return {name for generation in generations_here if generation is not None for name in generation.records.ids}


def follow(before: Path, now: Path, cache_dir: Path) -> None:
    """Give the caches of a folder that moved to where it is now; where there are caches already, delete the old ones.

    What cannot be moved or deleted stays, and costs nothing but space.

    Args:
        before: The folder that is gone.
        now: Where its images are.
        cache_dir: The workspace's cache folder.
    """
    old, new = family(before, cache_dir), family(now, cache_dir)
    with contextlib.suppress(OSError):
        if old.is_dir() and not new.exists():
            old.rename(new)
        elif old.is_dir():
            shutil.rmtree(old)
