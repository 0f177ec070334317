"""Where FER2013's and FER+'s tables are, and the split of their rows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS, Choice, Dataset
from auditor.data.files.listing import join, list_folder
from auditor.data.files.packed import SUFFIX as PACKED
from auditor.data.files.packed import inner_suffix
from auditor.data.formats import ferplus_files as files
from auditor.data.formats.selection import NONE
from auditor.data.formats.splits import TEST, TRAIN, VALID, pattern_of, split_of, split_of_path, split_of_root

PIXELS, VOTES = "fer2013.csv", "fer2013new.csv"

PREPARED: Final = {"FER2013Train": TRAIN, "FER2013Valid": VALID, "FER2013Test": TEST}
"""The split of each folder of the prepared form."""

MOST_FILES: Final = 50
"""The maximum number of tables that are searched."""


def pixels_of(root: Path) -> list[str]:
    """Tables of pixels in the root, fer2013.csv first, then those of training rows."""
    names = [name for name in _tables(root) if name == PIXELS or files.is_pixels(root / name)]
    return sorted(names, key=lambda name: (name != PIXELS, split_of(name) or 0, name))


def votes_of(root: Path) -> list[str]:
    """Tables of votes in the root, fer2013new.csv first."""
    names = [name for name in _tables(root) if name == VOTES or files.is_votes(root / name)]
    return sorted(names, key=lambda name: (name != VOTES, name))


def pixels_file(dataset: Dataset) -> str:
    """The table that holds a data set's pixels."""
    first = dataset.source_of(0)
    if files.is_pixels(dataset.root / first):
        return first
    return next(iter(pixels_of(dataset.root)), PIXELS)


def _tables(root: Path) -> list[str]:
    names = list_folder(root, "").files
    usual = [name for name in (PIXELS, VOTES) if name in names]  # accepted by name, whatever they contain
    return usual + sorted(name for name in names if inner_suffix(name) == ".csv" and name not in usual)[:MOST_FILES]


def stem_of(file: str) -> str:
    """A table's name without its ending."""
    return Path(file.removesuffix(PACKED)).stem


def splits_of(pictures: files.Pictures, root: Path, file: str, votes: files.Votes | None) -> NDArray[np.int8]:
    """Each row's split: from its usage there or beside its votes, else from the names of the file and of its folder."""
    if pictures.order[2] >= 0:
        return held_out(pictures.usages, TRAIN)
    own = _own_split(root, file)
    return np.full(len(pictures.lines), own, dtype=np.int8) if votes is None else held_out(votes.usages, own)


def splits_of_images(
    votes: files.Votes, rows: NDArray[np.intp], root: Path, file: str, paths: list[str]
) -> NDArray[np.int8]:
    """The split of each image that a table of votes names: by its usage, else by the names of the table and of folders.

    Args:
        votes: The table.
        rows: The record of every image there.
        root: The data set's folder.
        file: The table's name.
        paths: The images.
    """
    own = _own_split(root, file)
    if (votes.usages >= 0).any() or split_of(file) is not None:
        return held_out(votes.usages, own)[rows]
    folders = [split_of_path(path) for path in paths]
    return np.array([own if folder is None else folder for folder in folders], dtype=np.int8)


def _own_split(root: Path, file: str) -> int:
    """The split that a table is called after, else that of the folder, as where FER2013Test is opened by itself."""
    split = split_of(file)
    if split is None:
        split = PREPARED[root.name] if root.name in PREPARED else split_of_root(root)
    return TRAIN if split is None else split


def held_out(usages: NDArray[np.int8], otherwise: int) -> NDArray[np.int8]:
    """The split of each usage: one that is not known is held out, and where none is known all are of `otherwise`."""
    unknown = TEST if (usages >= 0).any() else otherwise
    return np.where(usages < 0, unknown, usages).astype(np.int8)


def of_other_splits(root: Path, own_file: str) -> list[str]:
    """The tables of other splits beside one that is called after a split and has no column of usages."""
    own = split_of(own_file)
    if own is None or files.pictures(root / own_file).order[2] >= 0:
        return []
    tables: dict[int, str] = {}
    others = [file for file in pixels_of(root) if file != own_file]
    others.sort(key=lambda file: pattern_of(file) != pattern_of(own_file))
    for file in others:
        split = split_of(file)
        if split not in (None, own) and files.pictures(root / file).order[2] < 0:
            tables.setdefault(int(split or 0), file)
    return [tables[split] for split in sorted(tables)]


def prefixed(
    names: NDArray[np.object_], folders: list[str], source: NDArray[np.int8]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Names (with their folder where two folders use the same ones) and paths."""
    paths = np.array([join(folders[s], name) for name, s in zip(names, source, strict=True)], dtype=object)
    return (names if len(set(names)) == len(names) else paths.copy()), paths


def split_choice(split: NDArray[np.int8], unsplit: bool) -> Choice:
    """The source of the split: the column Usage or the folders' names."""
    if unsplit:
        return Choice("split", NONE, "it was chosen: every row is a training row", role="split")
    lone = not (split == TRAIN).any()
    where = "Usage, or the names of files and folders"
    if lone:
        held = " or ".join(SPLITS[code] for code in np.unique(split))
        return Choice("split", f"every row is a {held} row", f"{where} show it", (NONE,), True, "split")
    return Choice("split", where, "they are FER2013's", (NONE,) if split.any() else (), role="split")
