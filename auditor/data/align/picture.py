"""Pictures rotated and scaled so that the eyes are at fixed positions."""

from __future__ import annotations

import io
import math
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from auditor.data.formats.eyes import Eyes
from auditor.data.images.imagefile import decode_bytes
from auditor.errors import ImageError

QUALITY: Final = 95
KINDS: Final = {".png": "PNG", ".bmp": "BMP", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}


def aligned_jpeg(data: bytes, name: str, eyes: Eyes, size: int, eye: float) -> bytes:
    """Return a picture as `aligned` makes it, as JPEG.

    Raises:
        ImageError: It cannot be decoded, or the eyes are far outside.
    """
    return encoded(aligned(decode_bytes(data, name)[0], name, eyes, size, eye), "JPEG")


def encoded(picture: Image.Image, kind: str) -> bytes:
    """Return a picture as the bytes of a file.

    Args:
        picture: RGB.
        kind: Pillow's name of the file format.
    """
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=QUALITY)
    return buffer.getvalue()


def kind_of(file: str) -> str:
    """Return the file format that a name's ending stands for, where Pillow writes it; else 'JPEG'."""
    return KINDS.get(PurePosixPath(file).suffix.lower(), "JPEG")


def aligned(pixels: NDArray[np.uint8], name: str, eyes: Eyes, size: int, eye: float) -> Image.Image:
    """Rotate, scale and move the picture (no shear) so that the eyes are level, `eye` of the square from its edges.

    NoisyFER's protocol: the left eye at (eye, eye) and the right one at (1 - eye, eye) of a square; what lies outside
    the picture is black.

    Args:
        pixels: The picture, uint8 [H, W, 3].
        name: Its name in messages.
        eyes: In pixels of the picture.
        size: Side of the square.
        eye: 0..0.5.

    Raises:
        ImageError: The eyes are far outside.
    """
    picture = Image.fromarray(pixels)
    (ax, ay), (bx, by) = eyes
    if not all(
        -picture.width <= x <= 2 * picture.width and -picture.height <= y <= 2 * picture.height for x, y in eyes
    ):
        raise ImageError(
            f"The image {name} has {picture.width} × {picture.height} pixels and its eyes at {eyes} are outside; "
            "mark them again."
        )
    step = math.dist((ax, ay), (bx, by)) / ((1 - 2 * eye) * size)  # source pixels for one of the square's
    shrink = max(1, int(step))
    if shrink > 1:
        picture = picture.reduce(shrink)  # averages, so that nothing aliases; the rest is interpolated
    cos, sin = (bx - ax) / math.dist(*eyes) * step, (by - ay) / math.dist(*eyes) * step
    left, top = eye * size, eye * size
    matrix = (cos, -sin, ax - cos * left + sin * top, sin, cos, ay - sin * left - cos * top)
    return picture.transform(
        (size, size), Image.Transform.AFFINE, tuple(m / shrink for m in matrix), Image.Resampling.BICUBIC
    )
