"""Eye positions in the annotations of data sets, for the alignment of faces."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from auditor.data.files import delimited
from auditor.data.files.sheet import read_head
from auditor.data.files.textfile import read_bytes, read_text
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, finding

Point = tuple[float, float]
Eyes = tuple[Point, Point]

LOOKED_AT: Final = 50
"""Rows that are checked to find out whether a data set has eye positions."""

LARGEST_NOTE: Final = 65536
LEFT, RIGHT = slice(36, 42), slice(42, 48)
"""The points of the eyes among the 68 (the left one as seen in the picture)."""

_NUMBERS = re.compile(
    rb"'descr': *'([<>|=]?(?:f[248]|[iu][1248]))'.*'fortran_order': *False.*'shape': *\((?:136,|68, *2|1, *136)\)"
)
_POINT = re.compile(
    r"\s*([-+]?[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)[\s,;]+([-+]?[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)\s*", re.I
)


@dataclass(frozen=True)
class FaceToAlign:
    """One face to align.

    Attributes:
        source: Its picture, relative to the data set's root.
        target: Where the aligned one goes, relative to the new root.
        eyes: In pixels of the picture; None where they are yet to be detected.
        file: What to name in a problem.
        line: Its line there, 0 for none.
        beside: Files that are copied with it (annotations of its own), relative to both roots.
    """

    source: str
    target: str
    eyes: Eyes | None
    file: str
    line: int
    beside: tuple[str, ...] = ()


def manual_eyes(path: Path) -> Eyes:
    """Read the eyes of RAF-DB's manual annotation: lines 1 and 2, `x<tab or spaces>y`.

    Raises:
        DataError: The file is missing, or its first two lines are not points.
    """
    lines = read_bytes(path, LARGEST_NOTE).decode("latin-1").lstrip("\ufeff").splitlines()[:2]
    points = [match for line in lines if (match := _POINT.fullmatch(line))]
    if len(points) != 2:
        raise DataError(f"The file {path.name} has no eye on each of its first two lines; write 'x y' on both.")
    (ax, ay), (bx, by) = ((float(point[1]), float(point[2])) for point in points)
    return in_order((ax, ay), (bx, by))


def landmark_eyes(text: str) -> Eyes:
    """Return the eye centres of AffectNet's 68 points `x;y;x;y;...`.

    Raises:
        DataError: These are not 68 points.
    """
    try:
        values = [float(value) for value in text.strip().strip(";").split(";")]
    except ValueError:
        values = []
    if len(values) != 136 or not all(map(math.isfinite, values)):
        raise DataError(f"The landmarks {printable(text)!r} are not 68 points x;y;x;y; write them anew.")
    points = list(zip(values[::2], values[1::2], strict=True))
    return in_order(_middle(points[LEFT]), _middle(points[RIGHT]))


def npy_eyes(path: Path) -> Eyes:
    """Read the eye centres of AffectNet's `_lnd.npy`: 68 points as 136 numbers in a row or as 68 rows of two.

    Nothing is unpickled and nothing larger than the points is read.

    Raises:
        DataError: These are not 68 points.
    """
    data = read_bytes(path, LARGEST_NOTE)
    start = 12 if data[6:7] >= b"\x02" else 10
    begin = start + int.from_bytes(data[8:start], "little")
    header = _NUMBERS.search(data[:begin]) if data[:6] == b"\x93NUMPY" else None
    kind = np.dtype(header[1].decode("ascii")) if header else None
    values = data[begin:]
    if kind is None or len(values) != 136 * kind.itemsize:
        raise DataError(f"The file {path.name} does not hold 68 points; write it anew.")
    return landmark_eyes(";".join(map(str, np.frombuffer(values, kind).tolist())))


def table_eyes(path: Path, file: str, columns: tuple[str, str]) -> Iterator[tuple[str, Eyes | str]]:
    """Yield the image name and the eyes (or what is wrong) of each row of a list with landmarks, row by row.

    Args:
        path: The list.
        file: Its name in messages.
        columns: The image's and the landmarks' column.
    """
    head = read_head(path, 20)
    places = [head.columns.index(column) for column in columns]
    text = read_text(path, file, Problems())
    for turn, (_, height, record) in enumerate(delimited.records(text.lines, head.delimiter)):
        cells = delimited.split(record, head.delimiter) if height else []
        if (turn == 0 and head.has_header) or len(cells) <= max(places):
            continue
        try:
            yield cells[places[0]].strip(), landmark_eyes(cells[places[1]])
        except DataError as error:
            yield cells[places[0]].strip(), finding(error)


def in_order(a: Point, b: Point) -> Eyes:
    """Return the two eyes, the left one of the picture first: annotators mean either side by 'left'.

    Raises:
        DataError: They are one point.
    """
    if math.dist(a, b) < 1:
        raise DataError("The eyes are less than a pixel apart; mark them again.")
    return (a, b) if a[0] <= b[0] else (b, a)


def _middle(points: list[Point]) -> Point:
    return (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
