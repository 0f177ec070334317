"""Text files that are compressed with gzip (`labels.csv.gz`): read as what is inside, written back compressed."""

from __future__ import annotations

import errno
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from auditor.data.files.remembered import until_changed
from auditor.errors import DataError

SUFFIX = ".gz"

LARGEST = 2**30
"""The maximum number of unpacked bytes."""

LEVEL: Final = 6
"""How hard `pack` compresses: a table of pixels takes a minute at 9, and is hardly smaller."""

PIECE: Final = 2**16
"""Packed bytes that are read at a time."""

STEP: Final = 2**22
"""Unpacked bytes between two places from which `read_inside` can begin."""


def inner_suffix(name: str) -> str:
    """The lower-case ending that says what a file holds: '.csv' for 'a.CSV' and for 'a.csv.gz'."""
    path = Path(name.lower())
    return Path(path.stem).suffix if path.suffix == SUFFIX else path.suffix


def is_packed(name: str) -> bool:
    """Whether a file's name says that it is compressed."""
    return name.lower().endswith(SUFFIX)


def unpack(data: bytes, file: str, largest: int = LARGEST, *, part: bool = False) -> bytes:
    """The bytes inside, where the name says that the file is compressed; otherwise `data` itself.

    Args:
        data: The file's bytes.
        file: Its name.
        largest: The maximum number of unpacked bytes: a small file can unpack to a full disk.
        part: Whether `data` may be the beginning of a file only.

    Raises:
        DataError: The file is damaged, or holds more than `largest` bytes.
    """
    if not is_packed(file):
        return data
    content, unpacker = b"", _unpacker()
    try:
        while len(content) <= largest:
            content += unpacker.decompress(data, largest + 1 - len(content))
            data = unpacker.unused_data.lstrip(b"\0")
            if not (unpacker.eof and data):
                break
            unpacker = _unpacker()  # a file may be several of them, one after the other
    except zlib.error as error:
        raise DataError(f"The file {file} is no whole gzip file ({error}); compress it anew.") from error
    if part:
        return content[:largest]
    if len(content) > largest:
        raise DataError(f"The file {file} holds more than {largest:,} bytes; unpack and split it.")
    if not unpacker.eof:
        raise DataError(f"The file {file} ends before its content does; compress it anew.")
    return content


def pack(data: bytes, name: str) -> bytes:
    """Bytes as the file of this name holds them; the same bytes always give the same file."""
    if not is_packed(name):
        return data
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=LEVEL, mtime=0, filename="") as file:
        file.write(data)
    return buffer.getvalue()


def open_inside(path: Path) -> BinaryIO:
    """Open a file to read what is inside from its beginning; a damaged one raises OSError, EOFError or zlib.error."""
    return io.BufferedReader(gzip.GzipFile(path, "rb")) if is_packed(path.name) else path.open("rb")


def read_inside(path: Path, offset: int, size: int) -> bytes:
    """Read a part of what is inside a file, without unpacking all that is before it.

    Args:
        path: The file.
        offset: Where the part begins, in unpacked bytes.
        size: How long it is.

    Raises:
        OSError: The file cannot be read.
        DataError: There is no such file.
    """
    if not is_packed(path.name):
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)
    place = max((each for each in _places(path) if each.inside <= offset), key=lambda each: each.inside)
    content = bytearray()
    with path.open("rb") as file:
        file.seek(place.packed)
        for piece, _ in _pieces(file, place.unpacker.copy()):
            content += piece
            if place.inside + len(content) >= offset + size:
                break
    return bytes(content[offset - place.inside : offset - place.inside + size])


@dataclass(frozen=True)
class _Place:
    """A state of unpacking: how many bytes came out, where the next packed one stands, and the unpacker."""

    inside: int
    packed: int
    unpacker: Any


@until_changed(2)
def _places(path: Path) -> list[_Place]:
    """Places from which a packed file can be read, `STEP` unpacked bytes apart."""
    places, inside = [_Place(0, 0, _unpacker())], 0
    with path.open("rb") as file:
        for piece, now in _pieces(file, _unpacker()):
            inside += len(piece)
            if inside - places[-1].inside >= STEP:
                places.append(_Place(inside, file.tell(), now.copy()))
    return places


def _pieces(file: BinaryIO, unpacker: Any) -> Iterator[tuple[bytes, Any]]:
    """What comes out of a packed file from here on, with the unpacker after each piece."""
    while packed := file.read(PIECE):
        content = b""
        try:
            while packed:
                content += unpacker.decompress(packed)
                packed = unpacker.unused_data.lstrip(b"\0")
                unpacker = _unpacker() if unpacker.eof else unpacker
        except zlib.error as error:
            raise OSError(errno.EIO, f"no whole gzip file: {error}") from error
        yield content, unpacker


def _unpacker() -> Any:
    return zlib.decompressobj(wbits=31)
