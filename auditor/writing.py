"""Write files atomically: to a temporary file in the same folder, then renamed into place."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = False) -> Iterator[Path]:
    """Yield a path to write; leaving without an error renames that file to `path`, replacing what was there.

    The yielded path is new, in the same folder, and has the suffix of `path`, because numpy and pandas choose the
    format by it. After an error the file is deleted and `path` is unchanged.

    Args:
        path: The file to make or replace; its folder exists.
        sync: Whether the bytes must be on the disk before the rename, for files that cannot be made again.

    Raises:
        OSError: It cannot be written.
    """
    aside = _beside(path)
    try:
        yield aside
        if sync:
            with aside.open("rb") as file:
                os.fsync(file.fileno())
        aside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def write(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: It cannot be written; the file that was there before is unchanged.
    """
    with replacing(path, sync=sync) as aside, aside.open("xb") as file:
        file.write(data)


def write_text(path: Path, text: str, *, sync: bool = False) -> None:
    """Write a UTF-8 file whole or not at all; see `write`."""
    write(path, text.encode("utf-8"), sync=sync)


def create(path: Path, data: bytes) -> bool:
    """Write a file for its owner alone, whole and only where none is; return False where another process was first.

    Raises:
        OSError: It cannot be written.
    """
    aside = _beside(path)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.link(aside, path)
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
    return True


def _beside(path: Path) -> Path:
    """A new name in the same folder; custody/leftovers.py knows it by its form."""
    return path.with_name(f".{secrets.token_hex(4)}.part{path.suffix[-20:]}")
