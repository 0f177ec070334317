"""Where the eyes are, and the picture turned so that they are where they should be."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from auditor.data.files import delimited
from auditor.data.files.sheet import read_head
from auditor.data.files.textfile import read_bytes, read_text
from auditor.data.images.imagefile import decode_bytes
from auditor.data.problems import Problems, printable
from auditor.errors import DataError, ImageError

Point = tuple[float, float]
Eyes = tuple[Point, Point]

QUALITY: Final = 95
LARGEST_NOTE: Final = 65536
LEFT, RIGHT = slice(36, 42), slice(42, 48)
"""The points of the eyes among the 68 (the left one as seen in the picture)."""

_NUMBERS = re.compile(
    rb"'descr': *'([<>|=]?(?:f[248]|[iu][1248]))'.*'fortran_order': *False.*'shape': *\((?:136,|68, *2|1, *136)\)"
)
_POINT = re.compile(
    r"\s*([-+]?[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)[\s,;]+([-+]?[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)\s*", re.I
)


def manual_eyes(path: Path) -> Eyes:
    """The eyes of RAF-DB's manual annotation: lines 1 and 2, `x<tab or spaces>y`.

    Raises:
        DataError: where the file is missing or says something else.
    """
    lines = read_bytes(path, LARGEST_NOTE).decode("latin-1").lstrip("\ufeff").splitlines()[:2]
    points = [match for line in lines if (match := _POINT.fullmatch(line))]
    if len(points) != 2:
        raise DataError(f"{path.name} does not give an eye on each of its first two lines")
    (ax, ay), (bx, by) = ((float(point[1]), float(point[2])) for point in points)
    return in_order((ax, ay), (bx, by))


def landmark_eyes(text: str) -> Eyes:
    """The middles of the eyes among AffectNet's 68 points `x;y;x;y;...`.

    Raises:
        DataError: where these are not 68 points.
    """
    try:
        values = [float(value) for value in text.strip().strip(";").split(";")]
    except ValueError:
        values = []
    if len(values) != 136 or not all(map(math.isfinite, values)):
        raise DataError(f"expected 68 points x;y;x;y, found {printable(text)!r}")
    points = list(zip(values[::2], values[1::2], strict=True))
    return in_order(_middle(points[LEFT]), _middle(points[RIGHT]))


def npy_eyes(path: Path) -> Eyes:
    """The middles of the eyes in AffectNet's `_lnd.npy`: 68 points as 136 numbers in a row or as 68 rows of two.

    Nothing is unpickled and nothing larger than the points is read.

    Raises:
        DataError: where these are not 68 points.
    """
    data = read_bytes(path, LARGEST_NOTE)
    start = 12 if data[6:7] >= b"\x02" else 10
    begin = start + int.from_bytes(data[8:start], "little")
    header = _NUMBERS.search(data[:begin]) if data[:6] == b"\x93NUMPY" else None
    kind = np.dtype(header[1].decode("ascii")) if header else None
    values = data[begin:]
    if kind is None or len(values) != 136 * kind.itemsize:
        raise DataError(f"{path.name} does not hold 68 points")
    return landmark_eyes(";".join(map(str, np.frombuffer(values, kind).tolist())))


def table_eyes(path: Path, shown: str, columns: tuple[str, str]) -> Iterator[tuple[str, Eyes | str]]:
    """Image name and eyes (or what is wrong) of every row of a list with landmarks, one row in memory at a time.

    Args:
        path: the list.
        shown: its name in messages.
        columns: the image's and the landmarks' column.
    """
    head = read_head(path, 20)
    places = [head.columns.index(column) for column in columns]
    text = read_text(path, shown, Problems())
    for turn, (_, height, record) in enumerate(delimited.records(text.lines, head.delimiter)):
        cells = delimited.split(record, head.delimiter) if height else []
        if (turn == 0 and head.has_header) or len(cells) <= max(places):
            continue
        try:
            yield cells[places[0]].strip(), landmark_eyes(cells[places[1]])
        except DataError as error:
            yield cells[places[0]].strip(), str(error)


def in_order(a: Point, b: Point) -> Eyes:
    """Two eyes, the left one as seen in the picture first: annotators mean either side by 'left'.

    Raises:
        DataError: where they are one point.
    """
    if math.dist(a, b) < 1:
        raise DataError("the eyes are less than a pixel apart")
    return (a, b) if a[0] <= b[0] else (b, a)


def aligned_jpeg(data: bytes, shown: str, eyes: Eyes, size: int, eye: float) -> bytes:
    """The picture turned, scaled and moved (no shear) so that the eyes are level, `eye` of the square from its edges.

    NoisyFER's protocol: the left eye at (eye, eye) and the right one at (1 - eye, eye) of a square; what lies outside
    the picture is black.

    Args:
        data: the encoded picture.
        shown: its name in messages.
        eyes: in pixels of the picture.
        size: side of the square.
        eye: 0..0.5.

    Raises:
        ImageError: where it cannot be decoded or the eyes lie far outside.
    """
    picture = Image.fromarray(decode_bytes(data, shown)[0])
    (ax, ay), (bx, by) = eyes
    if not all(
        -picture.width <= x <= 2 * picture.width and -picture.height <= y <= 2 * picture.height for x, y in eyes
    ):
        raise ImageError(f"{shown}: the eyes at {eyes} lie outside its {picture.width} × {picture.height} pixels")
    step = math.dist((ax, ay), (bx, by)) / ((1 - 2 * eye) * size)  # source pixels for one of the square's
    shrink = max(1, int(step))
    if shrink > 1:
        picture = picture.reduce(shrink)  # averages, so that nothing aliases; the rest is interpolated
    cos, sin = (bx - ax) / math.dist(*eyes) * step, (by - ay) / math.dist(*eyes) * step
    left, top = eye * size, eye * size
    matrix = (cos, -sin, ax - cos * left + sin * top, sin, cos, ay - sin * left - cos * top)
    turned = picture.transform(
        (size, size), Image.Transform.AFFINE, tuple(m / shrink for m in matrix), Image.Resampling.BICUBIC
    )
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _middle(points: list[Point]) -> Point:
    return (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
