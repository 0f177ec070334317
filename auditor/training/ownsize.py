"""Choose the side at which a data set's images are cached for augmentation at their own size.

The published programs augment each image before they resize it for the network. A batch needs one side for all images:
the images' own side where all have the same, as aligned faces have.
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
    """Return the side in pixels, 8 to 256: the images' own where all are square and of one size, else the median's.

    At most `LOOKED_AT` images are read, spread evenly over the data set. The median is that of the image areas.
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
            "The images differ in size, are not square or are above %d pixels: each is resized to %d pixels first, and "
            "the published programs' augmentation at the image's own size is done at that size.", LARGEST, side,
        )  # fmt: skip
    return side


def _rows(count: int) -> list[int]:
    return sorted({int(row) for row in np.linspace(0, count - 1, min(count, LOOKED_AT))})


def _size(dataset: Dataset, row: int) -> tuple[int, int] | None:
    """Return width and height of an image's file; None where it cannot be read."""
    try:
        with Image.open(io.BytesIO(read_encoded(dataset, row))) as image:
            return image.size
    except (DataError, OSError, ValueError, SyntaxError):
        return None
