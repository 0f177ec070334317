"""Files that appear whole or not at all: written beside their place, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = False) -> Iterator[Path]:
    """Yield a path to write; leaving without an error renames the file to `path`, whatever was there.

    The yielded path is new, is in the same folder, and ends like `path`, because numpy and pandas choose by the ending.
    After an error nothing is left of it and `path` is as it was.

    Args:
        path: The file to make or to replace; its folder exists.
        sync: Whether the bytes must be on the disk before the name is: a file that nothing else can bring back.

    Raises:
        OSError: It cannot be written.
    """
    aside = path.with_name(f".{secrets.token_hex(4)}.part{path.suffix[-20:]}")
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
        OSError: It cannot be written; what was there before stays.
    """
    with replacing(path, sync=sync) as aside, aside.open("xb") as file:
        file.write(data)


def write_text(path: Path, text: str, *, sync: bool = False) -> None:
    """Write a UTF-8 file whole or not at all; see `write`."""
    write(path, text.encode("utf-8"), sync=sync)
