"""Read regular files of bounded size only: no pipe that blocks, no endless device, no file larger than memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, largest: int) -> bytes:
    """Read the bytes of a regular file, at most `largest` of them.

    Raises:
        OSError: It is missing, not readable, not a regular file or too large; the reason is in `strerror`.
        ValueError: No file can have this name.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > largest:
            raise OSError(errno.EFBIG, f"{status.st_size:,} bytes, more than the {largest:,} that are read")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(largest)
    finally:
        os.close(descriptor)


def reason(error: OSError | RuntimeError | ValueError) -> str:
    """Return why a file could not be read, in a few words."""
    return getattr(error, "strerror", None) or str(error)
