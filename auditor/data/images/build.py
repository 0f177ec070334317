"""Fill an image cache: copy what an earlier one holds and decode the rest; it can be killed at any moment.

Results go to a log beside the pixels, after the pixels they speak of have reached the disk; the next build reads the
log and goes on. Only a whole cache gets a manifest.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.config import RAW
from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.images import generations, jpegs
from auditor.data.images.decode_pool import DecodePool
from auditor.data.images.decode_worker import Result, decode_file, decode_into
from auditor.data.images.generations import Generation, Records, Writable
from auditor.data.images.jpegs import JpegPixels
from auditor.data.problems import printable
from auditor.errors import DataError, finding
from auditor.plural import counted

Progress = Callable[[int, int, str], None]
Cancelled = Callable[[], bool]

BUILDING, LOG = "building.npy", "building.log"

LARGE = 10**9
"""Bytes from which a cache's size is reported before it is decoded."""

FEW = 200
"""Images that are decoded in this process: starting others takes longer."""

SETTLE = 5.0
"""Seconds of decoding after which the results are put on the disk."""


def spoken(size: int) -> str:
    """Return a number of bytes in words: '45.2 GB', '3.1 MB'."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


class DecodingCancelledError(DataError):
    """The caller asked to stop; what was decoded is kept for the next time."""


class Build:
    """One build of the cache of a data set at one size.

    Args:
        dataset: The data set whose images are decoded.
        size: Side in pixels.
        folder: The cache folder.
        records: Ids and current stamps of the images; filled as they are decoded.
        progress: Called with images done, images in all, and what is being done.
        cancelled: Asked often.
        form: Raw pixels or JPEG records (`config.CACHE_FORMATS`).
    """

    def __init__(
        self,
        dataset: Dataset,
        size: int,
        folder: Path,
        records: Records,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        form: str = RAW,
    ) -> None:
        self._dataset, self._size, self._folder, self.records = dataset, size, folder, records
        self._raw = form == RAW
        self._building = folder / (BUILDING if self._raw else f"building{jpegs.SUFFIX}")
        self._progress, self._cancelled = progress or (lambda *_: None), cancelled or (lambda: False)
        self._done = np.zeros(len(records.ids), np.bool_)
        self._unsettled: list[Result] = []
        self._settled_at = time.monotonic()

    def run(self, donors: Sequence[Generation]) -> Generation:
        """Build and make it current.

        Args:
            donors: Earlier caches of the same data set and size, the most trusted first.

        Raises:
            DecodingCancelledError: The caller asked to stop.
            OSError: The disk is full or read-only.
        """
        building = self._building
        if not self._resume(building):
            self._require_room()
            generations.create_pixels(building, len(self.records.ids), self._size)
            self._start_log()
        pixels = generations.opened(building, writing=True)
        for donor in donors:
            self._copy(donor, pixels)
        total, text = len(self._done), "decoding images"
        if self._bytes >= LARGE:
            text += f" into {self._space} at {self._folder}"
        self._progress(int(self._done.sum()), total, text)
        for results in self._decode(np.flatnonzero(~self._done), pixels):
            self._take(results, pixels)
            self._progress(int(self._done.sum()), total, text)
            if self._cancelled():
                break
        self._settle(pixels)
        if not self._done.all():
            raise DecodingCancelledError("Decoding was cancelled; what is done is kept for the next time.")
        self._close(pixels)
        del pixels
        finished = self._folder / f"pixels-{secrets.token_hex(4)}{building.suffix}"
        building.replace(finished)
        (self._folder / LOG).unlink()
        return generations.save(self._folder, finished, self.records)

    @property
    def _bytes(self) -> int:
        """Size of the whole cache; of JPEG records an estimate."""
        return int(len(self.records.ids) * self._size**2 * (3 if self._raw else jpegs.BYTES))

    @property
    def _space(self) -> str:
        """Size of the whole cache in words."""
        words = spoken(self._bytes)
        return words if self._raw else f"about {words} (JPEG of quality {jpegs.QUALITY}, pixels differ slightly)"

    def _close(self, pixels: Writable) -> None:
        if isinstance(pixels, JpegPixels):
            pixels.blank(np.flatnonzero(~self.records.ok))  # also those that crashed a decoder, which wrote nothing
            pixels.close()

    def _require_room(self) -> None:
        """Refuse to begin what the disk cannot hold: the file is sparse, so it would be full only after an hour.

        Raises:
            DataError: States what is needed and what is free.
        """
        free = shutil.disk_usage(self._folder).free
        if self._bytes > free:
            raise DataError(
                f"To decode {counted(len(self.records.ids), 'image')} at {self._size} pixels takes "
                f"{self._space}, and "
                f"{spoken(free)} are free at {self._folder}; free some space, name a folder on a larger disk with "
                f"AUDITOR_CACHE, {'keep JPEG with --cache-format jpeg, ' if self._raw else ''}or choose a smaller "
                "image size."
            )

    def _decode(self, rows: NDArray[np.intp], pixels: Writable) -> Iterator[list[Result]]:
        """Results for these rows, some at a time."""
        paths = self._dataset.paths
        alone = rows[paths[rows] == ""]
        files = rows[paths[rows] != ""]
        for row in alone:
            yield [self._decode_archived(int(row), pixels)]
        if len(alone):
            generations.flush(pixels)  # or the processes that come now would wait for this one
        tasks = [(int(row), str(paths[row])) for row in files]
        if len(tasks) <= FEW:
            for row, path in tasks:
                yield [decode_file(pixels, row, self._dataset.root, path)]
        else:
            yield from DecodePool(self._dataset.root, self._building).run(tasks, self._cancelled)

    def _decode_archived(self, row: int, pixels: Writable) -> Result:
        """An image that lives inside an archive file: its format reads it."""
        try:
            data = get_format(self._dataset.format).read_image(self._dataset, row)
        except DataError as error:
            generations.blank(pixels, [row])
            return row, 0, False, finding(error)
        return decode_into(pixels, row, data, printable(str(self._dataset.names[row]), 200))

    def _copy(self, donor: Generation, pixels: Writable) -> None:
        """Take over the images that an earlier cache has, of files that have not changed since."""
        theirs = {name: row for row, name in enumerate(donor.records.ids)}
        match = np.array([theirs.get(name, -1) for name in self.records.ids], dtype=np.intp)
        targets = np.flatnonzero((match >= 0) & ~self._done)
        donors = match[targets]
        same = donor.records.sizes[donors] == self.records.sizes[targets]
        same &= (donor.records.mtimes[donors] == self.records.mtimes[targets]) & (self.records.mtimes[targets] >= 0)
        targets, donors = targets[same], donors[same]
        if not len(targets):
            return
        source = donor.open()
        for start in range(0, len(targets), 1024):
            part = slice(start, start + 1024)
            if isinstance(pixels, JpegPixels):
                assert isinstance(source, JpegPixels)  # a cache of another form has another folder
                pixels.copy(targets[part], source, donors[part])
            else:
                pixels[targets[part]] = source[donors[part]]
            if self._cancelled():
                raise DecodingCancelledError("Decoding was cancelled while an earlier cache was copied; start again.")
        self.records.digests[targets] = donor.records.digests[donors]
        self.records.ok[targets] = donor.records.ok[donors]
        remarks = donor.records.remarks
        self.records.remarks.update(
            {int(m): remarks[int(o)] for m, o in zip(targets, donors, strict=True) if o in remarks}
        )
        self._done[targets] = True
        generations.flush(pixels)

    def _take(self, results: list[Result], pixels: Writable) -> None:
        """Collect results; they are written to disk every `SETTLE` seconds."""
        for result in results:
            self._keep(result)
        self._unsettled += results
        if time.monotonic() - self._settled_at > SETTLE:
            self._settle(pixels)

    def _keep(self, result: Result) -> None:
        """Note what became of one image."""
        row, digest, ok, message = result
        self.records.digests[row], self.records.ok[row], self._done[row] = digest, ok, True
        if message:
            self.records.remarks[row] = message

    def _settle(self, pixels: Writable) -> None:
        """Write the pixels first, then the log lines about them."""
        generations.flush(pixels)
        with (self._folder / LOG).open("a", encoding="utf-8") as log:
            for row, digest, ok, message in self._unsettled:
                stamp = (int(self.records.sizes[row]), int(self.records.mtimes[row]))
                log.write(json.dumps([row, *stamp, digest, ok, message]) + "\n")
            log.flush()
            os.fsync(log.fileno())
        self._unsettled.clear()
        self._settled_at = time.monotonic()

    def _head(self) -> str:
        return json.dumps({"version": generations.VERSION, "rows": len(self.records.ids), "size": self._size})

    def _start_log(self) -> None:
        (self._folder / LOG).write_text(self._head() + "\n", "utf-8")

    def _resume(self, building: Path) -> bool:
        """Read the log of a build that was killed; a torn last line is left out. False where there is none to go on."""
        try:
            lines = (self._folder / LOG).read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return False
        if lines[0] != self._head() or not building.exists():
            return False
        for line in lines[1:]:
            try:
                row, size, mtime, digest, ok, message = json.loads(line)
                if mtime >= 0 and (size, mtime) == (self.records.sizes[row], self.records.mtimes[row]):
                    self._keep((row, digest, ok, message))
            except (ValueError, IndexError, TypeError):
                continue
        return True
