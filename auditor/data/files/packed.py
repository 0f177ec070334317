"""Text files that are compressed with gzip (`labels.csv.gz`): read as what is inside, written back compressed."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from auditor.errors import DataError

SUFFIX = ".gz"

LARGEST = 2**30
"""The maximum number of unpacked bytes."""


def inner_suffix(name: str) -> str:
    """The lower-case ending that says what a file holds: '.csv' for 'a.CSV' and for 'a.csv.gz'."""
    path = Path(name.lower())
    return Path(path.stem).suffix if path.suffix == SUFFIX else path.suffix


def unpack(data: bytes, shown: str, largest: int = LARGEST, *, part: bool = False) -> bytes:
    """The bytes inside, where the name says that the file is compressed; otherwise `data` itself.

    Args:
        data: The file's bytes.
        shown: Its name.
        largest: The maximum number of unpacked bytes: a small file can unpack to a full disk.
        part: Whether `data` may be the beginning of a file only.

    Raises:
        DataError: The file is damaged, or holds more than `largest` bytes.
    """
    if not shown.lower().endswith(SUFFIX):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(data, largest + 1)
    except zlib.error as error:
        raise DataError(f"The file {shown} is no whole gzip file ({error}); compress it anew.") from error
    if part:
        return content[:largest]
    if len(content) > largest:
        raise DataError(f"The file {shown} holds more than {largest:,} bytes; unpack and split it.")
    if not unpacker.eof:
        raise DataError(f"The file {shown} ends before its content does; compress it anew.")
    return content


def pack(data: bytes, shown: str) -> bytes:
    """Bytes as the file of this name holds them; the same bytes always give the same file."""
    if not shown.lower().endswith(SUFFIX):
        return data
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as file:
        file.write(data)
    return buffer.getvalue()
