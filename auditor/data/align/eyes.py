"""Eye positions, and images rotated and scaled so that the eyes are at fixed positions."""

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
from auditor.errors import DataError, ImageError, finding

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


def table_eyes(path: Path, shown: str, columns: tuple[str, str]) -> Iterator[tuple[str, Eyes | str]]:
    """Yield the image name and the eyes (or what is wrong) of each row of a list with landmarks, row by row.

    Args:
        path: The list.
        shown: Its name in messages.
        columns: The image's and the landmarks' column.
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
            yield cells[places[0]].strip(), finding(error)


def in_order(a: Point, b: Point) -> Eyes:
    """Return the two eyes, the left one of the picture first: annotators mean either side by 'left'.

    Raises:
        DataError: They are one point.
    """
    if math.dist(a, b) < 1:
        raise DataError("The eyes are less than a pixel apart; mark them again.")
    return (a, b) if a[0] <= b[0] else (b, a)


def aligned_jpeg(data: bytes, shown: str, eyes: Eyes, size: int, eye: float) -> bytes:
    """Rotate, scale and move the picture (no shear) so that the eyes are level, `eye` of the square from its edges.

    NoisyFER's protocol: the left eye at (eye, eye) and the right one at (1 - eye, eye) of a square; what is outside
    the picture is black.

    Args:
        data: The encoded picture.
        shown: Its name in messages.
        eyes: In pixels of the picture.
        size: Side of the square.
        eye: 0..0.5.

    Raises:
        ImageError: It cannot be decoded, or the eyes are far outside.
    """
    picture = Image.fromarray(decode_bytes(data, shown)[0])
    (ax, ay), (bx, by) = eyes
    if not all(
        -picture.width <= x <= 2 * picture.width and -picture.height <= y <= 2 * picture.height for x, y in eyes
    ):
        raise ImageError(
            f"The image {shown} has {picture.width} × {picture.height} pixels and its eyes at {eyes} are outside; "
            "mark them again."
        )
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
