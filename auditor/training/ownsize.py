"""The side at which a data set's images are kept for what is done to them at their own size.

The published programs change each image before they bring it to the network's size. Batches need one side for all: that
of the images, where they are all alike, as aligned faces are.
"""

import io
import logging

import numpy as np
from PIL import Image

from auditor.data.dataset import Dataset
from auditor.data.images.cache import read_encoded
from auditor.errors import DataError

LOOKED_AT = 256
SMALLEST, LARGEST = 8, 256  # pixels; the largest of the published programs is NoisyFER's alignment at 256

logger = logging.getLogger(__name__)


def side_of(dataset: Dataset) -> int:
    """Side in pixels: the images' own where they are all alike and square, else of their median area, 8 to 256.

    At most `LOOKED_AT` images are looked at, evenly spread over the data set.
    """
    sizes = [size for row in _rows(len(dataset)) if (size := _size(dataset, row)) is not None]
    if not sizes:
        return SMALLEST
    side = int(
        np.clip(round(float(np.median([np.sqrt(width * height) for width, height in sizes]))), SMALLEST, LARGEST)
    )
    if set(sizes) == {(side, side)}:
        logger.info("The images are augmented at their own size, %d pixels, as published.", side)
    else:
        logger.warning(
            "The images differ in size or are not square or above %d pixels: each is brought to %d pixels first, and "
            "what the published programs do at an image's own size is done at that.", LARGEST, side,
        )  # fmt: skip
    return side


def _rows(count: int) -> list[int]:
    return sorted({int(row) for row in np.linspace(0, count - 1, min(count, LOOKED_AT))})


def _size(dataset: Dataset, row: int) -> tuple[int, int] | None:
    """Width and height of an image's file; None where it cannot be read."""
    try:
        with Image.open(io.BytesIO(read_encoded(dataset, row))) as image:
            return image.size
    except (DataError, OSError, ValueError, SyntaxError):
        return None
