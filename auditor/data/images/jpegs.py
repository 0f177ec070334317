"""Pixels of many images kept as JPEG files in one SQLite file: a fraction of the disk, decoded again at every read.

A file that is a JPEG of the wanted size already is kept as it is and loses nothing. Others are compressed at `QUALITY`
without reducing the colours' resolution, which changes their pixels slightly.
"""

from __future__ import annotations

import errno
import io
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from types import EllipsisType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from auditor.data.images.imagefile import decode_bytes
from auditor.data.images.processors import processors
from auditor.errors import DataError, ImageError

QUALITY = 95
"""Of the JPEG records, as Pillow counts it."""

BYTES = 0.75
"""Bytes that a pixel's record takes at most, for photographs of faces; 3 as raw pixels."""

SUFFIX = ".sqlite"
GREY = 127
"""Every pixel of an image that cannot be read."""

PATIENCE = 60.0
"""Seconds to wait for another process that writes."""

ALONE = 8
"""Images from which a read is shared among threads."""

Index = int | slice | EllipsisType | NDArray[Any]


class Pixels(Protocol):
    """Decoded images uint8 [N, S, S, 3], read by number, slice or array: an array, or something that decodes them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, S, S, 3)."""

    def __len__(self) -> int:
        """N."""

    def __getitem__(self, index: Any, /) -> NDArray[np.uint8]:
        """Return these images."""


class JpegPixels:
    """Decoded images uint8 [N, S, S, 3] that are kept as JPEG records.

    Threads and processes may read at the same time. Of several that write, each waits for the others.

    Attributes:
        path: The file.
        shape: (N, S, S, 3).
        dtype: uint8, as in an array.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.dtype = path, np.dtype(np.uint8)
        self._lock = threading.Lock()
        try:
            self._file = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE, check_same_thread=False
            )
            self._file.execute("PRAGMA secure_delete = ON")  # an erased face is overwritten, not only unlisted
            count, size = self._file.execute("SELECT images, size FROM about").fetchone()
        except (sqlite3.Error, TypeError) as error:
            raise self._damaged(str(error)) from error
        self.shape = (int(count), int(size), int(size), 3)

    @staticmethod
    def create(path: Path, count: int, size: int) -> None:
        """Make an empty file for `count` images of `size` pixels a side.

        Raises:
            OSError: It cannot be written.
        """
        path.unlink(missing_ok=True)
        try:
            file = sqlite3.connect(path)
            with file:
                file.execute("CREATE TABLE about (images INTEGER, size INTEGER)")
                file.execute("CREATE TABLE images (row INTEGER PRIMARY KEY, jpeg BLOB NOT NULL)")
                file.execute("INSERT INTO about VALUES (?, ?)", (count, size))
            file.close()
        except sqlite3.Error as error:
            raise OSError(errno.EIO, str(error)) from error

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Index) -> NDArray[np.uint8]:
        """Return the images of a number, a slice or an array of numbers.

        Raises:
            DataError: A record is missing or damaged.
        """
        rows = self._rows[index]
        out = np.empty((*rows.shape, *self.shape[1:]), np.uint8)
        self.read_into(rows.reshape(-1), out.reshape(-1, *self.shape[1:]))
        return out

    def read_into(self, rows: NDArray[np.integer], out: NDArray[np.uint8]) -> None:
        """Decode these images into `out`, uint8 [n, S, S, 3].

        Raises:
            DataError: A record is missing or damaged.
        """

        def decode(place: int, row: int, record: bytes) -> None:
            out[place] = self._decoded(row, record)

        wanted = rows.tolist()
        records = self._records(wanted)
        if len(wanted) < ALONE:
            for each in zip(range(len(wanted)), wanted, records, strict=True):
                decode(*each)
        else:
            list(self._threads.map(decode, range(len(wanted)), wanted, records))

    def write(self, row: int, image: NDArray[np.uint8], source: bytes) -> None:
        """Keep an image, uint8 [S, S, 3], or the file it was decoded from where that is a JPEG of the same size.

        Raises:
            OSError: The disk is full or read-only.
        """
        self._put([(row, source if _is_jpeg_of(source, self.shape[1]) else compressed(image))])

    def blank(self, rows: Iterable[int]) -> None:
        """Make images grey; what was kept of them is overwritten.

        Raises:
            OSError: The file cannot be written.
        """
        self._put([(int(row), b"") for row in rows])

    def copy(self, rows: NDArray[np.intp], source: JpegPixels, theirs: NDArray[np.intp]) -> None:
        """Take over records of another file as they are."""
        self._put(list(zip(rows.tolist(), source._records(theirs.tolist()), strict=True)))

    def flush(self) -> None:
        """Put what was written on the disk.

        Raises:
            OSError: The disk is full or read-only.
        """
        try:
            with self._lock:
                self._file.commit()
        except sqlite3.Error as error:
            raise OSError(errno.EIO, str(error)) from error

    def close(self) -> None:
        """Close the file; only needed before it is renamed."""
        self.flush()
        self._file.close()

    @cached_property
    def _rows(self) -> NDArray[np.intp]:
        return np.arange(len(self))

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(processors(), thread_name_prefix="jpegs")

    def _put(self, records: list[tuple[int, bytes]]) -> None:
        try:
            with self._lock:
                self._file.executemany("INSERT OR REPLACE INTO images VALUES (?, ?)", records)
        except sqlite3.Error as error:
            raise OSError(errno.EIO, str(error)) from error

    def _records(self, rows: list[int]) -> list[bytes]:
        records = []
        try:
            with self._lock:
                for row in rows:
                    found = self._file.execute("SELECT jpeg FROM images WHERE row = ?", (row,)).fetchone()
                    if found is None:
                        raise self._damaged(f"image {row} is missing")
                    records.append(found[0])
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error
        return records

    def _decoded(self, row: int, record: bytes) -> NDArray[np.uint8]:
        if not record:
            return np.full(self.shape[1:], GREY, np.uint8)
        try:
            return decode_bytes(record, f"{row}", self.shape[1])[0]
        except ImageError as error:
            raise self._damaged(f"image {row} cannot be decoded") from error

    def _damaged(self, why: str) -> DataError:
        return DataError(
            f"The compressed image cache {self.path} is damaged ({why}); delete the folder {self.path.parent}, and "
            "it is made again."
        )


def compressed(image: NDArray[np.uint8]) -> bytes:
    """Return an image, uint8 [H, W, 3], as a JPEG file of `QUALITY`, its colours at full resolution."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def _is_jpeg_of(data: bytes, size: int) -> bool:
    """Whether a file that was decoded before is a JPEG of these pixels a side."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            return image.format == "JPEG" and image.size == (size, size)
    except UnidentifiedImageError:
        return False
