"""Where a data set's eye positions come from, and which files an aligned copy needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.data.align.eyes import Eyes, manual_eyes, npy_eyes, table_eyes
from auditor.data.dataset import Dataset
from auditor.data.files.listing import join, leaves_root, list_folder
from auditor.data.formats import affectnet, affectnet2, rafdb
from auditor.data.problems import Problems
from auditor.errors import DataError, finding

PROTOCOL_FILE: Final = "aligned.json"
ANNOTATIONS: Final = "Annotation/manual"
ORIGINALS: Final = ("Image/original", "Image/original/imgs")
LOOKED_AT: Final = 50
"""Rows that are checked to find out whether a data set has eye positions."""


@dataclass(frozen=True)
class Face:
    """One face to align.

    Attributes:
        source: Its picture, relative to the data set's root.
        target: Where the aligned one goes, relative to the new root.
        eyes: In pixels of the picture.
        file: What to name in a problem.
        line: Its line there, 0 for none.
        beside: Files that are copied with it (annotations of its own), relative to both roots.
    """

    source: str
    target: str
    eyes: Eyes
    file: str
    line: int
    beside: tuple[str, ...] = ()


def why_not(dataset: Dataset) -> str:
    """Return why the faces cannot be aligned, in one sentence; '' where they can. Reads a few files only."""
    if (dataset.root / PROTOCOL_FILE).is_file():
        return "These faces are aligned already: this data set was made by the alignment."
    check = {
        rafdb.RafDb.name: _why_not_rafdb,
        affectnet.AffectNet.name: _why_not_affectnet,
        affectnet2.AffectNet2.name: _why_not_affectnet2,
    }.get(dataset.format)
    if check is None:
        return "This data set has no eye positions for an alignment; its faces are used as they are."
    return check(dataset)


def _why_not_rafdb(dataset: Dataset) -> str:
    names = dataset.names[:LOOKED_AT]
    notes = any((dataset.root / ANNOTATIONS / _note(name)).is_file() for name in names)
    originals = any((dataset.root / folder / name).is_file() for folder in ORIGINALS for name in names)
    if notes and originals:
        return ""
    return (
        f"Alignment needs {ANNOTATIONS}/*_manu_attri.txt and {ORIGINALS[0]}/*.jpg, which are not here; "
        "the faces are used as they are."
    )


def _why_not_affectnet(dataset: Dataset) -> str:
    if any(path.startswith("myaligned/") for path in dataset.paths[:1]):
        return "These faces are aligned already (myaligned/); they are used as they are."
    for file in dataset.sources:
        columns = affectnet.columns_of(dataset.root / file)
        if columns is None or affectnet.LANDMARKS not in columns:
            return f"{file} has no column {affectnet.LANDMARKS} to align by; the faces are used as they are."
    return ""


def _why_not_affectnet2(dataset: Dataset) -> str:
    names = dataset.names[:LOOKED_AT]
    if any((dataset.root / affectnet2.annotation_path(name, "lnd")).is_file() for name in names):
        return ""
    return "There are no landmarks (annotations/*_lnd.npy) to align by; the faces are used as they are."


def find_faces(dataset: Dataset, problems: Problems) -> Iterator[Face]:
    """Yield every face that can be aligned; list the others as problems.

    Raises:
        DataError: There are no eyes or no originals.
    """
    obstacle = why_not(dataset)
    if obstacle:
        raise DataError(f"The faces of {dataset.title} cannot be aligned. {obstacle}")
    find: dict[str, Callable[[Dataset, Problems], Iterator[Face]]] = {
        rafdb.RafDb.name: _rafdb_faces,
        affectnet.AffectNet.name: _affectnet_faces,
        affectnet2.AffectNet2.name: _affectnet2_faces,
    }
    return find[dataset.format](dataset, problems)


def _note(name: str) -> str:
    return f"{Path(name).stem}_manu_attri.txt"


def _rafdb_faces(dataset: Dataset, problems: Problems) -> Iterator[Face]:
    """Yield faces whose eyes RAF-DB's annotators marked in the original pictures."""
    notes = list_folder(dataset.root, ANNOTATIONS).files
    originals = {folder: list_folder(dataset.root, folder).files for folder in ORIGINALS}
    for row, name in enumerate(dataset.names):
        file, line = dataset.source_of(row), int(dataset.lines[row])
        note = _note(name)
        home = next((folder for folder in ORIGINALS if name in originals[folder]), None)
        if home is None:
            problems.add(file, line, "missing-image", f"{name} is not in {ORIGINALS[0]}: it is left out")
        elif note not in notes:
            problems.add(file, line, "missing-eyes", f"{note} is not in {ANNOTATIONS}: {name} is left out")
        else:
            try:
                eyes = manual_eyes(dataset.root / ANNOTATIONS / note)
            except DataError as error:
                problems.add(file, line, "missing-eyes", f"{finding(error)}: {name} is left out")
                continue
            yield Face(join(home, name), f"Image/myaligned/imgs/{name}", eyes, file, line)


def _affectnet_faces(dataset: Dataset, problems: Problems) -> Iterator[Face]:
    """Yield faces whose 68 landmarks are in AffectNet's lists."""
    eyes: dict[str, Eyes | str] = {}
    for file in dataset.sources:
        columns = affectnet.columns_of(dataset.root / file)
        if columns is None:
            raise DataError(f"The file {file} has changed since the data set was opened; open the data set again.")
        pair = (columns[affectnet.IMAGE], columns[affectnet.LANDMARKS])
        for name, position in table_eyes(dataset.root / file, file, pair):
            eyes.setdefault(name, position)
    for row, name in enumerate(dataset.names):
        position = eyes.get(name, "it has no landmarks")
        file, line = dataset.source_of(row), int(dataset.lines[row])
        if isinstance(position, str) or leaves_root(name):
            problems.add(file, line, "missing-eyes", f"{position}: {name} is left out")
        else:
            yield Face(dataset.paths[row], f"myaligned/{name}", position, file, line)


def _affectnet2_faces(dataset: Dataset, problems: Problems) -> Iterator[Face]:
    """Yield faces whose 68 landmarks are in a file per image; the annotations are copied too."""
    files = {source: list_folder(dataset.root, source).files for source in dataset.sources}
    for row, name in enumerate(dataset.names):
        source = dataset.source_of(row)
        paths = {kind: affectnet2.annotation_path(name, kind) for kind in ("exp", "val", "aro", "lnd")}
        present = {kind: path for kind, path in paths.items() if path.rpartition("/")[2] in files[source]}
        try:
            if "lnd" not in present:
                raise DataError(f"The file {paths['lnd']} is not there; put it back.")
            eyes = npy_eyes(dataset.root / present["lnd"])
        except DataError as error:
            problems.add(paths["lnd"], None, "missing-eyes", f"{finding(error)}: {name} is left out")
            continue
        # The original landmarks do not fit the aligned picture.
        beside = tuple(present[kind] for kind in ("exp", "val", "aro") if kind in present)
        yield Face(dataset.paths[row], name, eyes, paths["lnd"], 0, beside)


def label_files(dataset: Dataset) -> list[str]:
    """List the label files that are copied with the faces."""
    if dataset.format == rafdb.RafDb.name:
        files = list_folder(dataset.root, rafdb.LABEL_FOLDER).files
        return [join(rafdb.LABEL_FOLDER, name) for name in sorted(files) if name.endswith(".txt")]
    if dataset.format == affectnet2.AffectNet2.name:
        return []  # they are copied with each face
    return [file for file in dataset.sources if not Path(file).is_absolute()]
