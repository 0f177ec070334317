"""The data sets, the store and the evidence that this process holds open, shared by every session and route."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from auditor.config import Workspace
from auditor.custody import roots
from auditor.data.align.sources import prune
from auditor.data.changed import times, what_changed
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.errors import DataError, EvidenceError
from auditor.evidence import choice, versions
from auditor.evidence.alignment import aligned
from auditor.evidence.versions import EvidenceVersion
from auditor.recent import Recent
from auditor.store.recognising import Recognised
from auditor.store.store import Store
from auditor.training.erasing import forget_portraits
from auditor.ui.state.columns import Columns
from auditor.ui.state.columns import build as build_columns
from auditor.ui.state.overlay import Overlay

KEPT = 3

_lock = threading.RLock()
_locks: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)
_stores: dict[Path, Store] = {}
_datasets: Recent[tuple[Path, str], _Opened] = Recent(KEPT)
_folders: Recent[tuple[Path, str], tuple[Dataset, tuple[int, ...]]] = Recent(KEPT)
_evidence: Recent[Path, EvidenceVersion] = Recent(KEPT)
_columns: Recent[tuple[str, str, int], Columns] = Recent(KEPT)
_overlays: Recent[tuple[Path, str, int], Overlay] = Recent(KEPT)


@dataclass(frozen=True)
class _Opened:
    dataset: Dataset
    stamp: tuple[tuple[int, int], ...]


def store(workspace: Workspace) -> Store:
    """The workspace's store, opened once in this process.

    Raises:
        ConfigError: The workspace cannot be written to.
        StoreError: The database cannot be reached.
    """
    with _lock:
        if workspace.path not in _stores:
            _stores[workspace.path] = Store.open(workspace)
        return _stores[workspace.path]


def add(workspace: Workspace, dataset: Dataset) -> Recognised:
    """Register a data set that was just opened, and keep it; return it under the key by which the workspace knows it.

    Raises:
        DataError: It is outside of the folders that this server opens.
    """
    roots.check_data(workspace, dataset.root)
    recognised = store(workspace).datasets.register(dataset)
    dataset = recognised.dataset
    _forget(workspace, dataset)
    _datasets.put((workspace.path, dataset.key), _Opened(dataset, _stamp(dataset)))
    return recognised


def folder_changed(workspace: Workspace, key: str) -> bool:
    """Return whether files came or went in the folders of a data set that is open here since a page first asked.

    A label file that was edited is read again by itself (`find`). Folders are not: they may hold a million images, and
    may be in the middle of being copied.
    """
    place = (workspace.path, key)
    cached = _datasets.get(place)
    if cached is None:
        return False
    now, first_seen = times(cached.dataset), _folders.get(place)
    if first_seen is None or first_seen[0] is not cached.dataset:
        first_seen = _folders.put(place, (cached.dataset, now))
    return first_seen[1] != now


def read_again(workspace: Workspace, key: str) -> str:
    """Read a data set again from its files, and return a sentence on the images that came and went.

    Raises:
        DataError: It can no longer be read.
    """
    before = _datasets.get((workspace.path, key))
    _datasets.drop((workspace.path, key))
    read = find(workspace, key)
    if before is None or read is None:
        return ""
    store(workspace).datasets.register(read)
    return what_changed(before.dataset.names.tolist(), read.names.tolist())


def knows(workspace: Workspace, key: str) -> bool:
    """Return whether a data set was opened in this workspace; ask the database only for one that is not open here."""
    return (workspace.path, key) in _datasets or store(workspace).datasets.find(key) is not None


def find(workspace: Workspace, key: str) -> Dataset | None:
    """Return the data set with that key, read again where its label file changed; None where it was never opened.

    Raises:
        DataError: It was opened once, and can no longer be read.
    """
    place = (workspace.path, key)
    cached = _datasets.get(place)
    if cached is not None and cached.stamp == _stamp(cached.dataset):
        return cached.dataset
    record = store(workspace).datasets.find(key)
    if record is None:
        return None
    with _building(place):  # two sessions that need the same data set read it once
        cached = _datasets.get(place)
        if cached is not None and cached.stamp == _stamp(cached.dataset):
            return cached.dataset
        root = roots.check_data(workspace, record.root)
        if not root.exists():
            raise DataError(f"The data set's folder {root} is no longer there; put it back or open another one.")
        labels = record.label_file or None
        try:
            dataset = open_dataset(root, label_file=labels, format=record.format, cache=workspace.cache)
        except OSError as error:  # a folder that is being moved or deleted while it is read
            raise DataError(
                f"The data set's folder {root} cannot be read ({error.strerror}); check it and reload the page."
            ) from error
        recognised = store(workspace).datasets.recognise(dataset)
        if recognised.dataset.key != key:
            raise DataError(
                f"The folder {root} holds another data set now; open it on the Data page to see what is in it."
            )
        dataset = recognised.dataset
        _forget(workspace, dataset)
        return _datasets.put(place, _Opened(dataset, _stamp(dataset))).dataset


def _forget(workspace: Workspace, dataset: Dataset) -> None:
    """Remove what was made of images that the data set has lost."""
    forget_portraits(workspace.runs, dataset)
    prune(workspace.path / "aligned" / dataset.key, dataset)


def _building(place: Hashable) -> threading.Lock:
    """Return the lock of one object that takes long to read, so that others can be read meanwhile."""
    with _lock:
        return _locks[place]


def _stamp(dataset: Dataset) -> tuple[tuple[int, int], ...]:
    """Return times and sizes that change when a label file is edited or removed; empty for folders of images."""
    return tuple(_time_and_size(dataset.root / source) for source in dataset.sources)


def _time_and_size(file: Path) -> tuple[int, int]:
    try:
        state = file.stat()
    except OSError:
        return 0, -1
    return state.st_mtime_ns, state.st_size


def forget_all() -> None:
    """Close what is open; tests call this between two servers in one process."""
    with _lock:
        for open_store in _stores.values():
            open_store.close()
        _stores.clear()
        for cache in (_datasets, _folders, _evidence, _columns, _overlays):
            cache.clear()


def evidence(workspace: Workspace, dataset: Dataset, name: str | None = None) -> EvidenceVersion | None:
    """Return the evidence of `version`, aligned with the rows and class numbers of the data set; None for none.

    Raises:
        EvidenceError: The version's files cannot be read.
    """
    evidence_version = version(workspace, dataset.key, name)
    return None if evidence_version is None else aligned(evidence_version, dataset)


def named_evidence(workspace: Workspace, dataset: Dataset, name: str) -> EvidenceVersion:
    """Return exactly the version that a page was drawn from, and never another in its place.

    Raises:
        EvidenceError: It is not there (any more), or its files cannot be read.
    """
    evidence = version(workspace, dataset.key, name)
    if evidence is None or evidence.name != name:
        raise EvidenceError(f"Evidence {name} of this data set was deleted; reload the page to see the one in use.")
    return aligned(evidence, dataset)


def version(workspace: Workspace, key: str, name: str | None = None) -> EvidenceVersion | None:
    """Return a data set's evidence as it is on the disk, to read its name; use `evidence` for its content.

    It is the version in use where none is named (or the named one no longer exists); None where there is none. The
    object of a version is cached, because it caches its tables.
    """
    evidence_version = (versions.get(workspace, key, name) if name else None) or choice.in_use(workspace, key)
    if evidence_version is None:
        return None
    return _evidence.first(evidence_version.folder, evidence_version)


def columns(dataset: Dataset, version: EvidenceVersion | None) -> Columns:
    """Return the columns to filter and sort by, built once for each version of the evidence."""
    stamp = id(dataset)  # a data set that was read again may have other rows
    place = (dataset.key, "" if version is None else str(version.folder), stamp)
    with _building(place):
        cached = _columns.get(place)
        table = None if cached is not None or version is None else aligned(version, dataset).table
        return cached or _columns.put(place, build_columns(dataset, table))


def overlay(workspace: Workspace, dataset: Dataset) -> Overlay:
    """Return the current decisions on a data set as arrays."""
    place = (workspace.path, dataset.key, id(dataset))
    state = store(workspace).decisions.state(dataset.key)
    cached = _overlays.get(place)
    if cached is None or cached.source is not state:
        cached = _overlays.put(place, Overlay.empty(len(dataset), state))
    return cached.update(dataset, state)


def reread() -> None:
    """Drop what is read of data sets, evidence and decisions, after an erasure; the database stays open."""
    with _lock:
        for cache in (_datasets, _folders, _evidence, _columns, _overlays):
            cache.clear()
