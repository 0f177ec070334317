"""The images of a data set: encoded, decoded, and all decoded once into a memory-mapped array."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.config import RAW
from auditor.data.dataset import Dataset
from auditor.data.formats.base import get_format
from auditor.data.images import generations, jpegs
from auditor.data.images.build import Build, Cancelled, DecodingCancelledError, Progress
from auditor.data.images.decode_worker import content_digest
from auditor.data.images.forget import forget
from auditor.data.images.generations import Generation, Int64s, Records
from auditor.data.images.held_of_root import family
from auditor.data.images.imagefile import SCALED, decode_bytes, read_file
from auditor.data.images.jpegs import Pixels
from auditor.data.problems import Problem, Problems, printable
from auditor.errors import DataError

__all__ = ["DecodingCancelledError", "ImageCache", "decode", "decoding_problems", "forget_gone", "read_encoded"]

SMALLEST, LARGEST = 8, 1024

YOUNG = 2_000_000_000
"""Nanoseconds for which a file's time is not trusted: it may be written again within the clock's tick."""


def read_encoded(dataset: Dataset, row: int) -> bytes:
    """Return the original bytes of an image, for display or a hash.

    Raises:
        ImageError: The file cannot be read or leads out of the root.
    """
    path = dataset.paths[row]
    return read_file(dataset.root, path) if path else get_format(dataset.format).read_image(dataset, row)


def decode(dataset: Dataset, row: int, size: int | None = None) -> NDArray[np.uint8]:
    """An image's pixels, upright RGB: uint8 [H, W, 3], or [size, size, 3].

    Raises:
        ImageError: It cannot be read or decoded.
    """
    return decode_bytes(read_encoded(dataset, row), printable(str(dataset.names[row]), 200), size)[0]


@dataclass(frozen=True, eq=False)
class ImageCache:
    """Every image of a data set at one size, decoded once; many processes may read it at the same time.

    Attributes:
        array: uint8 [N, S, S, 3] RGB, in row order, a mapped array or one that decodes JPEG records as they are read;
            an image that cannot be read is grey (127).
        ok: bool [N], False for images that cannot be read: leave those out of training.
        problems: The unreadable images, and animations, with the label file's line where there is one.
        digests: int64 [N], a number of each image file's content (0 where it cannot be read).
        folder: Where it lies.
    """

    array: Pixels
    ok: NDArray[np.bool_]
    problems: tuple[Problem, ...]
    digests: Int64s
    folder: Path

    @classmethod
    def open(
        cls,
        dataset: Dataset,
        size: int,
        cache_dir: Path,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        form: str = RAW,
    ) -> ImageCache:
        """Open the cache, decoding what is new or changed since it was made.

        An image counts as changed when its file's size or time differ and then its content does. Label files that name
        the same images in the same order share a cache. Raw pixels and JPEG records are caches of their own.

        Args:
            dataset: The data set whose images are decoded.
            size: Side of the squares in pixels, 8 to 1024.
            cache_dir: The workspace's cache folder.
            progress: Called as `progress(done, total, text)`.
            cancelled: Asked often; when it says True, `DecodingCancelledError` is raised and the work is kept.
            form: `raw` pixels or `jpeg` records (`config.CACHE_FORMATS`), a quarter as large and slightly different.

        Raises:
            DataError: The cache cannot be written, or is compressed and damaged.
        """
        if not SMALLEST <= size <= LARGEST:
            raise DataError(f"The cache cannot hold images of {size} pixels; choose {SMALLEST} to {LARGEST}.")
        ids, sizes, mtimes = _stamps(dataset)
        kind = "" if form == RAW else f"jpeg{jpegs.QUALITY}"
        folder = family(dataset.root, cache_dir) / f"{size}{kind}-{_order(ids)}"
        generation = generations.load(folder)
        if generation is None or not generation.records.same_stamps(sizes, mtimes).all():
            records = Records.blank(ids, sizes, mtimes)
            generation = _refresh(
                Build(dataset, size, folder, records, progress, cancelled, form), dataset, folder, cancelled
            )
            forget_gone(dataset, cache_dir)  # this size is right now; the others must not keep what it lost
        return cls(
            array=generation.open(),
            ok=generation.records.ok,
            problems=_problems(dataset, generation.records),
            digests=generation.records.digests,
            folder=folder,
        )


def forget_gone(dataset: Dataset, cache_dir: Path) -> int:
    """Remove from the caches of a data set what its source no longer has: deleted and replaced images.

    Args:
        dataset: The data set as it is now.
        cache_dir: The workspace's cache folder.

    Returns:
        How many images were removed, each cache counted by itself.
    """
    home = family(dataset.root, cache_dir)
    if not home.is_dir():
        return 0
    ids, _ = _ids(dataset)
    rows = {name: row for row, name in enumerate(ids)}
    root, now = dataset.root, time.time_ns()

    @cache
    def stamp(file: str) -> tuple[int, int]:
        return _stamp(Path(root, file), now)

    def digest(name: str) -> int:
        try:
            alone = "\0" not in name
            data = read_file(root, name) if alone else read_encoded(dataset, rows[name])
            return int(content_digest(data))
        except (DataError, KeyError):
            return 0

    return forget(home, stamp, digest, {_order(ids): ids})


def decoding_problems(dataset: Dataset, cache_dir: Path) -> tuple[Problem, ...]:
    """Return the problems of the last decoding, at any size; nothing is decoded here.

    Args:
        dataset: The data set whose images are decoded.
        cache_dir: The workspace's cache folder.

    Returns:
        The unreadable images and the animations, where the images were decoded and have not become others since then;
        and, decoded or not, every image whose file is gone since the data set was opened.
    """
    manifests = [
        (path.stat().st_mtime_ns, path) for path in family(dataset.root, cache_dir).glob(f"*/{generations.MANIFEST}")
    ]
    recorded = _recorded(dataset, tuple(sorted(manifests)))
    listed = {(problem.file, problem.line) for problem in recorded}
    return (*recorded, *(problem for problem in _gone(dataset) if (problem.file, problem.line) not in listed))


def _gone(dataset: Dataset) -> list[Problem]:
    """Find the images whose files are missing; each folder is listed once, because 100,000 checks would be slow."""
    folders: dict[Path, set[str]] = {}
    problems = Problems()
    for row, name in enumerate(map(str, dataset.paths)):
        if not name:  # it lies within the label file
            continue
        path = dataset.root / name
        if path.parent not in folders:
            folders[path.parent] = {entry.name for entry in os.scandir(path.parent)} if path.parent.is_dir() else set()
        if path.name not in folders[path.parent]:
            message = (
                f"{printable(name, 200)} is gone since the data set was opened; put it back, or open the data anew"
            )
            problems.add(dataset.source_of(row) or name, int(dataset.lines[row]) or None, "missing-image", message)
    return list(problems.freeze())


@lru_cache(maxsize=4)  # a page asks at every turn, and 300,000 names take a second
def _recorded(dataset: Dataset, manifests: tuple[tuple[int, Path], ...]) -> tuple[Problem, ...]:
    order = _order(_ids(dataset)[0])
    folders = [path.parent for _, path in manifests if path.parent.name.endswith(f"-{order}")]
    generation = generations.load(folders[-1]) if folders else None
    return (
        ()
        if generation is None or len(generation.records.ok) != len(dataset)
        else _problems(dataset, generation.records)
    )


def _refresh(build: Build, dataset: Dataset, folder: Path, cancelled: Cancelled | None) -> Generation:
    """Bring a cache up to date, one process at a time."""

    def waiting() -> None:
        if cancelled and cancelled():
            raise DecodingCancelledError(
                "Decoding was cancelled while another process decoded the same images; start again."
            )

    records = build.records
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with generations.lock(folder, waiting):
            current = generations.load(folder)
            if current is not None:
                old = np.flatnonzero(~current.records.same_stamps(records.sizes, records.mtimes))
                if not _changed_content(dataset, current.records, old):
                    old_records = current.records
                    new_records = Records(
                        old_records.ids,
                        records.sizes,
                        records.mtimes,
                        old_records.digests,
                        old_records.ok,
                        old_records.remarks,
                    )
                    return generations.save(folder, current.pixels, new_records)
            return build.run(_donors(folder, current))
    except OSError as error:
        raise DataError(
            f"The image cache in {folder} cannot be written ({error.strerror}); free some space or choose another "
            "workspace."
        ) from error


def _changed_content(dataset: Dataset, records: Records, rows: NDArray[np.intp]) -> bool:
    """Whether any of these files, whose size or time differs, holds something else than before."""
    for row in rows:
        try:
            digest = content_digest(read_encoded(dataset, int(row)))
        except DataError:
            digest = 0
        if digest != records.digests[row]:
            return True
    return False


def _donors(folder: Path, previous: Generation | None) -> list[Generation]:
    """Caches of the same root and size: this one as it was, and those of other selections of its images."""
    size = folder.name.partition("-")[0]
    others = (generations.load(path) for path in sorted(folder.parent.glob(f"{size}-*")) if path != folder)
    return [donor for donor in (previous, *others) if donor is not None]


def _order(ids: list[str]) -> str:
    return hashlib.blake2b("\0".join(ids).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _ids(dataset: Dataset) -> tuple[list[str], NDArray[np.object_]]:
    """Return the images' identifiers and files."""
    files = get_format(dataset.format).image_files(dataset)
    triples = zip(files, dataset.paths, dataset.names, strict=True)
    return [file if path else f"{file}\0{name}" for file, path, name in triples], files


def _stamps(dataset: Dataset) -> tuple[list[str], Int64s, Int64s]:
    """Return the images' identifiers, and the size (int64 [N]) and time (int64 [N], ns) of each file."""
    ids, files = _ids(dataset)
    root, now = str(dataset.root), time.time_ns()
    stamp_of: dict[str, tuple[int, int]] = {}
    for file in files:
        if file not in stamp_of:
            stamp_of[file] = _stamp(Path(root, file), now)
    stamps = np.array([stamp_of[file] for file in files], dtype=np.int64).reshape(-1, 2)
    return ids, stamps[:, 0], stamps[:, 1]


def _stamp(path: Path, now: int) -> tuple[int, int]:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return -1, 0
    return status.st_size, -1 if now - status.st_mtime_ns < YOUNG else status.st_mtime_ns


def _problems(dataset: Dataset, records: Records) -> tuple[Problem, ...]:
    problems = Problems()
    for row in sorted(records.remarks):
        kind = "scaled-image" if SCALED in records.remarks[row] else "animated-image"
        kind = kind if records.ok[row] else "unreadable-image"
        line = int(dataset.lines[row]) or None
        problems.add(dataset.source_of(row) or dataset.paths[row], line, kind, records.remarks[row])
    return problems.freeze()
