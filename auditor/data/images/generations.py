"""The files of one image cache: pixels, a record for each image, and a manifest that names both.

The manifest is replaced in one step, so a reader sees the old pair or the new one; a pixel file that is no longer
named is deleted, which a reader that has it mapped does not notice.
"""

from __future__ import annotations

import json
import os
import secrets
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.data.images import jpegs
from auditor.data.images.jpegs import GREY, JpegPixels

VERSION = 2
MANIFEST = "manifest.json"

Int64s = NDArray[np.int64]
Writable = NDArray[np.uint8] | JpegPixels


@dataclass(eq=False)
class Records:
    """The decoding records of N images.

    Attributes:
        ids: What tells the images of a data set apart: their paths, or archive and name.
        sizes: int64 [N], bytes of the file, -1 where it is missing.
        mtimes: int64 [N], nanoseconds, -1 where the file is too young for its time to be trusted.
        digests: int64 [N], of the encoded content.
        ok: bool [N], decoded.
        remarks: What there is to say, by row.
    """

    ids: list[str]
    sizes: Int64s
    mtimes: Int64s
    digests: Int64s
    ok: NDArray[np.bool_]
    remarks: dict[int, str] = field(default_factory=dict)

    @classmethod
    def blank(cls, ids: list[str], sizes: Int64s, mtimes: Int64s) -> Records:
        """Nothing decoded yet."""
        return cls(ids, sizes, mtimes, np.zeros(len(ids), np.int64), np.zeros(len(ids), np.bool_))

    def same_stamps(self, sizes: Int64s, mtimes: Int64s) -> NDArray[np.bool_]:
        """Whether each file's size and time are as they were: bool [N]."""
        same: NDArray[np.bool_] = (self.sizes == sizes) & (self.mtimes == mtimes) & (mtimes >= 0)
        return same


@dataclass(eq=False)
class Generation:
    """A finished pair of pixels and records."""

    pixels: Path
    records: Records

    def open(self) -> Writable:
        """The pixels, uint8 [N, S, S, 3], to read.

        Raises:
            DataError: They are compressed, and the file is damaged.
        """
        return opened(self.pixels)


def load(folder: Path) -> Generation | None:
    """The current generation of a cache folder, or None where there is none that can be used."""
    for _ in range(5):
        try:
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
            if manifest["version"] != VERSION:
                return None
            with (folder / manifest["records"]).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                header = json.loads(stored["text"].tobytes())
                columns = (stored["sizes"], stored["mtimes"], stored["digests"], stored["ok"])
            pixels = folder / manifest["pixels"]
            if pixels.stat().st_size != manifest["bytes"] or any(len(c) != len(header["ids"]) for c in columns):
                return None
            remarks = {int(row): text for row, text in header["remarks"].items()}
            return Generation(pixels, Records(header["ids"], *columns, remarks))
        except FileNotFoundError:
            if not (folder / MANIFEST).exists():
                return None
            time.sleep(0.05)  # replaced between two of our reads: the new manifest is there
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None
    return None


def save(folder: Path, pixels: Path, records: Records) -> Generation:
    """Make a pair the current one; `pixels` is already in the folder."""
    name = f"records-{secrets.token_hex(4)}.npz"
    text = json.dumps({"ids": records.ids, "remarks": records.remarks}).encode("ascii")
    with (folder / name).open("wb") as file:
        np.savez(
            file,
            sizes=records.sizes,
            mtimes=records.mtimes,
            digests=records.digests,
            ok=records.ok,
            text=np.frombuffer(text, dtype=np.uint8),
        )
        os.fsync(file.fileno())
    manifest = {"version": VERSION, "pixels": pixels.name, "records": name, "bytes": pixels.stat().st_size}
    writing.write_text(folder / MANIFEST, json.dumps(manifest), sync=True)
    for old in (*folder.glob("records-*.npz"), *folder.glob("pixels-*")):
        if old.name != name and not old.name.startswith(pixels.name):  # SQLite keeps a journal beside its file
            old.unlink(missing_ok=True)
    return Generation(pixels, records)


def opened(path: Path, *, writing: bool = False) -> Writable:
    """Open a file of pixels, uint8 [N, S, S, 3]: an .npy file, mapped, or one of JPEG records by its suffix.

    Args:
        path: The file.
        writing: Whether it may be written to.

    Raises:
        DataError: It is one of JPEG records, and damaged.
    """
    if path.suffix == jpegs.SUFFIX:
        return JpegPixels(path)
    pixels: NDArray[np.uint8] = np.load(path, mmap_mode="r+" if writing else "r")
    return pixels


def blank(pixels: Writable, rows: Iterable[int]) -> None:
    """Make these images grey.

    Raises:
        OSError: The file cannot be written.
    """
    if isinstance(pixels, np.ndarray):
        pixels[list(rows)] = GREY
    else:
        pixels.blank(rows)


def flush(pixels: Writable) -> None:
    """Put what was written on the disk.

    Raises:
        OSError: The disk is full or read-only.
    """
    assert isinstance(pixels, np.memmap | JpegPixels)
    pixels.flush()


def create_pixels(path: Path, count: int, size: int) -> None:
    """Make a file for uint8 [N, S, S, 3]. The space of an .npy file is really there: a full disk is an error now.

    Raises:
        OSError: The disk is full or read-only.
    """
    if path.suffix == jpegs.SUFFIX:
        JpegPixels.create(path, count, size)
        return
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, size, size, 3))
    del array
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


@contextmanager
def lock(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Lock the cache for one builder; `waiting()` is called regularly and may raise. Exiting frees the lock."""
    import fcntl

    with (folder / "lock").open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(0.2)
        yield
