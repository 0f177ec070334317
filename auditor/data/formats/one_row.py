"""Leave each image one row: of two splits the one that is held out, of two rows of a split the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.data.dataset import SPLITS
from auditor.data.problems import Problems, printable

OTHER_NAME: Final = "other-name"
"""The kind of problem of a row whose image another row has under another name."""


@dataclass(frozen=True)
class Rows:
    """The rows of one or several label files.

    Attributes:
        names: What each calls its image.
        split: int8 [N], each one's split.
        lines: int32 [N], 1-based.
        source: int8 [N], each one's file.
        files: The files.
    """

    names: Sequence[str] | NDArray[np.object_]
    split: NDArray[np.int8]
    lines: NDArray[np.int32]
    source: NDArray[np.int8]
    files: Sequence[str]


def one_row_each(images: NDArray[np.object_], rows: Rows, problems: Problems) -> NDArray[np.bool_]:
    """Which rows stay where several have the same image; the others are listed.

    Args:
        images: What tells the images apart, their paths or their names: str [N], '' for a row without an image.
        rows: The rows.
        problems: Where to list a row that goes: 'in-two-splits', 'duplicate-name' or, where it is called otherwise,
            `OTHER_NAME`.

    Returns:
        bool [N]; False for rows without an image, too.
    """
    stays: NDArray[np.bool_] = images != ""
    found = images[stays]
    if len(set(found)) == len(found):
        return stays
    row_of: dict[str, int] = {}
    for row in np.flatnonzero(stays).tolist():
        before = row_of.setdefault(images[row], row)
        if before != row:
            kept, goes = (row, before) if rows.split[row] > rows.split[before] else (before, row)
            row_of[images[row]] = kept
            stays[goes] = False
            _list(rows, kept, goes, problems)
    return stays


def _list(rows: Rows, kept: int, goes: int, problems: Problems) -> None:
    name, line = printable(rows.names[goes]), int(rows.lines[kept])
    file, other = rows.files[rows.source[goes]], rows.files[rows.source[kept]]
    if rows.split[kept] != rows.split[goes]:
        held = SPLITS[rows.split[kept]]
        kind, message = "in-two-splits", f"{name} is a {held} image on line {line} of {other}: this row is left out"
    else:
        where = f"on line {line}" if other == file else f"on line {line} of {other}"
        same = rows.names[kept] == rows.names[goes]
        was = f"was {where}" if same else f"is the image of {printable(rows.names[kept])} {where}"
        kind, message = "duplicate-name" if same else OTHER_NAME, f"{name} {was} already: the first is kept"
    problems.add(file, int(rows.lines[goes]), kind, message)
