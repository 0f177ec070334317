"""Faces at the size shown on the screen, decoded when they are first needed.

A page shows a few dozen faces, so that decoding them on demand is faster than building a cache of every image first.
The last few thousand stay in memory.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from auditor.data.dataset import Dataset
from auditor.data.images import cache
from auditor.errors import ImageError
from auditor.recent import Recent

SIZES = (48, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512)
SPRITE_LIMIT = 64
SPRITE_COLUMNS = 8
MEMORY = 96 * 2**20

Face = NDArray[np.uint8]
Key = tuple[Path, str, int, tuple[tuple[int, int], ...]]

_recent: Recent[Key, Face] = Recent(MEMORY, lambda picture: picture.nbytes)
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="thumbnails")


def face(dataset: Dataset, row: int, size: int) -> Face:
    """Return one face in a square, uint8 [size, size, 3]; a grey square with a text where it cannot be read."""
    key = _key(dataset, row, size)
    cached = _recent.get(key)
    if cached is not None:
        return cached
    try:
        thumbnail = fit(cache.decode(dataset, row), size)
    except ImageError:
        return unreadable(size)
    return _recent.put(key, thumbnail)


def _key(dataset: Dataset, row: int, size: int) -> Key:
    """Return a picture's cache key: its name and the state of its file, because rows shift and files change."""
    path = str(dataset.paths[row])
    files = (path,) if path else dataset.sources
    return dataset.root, path or str(dataset.names[row]), size, tuple(_state(dataset.root / file) for file in files)


def _state(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return -1, 0
    return status.st_size, status.st_mtime_ns


def fit(picture: Face, size: int) -> Face:
    """Scale a picture uint8 [H, W, 3] into a square of `size`, keeping its proportions, on a grey background."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    resampling = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    small = Image.fromarray(picture).resize(target, resampling)
    if target == (size, size):
        return np.asarray(small)
    ground = Image.new("RGB", (size, size), (128, 128, 128))
    ground.paste(small, ((size - target[0]) // 2, (size - target[1]) // 2))
    return np.asarray(ground)


def unreadable(size: int) -> Face:
    """Return a placeholder with a text for a picture that is missing or unreadable: uint8 [size, size, 3]."""
    square = Image.new("RGB", (size, size), (128, 128, 128))
    words = "image\nmissing or\nunreadable"
    font = ImageFont.load_default(size=max(8, size // 7))
    middle = (size / 2, size / 2)
    ImageDraw.Draw(square).multiline_text(middle, words, fill=(255, 255, 255), font=font, anchor="mm", align="center")
    return np.asarray(square)


def sprite(dataset: Dataset, rows: Sequence[int | None], size: int) -> Face:
    """Many faces in one picture, `SPRITE_COLUMNS` a line in the order of `rows`: uint8 [lines * size, 8 * size, 3].

    Args:
        dataset: The data set.
        rows: Its rows; None for an image that is gone, whose place says so.
        size: Pixels of a side of each face.
    """
    lines = -(-len(rows) // SPRITE_COLUMNS)
    sheet = np.full((lines * size, SPRITE_COLUMNS * size, 3), 128, dtype=np.uint8)
    for place, picture in enumerate(_pool.map(lambda row: _face_or_words(dataset, row, size), rows)):
        line, column = divmod(place, SPRITE_COLUMNS)
        sheet[line * size : (line + 1) * size, column * size : (column + 1) * size] = picture
    return sheet


def _face_or_words(dataset: Dataset, row: int | None, size: int) -> Face:
    return unreadable(size) if row is None else face(dataset, row, size)


def jpeg(picture: Face, quality: int = 88) -> bytes:
    """Encode a picture uint8 [H, W, 3] as JPEG bytes."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
