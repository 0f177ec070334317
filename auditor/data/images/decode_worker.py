"""The process that decodes images into a cache, started by decode_pool.py as a module.

It reads one JSON object a line from its input and answers with one, so that an image that kills a decoder kills only
this process. First line: {"root", "pixels", "size"}. Then: a list of [row, path]; answer: a list of
[row, digest, ok, message].
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.data.images.imagefile import decode_bytes, read_file
from auditor.data.problems import printable
from auditor.errors import ImageError, finding

Result = tuple[int, int, bool, str]
"""Row, digest of the encoded file, whether it was decoded, and what there is to say."""


def content_digest(data: bytes) -> int:
    """Return a 63-bit digest of a file's content."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def decode_into(pixels: NDArray[np.uint8], row: int, data: bytes, name: str) -> Result:
    """Decode one encoded image into `pixels[row]` (uint8 [N, S, S, 3]); a damaged one becomes grey."""
    try:
        pixels[row], remark = decode_bytes(data, name, pixels.shape[1])
        return row, content_digest(data), True, remark
    except ImageError as error:
        pixels[row] = 127
        return row, content_digest(data), False, finding(error)


def decode_file(pixels: NDArray[np.uint8], row: int, root: Path, path: str) -> Result:
    """Read and decode one image file; never fails."""
    try:
        return decode_into(pixels, row, read_file(root, path), printable(path, 200))
    except ImageError as error:
        pixels[row] = 127
        return row, 0, False, finding(error)


def main() -> None:
    """Answer until the input ends."""
    warnings.simplefilter("ignore")  # Pillow warns of damaged metadata, which decoding does without
    start = json.loads(sys.stdin.readline())
    root = Path(start["root"])
    pixels = np.load(start["pixels"], mmap_mode="r+")
    for line in sys.stdin:
        answer = [decode_file(pixels, row, root, path) for row, path in json.loads(line)]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
