"""Take images out of a version of the evidence: their names, their numbers, their pairs of duplicates.

Tables and arrays keep their shapes, because every other number in them refers to a place. An erased image has an empty
name, which is no image's, so `alignment.aligned` leaves it out like one that is gone from the data set.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor import writing
from auditor.config import Workspace
from auditor.errors import EvidenceError
from auditor.evidence import choice, schema, versions
from auditor.evidence.versions import EvidenceVersion
from auditor.store.naming import composed

if TYPE_CHECKING:
    import pandas as pd

_TABLE, _MAP, _PAIRS, _UNSCORED = "table.parquet", "map.parquet", "duplicates.parquet", "unscored.json"
_KEPT = (schema.ROW, schema.GIVEN, schema.IN_FILE, schema.SCORED)  # columns that say where, not what


def every(workspace: Workspace, key: str) -> list[EvidenceVersion]:
    """Return every version of a data set's evidence, to be erased from."""
    return versions.versions(workspace, key)


def files_of(version: EvidenceVersion, names: Collection[str]) -> list[Path]:
    """Return the files of a version that hold something of these images.

    Raises:
        EvidenceError: Its files cannot be read.
    """
    wanted = {composed(name) for name in names}
    files: list[Path] = []
    places = _places(version, wanted)
    if len(places):
        files += [version.folder / _TABLE, *_arrays(version), *version.folder.glob(_MAP)]
    pairs = _pairs(version)
    if pairs is not None and _named(pairs, wanted).any():
        files.append(version.folder / _PAIRS)
    if wanted & set(map(composed, version.unscored)):
        files.append(version.folder / _UNSCORED)
    return files


def copies_of(version: EvidenceVersion, names: Collection[str]) -> set[str]:
    """Return the names of other images that the evidence found to be exact or near duplicates of these.

    Raises:
        EvidenceError: Its files cannot be read.
    """
    wanted, pairs = {composed(name) for name in names}, _pairs(version)
    if pairs is None:
        return set()
    matching = pairs[_named(pairs, wanted)]
    return {name for name in (*matching["name"], *matching["other_name"]) if composed(str(name)) not in wanted}


def erase(version: EvidenceVersion, names: Collection[str]) -> None:
    """Overwrite everything that a version holds of these images.

    Raises:
        EvidenceError: A file cannot be read or written.
    """
    wanted = {composed(name) for name in names}
    try:
        places, pairs = _places(version, wanted), _pairs(version)
        if len(places):
            _blank(version, places)
        if pairs is not None and _named(pairs, wanted).any():
            _write(version.folder / _PAIRS, pairs[~_named(pairs, wanted)])
        left = [name for name in version.unscored if composed(name) not in wanted]
        if len(left) < len(version.unscored):
            writing.write_text(version.folder / _UNSCORED, json.dumps(left))
    except OSError as error:
        raise EvidenceError(
            f"Evidence {version.name} cannot be rewritten ({error.strerror or error}); check who may write to "
            f"{version.folder}."
        ) from error


def rename_chooser(file: Path, name: str, new: str) -> bool:
    """Replace the name of an erased annotator in a choice of evidence; return whether it was there.

    Raises:
        OSError: The file cannot be written.
    """
    if chooser(file) != name:
        return False
    content = json.loads(file.read_text(encoding="utf-8"))
    writing.write_text(file, json.dumps(content | {"by": new}, indent=1, ensure_ascii=False), sync=True)
    return True


def chooser(file: Path) -> str:
    """Return who made a choice of evidence last; '' where there is none."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8")).get("by", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def choice_file(home: Path) -> Path:
    """Return the file in which people's choice of evidence is kept."""
    return home / choice.FILE


def _blank(version: EvidenceVersion, places: NDArray[np.int64]) -> None:
    table = version.table.copy()
    for column in table.columns:
        if column == schema.NAME:
            table.loc[table.index[places], column] = ""
        elif column not in _KEPT:
            table.iloc[places, table.columns.get_loc(column)] = table[column].dtype.type(0)
    for file in _arrays(version):
        array = np.load(file, mmap_mode="r+")
        array[places] = version.rows[places, None] if file.name == "neighbours.npy" else 0
        array.flush()
    for file in version.folder.glob(_MAP):
        placed = version.map.copy()
        placed.iloc[places, 1:] = np.float32(0)
        _write(file, placed)
    _write(version.folder / _TABLE, table)  # last: the name is what finds the places when this is tried again


def _arrays(version: EvidenceVersion) -> Iterator[Path]:
    """Every array with one entry for each table row."""
    for file in sorted(version.folder.glob("*.npy")):
        shape = np.load(file, mmap_mode="r").shape
        if shape and shape[0] == len(version.table):
            yield file


def _places(version: EvidenceVersion, wanted: Collection[str]) -> NDArray[np.int64]:
    return np.flatnonzero([composed(str(name)) in wanted for name in version.table[schema.NAME]])


def _pairs(version: EvidenceVersion) -> pd.DataFrame | None:
    if not (version.folder / _PAIRS).exists() or "other_name" not in version.duplicates:
        return None
    return version.duplicates


def _named(pairs: pd.DataFrame, wanted: Collection[str]) -> NDArray[np.bool_]:
    sides = [[composed(str(name)) in wanted for name in pairs[side]] for side in ("name", "other_name")]
    return np.logical_or(np.array(sides[0], np.bool_), np.array(sides[1], np.bool_))


def _write(file: Path, table: Any) -> None:
    with writing.replacing(file) as aside:
        table.to_parquet(aside, index=False)
