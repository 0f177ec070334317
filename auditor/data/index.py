"""The index of a data set: its columns in one file, valid while none of its source files has changed.

What is checked is the size and time of every label file and the time of every folder that was listed (a folder's time
changes when a file in it comes, goes or is renamed), never the images one by one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.data.dataset import Choice, Content, Dataset, LabelSet, dataset_key
from auditor.data.images import cache as images
from auditor.data.problems import Problem

VERSION = 5
"""Greater whenever a format reads the same files otherwise: an index of before would keep what was wrong."""

YOUNG = 2_000_000_000
"""Nanoseconds for which a file's time is not trusted: it may be written again within the clock's tick."""

_ARRAYS = ("split", "labels", "lines", "source", "valence_arousal")
_TUPLES = ("classes", "codes", "notes", "sources", "watched")

Stamp = list[int]


def load(cache: Path, root: Path, format: str, label_file: str, read: Callable[[], Dataset]) -> Dataset:
    """A data set from its index, or read anew and indexed; then its image caches lose what its source has lost.

    Args:
        cache: The workspace's cache folder.
        root: Resolved folder of the data set.
        format: Its format's name.
        label_file: Its label file.
        read: Reads it from the label files themselves.
    """
    file = index_file(cache, root, format, label_file)
    indexed = _load(file, root, format, label_file)
    if indexed is not None:
        return indexed
    began = time.time_ns()
    dataset = read()
    # Before the index counts: while it does, no file came or went since then.
    images.forget_gone(dataset, cache)
    stamps = [_stamp(root / watched) for watched in dataset.watched]
    if dataset.watched and all(began - stamp[1] > YOUNG for stamp in stamps):
        _save(file, dataset, stamps)
    return dataset


def index_file(cache: Path, root: Path, format: str, label_file: str) -> Path:
    """Return the file of the index of a place, whether it is there or not."""
    return cache / "index" / f"{dataset_key(root, format, label_file)}.npz"


def _stamp(path: Path) -> Stamp:
    """Size (0 for a folder: some file systems change it at will) and time in nanoseconds; -1, 0 where it is missing."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return [-1, 0]
    return [0 if path.is_dir() else status.st_size, status.st_mtime_ns]


def _save(file: Path, dataset: Dataset, stamps: Sequence[Stamp]) -> None:
    """Write the index aside, then rename it into place; a cache that cannot be written is no reason to fail."""
    meta: dict[str, Any] = {name: list(getattr(dataset, name)) for name in _TUPLES}
    meta |= {"version": VERSION, "stamps": list(stamps), "title": dataset.title}
    meta["identity"] = [str(dataset.root), dataset.format, dataset.label_file]
    meta["problems"] = [dataclasses.astuple(problem) for problem in dataset.problems]
    meta["choices"] = [dataclasses.astuple(choice) for choice in dataset.choices]
    meta["sets"] = [s.name for s in dataset.label_sets]
    meta["key"], meta["content"] = dataset.key, dataset.content and dataclasses.astuple(dataset.content)
    arrays: dict[str, NDArray[Any]] = {"said": _pack([json.dumps(meta)])}
    arrays |= {"names": _pack(dataset.names), "paths": _pack(dataset.paths)}
    arrays |= {name: array for name in _ARRAYS if (array := getattr(dataset, name)) is not None}
    for place, label_set in enumerate(dataset.label_sets):
        arrays[f"set_{place}"] = label_set.labels
        if label_set.probs is not None:
            arrays[f"probs_{place}"] = label_set.probs
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with writing.replacing(file, sync=True) as aside, aside.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]


def _load(file: Path, root: Path, format: str, label_file: str) -> Dataset | None:
    """The indexed data set, or None where there is none, it is damaged, or something changed."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            meta = json.loads(_unpack(stored["said"])[0])
            identity = [str(root), format, label_file]
            if meta["version"] != VERSION or meta["identity"] != identity:
                return None
            if [_stamp(root / watched) for watched in meta["watched"]] != meta["stamps"]:
                return None
            sets = [
                LabelSet(name, stored[f"set_{place}"], stored.get(f"probs_{place}"))
                for place, name in enumerate(meta["sets"])
            ]
            columns: dict[str, Any] = {name: stored.get(name) for name in _ARRAYS}
            columns |= {name: tuple(meta[name]) for name in _TUPLES}
            return Dataset(
                root=root,
                format=format,
                label_file=label_file,
                key=meta["key"],
                content=_content(meta["content"]),
                title=meta["title"],
                names=np.array(_unpack(stored["names"]), dtype=object),
                paths=np.array(_unpack(stored["paths"]), dtype=object),
                label_sets=tuple(sets),
                problems=tuple(Problem(*problem) for problem in meta["problems"]),
                choices=tuple(_choice(*choice) for choice in meta["choices"]),
                **columns,
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def remembered(cache: Path, root: Path, format: str, label_file: str) -> tuple[list[str], list[str]] | None:
    """Return the names and the classes of the images of a place as they were when they were last read there.

    Args:
        cache: The workspace's cache folder.
        root: The folder; it may be gone.
        format: Its format's name.
        label_file: Its label file.

    Returns:
        One name and one class of each image; None where the index is not there.
    """
    file = index_file(cache, root, format, label_file)
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            meta = json.loads(_unpack(stored["said"])[0])
            if meta["identity"] != [str(root), format, label_file]:
                return None
            return _unpack(stored["names"]), [meta["classes"][label] for label in stored["labels"]]
    except (OSError, ValueError, KeyError, TypeError, LookupError, EOFError, zipfile.BadZipFile):
        return None


def _content(stored: Sequence[Any] | None) -> Content | None:
    if stored is None:
        return None
    names, labels, sample = stored
    return Content(names, labels, tuple((name, digest) for name, digest in sample))


def _choice(what: str, chosen: str, why: str, alternatives: Sequence[str], close: bool, role: str) -> Choice:
    return Choice(what, chosen, why, tuple(alternatives), close, role)


def _pack(texts: Sequence[str] | NDArray[np.object_]) -> NDArray[np.uint8]:
    """Texts as bytes with NULs between: no name can hold one."""
    return np.frombuffer("\0".join(texts).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _unpack(data: NDArray[np.uint8]) -> list[str]:
    return data.tobytes().decode("utf-8", "surrogatepass").split("\0")
