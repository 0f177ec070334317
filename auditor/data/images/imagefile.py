"""Decode one image file into pixels, tolerating unusual metadata and modes, or state why it cannot be decoded."""

from __future__ import annotations

import importlib
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from auditor.data.files.regular import read_regular, reason
from auditor.data.problems import printable
from auditor.errors import ImageError
from auditor.plural import counted

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF")
"""What is decoded. Not every decoder Pillow has: one of them starts a PostScript interpreter."""

LARGEST_FILE = 128 * 2**20
"""Bytes of the largest image file that is read."""

MOST_PIXELS = 64_000_000
"""Pixels of the largest image that is decoded (192 MB as RGB); a small file can claim billions."""

Image.preinit()  # Pillow loads its decoders when first asked, and then not those that only some files need
_PLUGINS = ("Mpo", "Tiff", "WebP", "Ppm", "Jpeg2K", "Avif")
for _plugin in (f"{name}ImagePlugin" for name in _PLUGINS):
    importlib.import_module(f"PIL.{_plugin}")

Image.MAX_IMAGE_PIXELS = None  # ours is checked before anything is decoded, and is an error rather than a warning

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112

_DAMAGED_EXIF = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError,
    struct.error,
)  # fmt: skip
"""What Pillow raises on EXIF that is damaged; an upright face needs none."""


def read_file(root: Path, path: str) -> bytes:
    """Read an image file inside the data set's root, every link followed.

    Raises:
        ImageError: It is missing, empty, too large, outside the root, or not a regular file.
    """
    name = printable(path, 200)
    try:
        real = (root / path).resolve()
        if not real.is_relative_to(root):
            raise ImageError(f"The image {name} leads out of the data set's folder; copy the file into it.")
        data = read_regular(real, LARGEST_FILE)
    except (OSError, RuntimeError, ValueError) as error:
        raise ImageError(f"The image {name} cannot be read ({reason(error)}); check that it is there.") from error
    if not data:
        raise ImageError(f"The image {name} is empty (0 bytes); copy the file again.")
    return data


def decode_bytes(data: bytes, name: str, size: int | None = None) -> tuple[NDArray[np.uint8], str]:
    """Decode an encoded image.

    It is turned upright as its EXIF says; 16-bit, 32-bit and floating-point grey is scaled to 8 bits by the smallest
    usual range that holds it (with a remark where that is not its type's own); CMYK and palettes become RGB;
    transparency is laid on white; of an animation the first frame is taken.

    Args:
        data: The encoded file.
        name: Its name in messages.
        size: Side of the square the image is resized to (bilinear, antialiased, as the papers' Resize), or None to
            leave it as it is.

    Returns:
        uint8 [H, W, 3] RGB, and a remark ('' where there is nothing to say).

    Raises:
        ImageError: It is not an image, is damaged, or is larger than `MOST_PIXELS`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ImageError(
                    f"The image {name} claims {width:,} × {height:,} pixels, more than the {MOST_PIXELS:,} decoded; "
                    "make it smaller."
                )
            frames = getattr(image, "n_frames", 1)
            remark = (
                f"{name} has {counted(frames, 'frame')}: only the first is used" if _is_animated(image, frames) else ""
            )
            if size is not None and min(width, height) >= 4 * size:
                image.draft("RGB", (2 * size, 2 * size))  # a JPEG is decoded at an eighth to a half: many times faster
            image.load()
            orientation = _orientation(
                image
            )  # before conversion: the TIFF decoder rotates its image and then reports 1
            rgb, scaled = _to_rgb(image)
            remark = remark or (f"{name} {scaled}" if scaled else "")
        if orientation in _UPRIGHT:
            rgb = rgb.transpose(_UPRIGHT[orientation])
        if size is not None and rgb.size != (size, size):
            rgb = rgb.resize((size, size), Image.Resampling.BILINEAR)
        return np.asarray(rgb, dtype=np.uint8), remark
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(
            f"The file {name} is not an image of a kind that is read; expected one of {', '.join(FORMATS)}."
        ) from error
    except Exception as error:
        why = f"{type(error).__name__}: {printable(str(error), 120)}"
        raise ImageError(f"The image {name} is damaged ({why}); copy the file again.") from error


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode pixels (uint8 [H, W] or [H, W, 3]) as PNG, for images stored in arrays."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _is_animated(image: Image.Image, frames: int) -> bool:
    """Several frames that are shown one after the other; a stereo photograph (MPO) or a TIFF's pages are not."""
    return frames > 1 and image.format in ("GIF", "PNG", "WEBP")


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1..8; 1 where there is none or it is damaged."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGED_EXIF:
        return 1
    return value if isinstance(value, int) else 1


def _to_rgb(image: Image.Image) -> tuple[Image.Image, str]:
    """The image as RGB, and how its values were scaled where that is worth a remark."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        grey, scaled = _to_8_bits(np.asarray(image))
        return Image.fromarray(grey).convert("RGB"), scaled
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        face = image.convert("RGBA")
        white = Image.new("RGBA", face.size, "white")
        return Image.alpha_composite(white, face).convert("RGB"), ""
    return image.convert("RGB"), ""


RANGES = (255, 1023, 4095, 65535)
"""The highest values of images of 8, 10, 12 and 16 bits, however wide the numbers are that hold them."""

SCALED = "is scaled from"
"""In a remark on an image whose values were not of its type's own range."""


def _to_8_bits(grey: NDArray[Any]) -> tuple[NDArray[np.uint8], str]:
    """Grey of more than 8 bits scaled to 0..255 by the smallest usual range that holds it, and a remark on that."""
    values = np.nan_to_num(grey.astype(np.float64))
    lowest, highest = float(values.min(initial=0)), float(values.max(initial=0))
    whole = grey.dtype.kind in "ui"
    if lowest >= 0 and highest <= 1 and not whole:
        lowest, highest = 0.0, 1.0
    elif lowest >= 0 and highest <= RANGES[-1] and (whole or highest <= RANGES[0]):
        lowest, highest = 0.0, float(next(limit for limit in RANGES if highest <= limit))
    usual = 1.0 if not whole else float(RANGES[-1])
    remark = f"{SCALED} {lowest:g} to {highest:g}" if (lowest, highest) != (0.0, usual) else ""
    scaled = (values - lowest) / max(highest - lowest, 1e-12) * 255
    return np.rint(scaled).astype(np.uint8), remark
