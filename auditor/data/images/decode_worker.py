"""The process that decodes images into a cache, started by decode_pool.py as a module.

It reads one JSON object a line from its input and answers with one, so that an image that kills a decoder kills only
this process. First line: {"root", "pixels"}. Then: a list of [row, path]; answer: a list of
[row, digest, ok, message], or a sentence where they cannot be written.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path

import numpy as np

from auditor.data.images import generations
from auditor.data.images.generations import Writable
from auditor.data.images.imagefile import decode_bytes, read_file
from auditor.data.problems import printable
from auditor.errors import ImageError, finding

Result = tuple[int, int, bool, str]
"""Row, digest of the encoded file, whether it was decoded, and what there is to say."""


def content_digest(data: bytes) -> int:
    """Return a 63-bit digest of a file's content."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def decode_into(pixels: Writable, row: int, data: bytes, name: str) -> Result:
    """Decode one encoded image into a row of `pixels`, uint8 [N, S, S, 3]; a damaged one becomes grey."""
    try:
        image, remark = decode_bytes(data, name, pixels.shape[1])
    except ImageError as error:
        generations.blank(pixels, [row])
        return row, content_digest(data), False, finding(error)
    if isinstance(pixels, np.ndarray):
        pixels[row] = image
    else:
        pixels.write(row, image, data)
    return row, content_digest(data), True, remark


def decode_file(pixels: Writable, row: int, root: Path, path: str) -> Result:
    """Read and decode one image file; never fails."""
    try:
        return decode_into(pixels, row, read_file(root, path), printable(path, 200))
    except ImageError as error:
        generations.blank(pixels, [row])
        return row, 0, False, finding(error)


def main() -> None:
    """Answer until the input ends."""
    warnings.simplefilter("ignore")  # Pillow warns of damaged metadata, which decoding does without
    start = json.loads(sys.stdin.readline())
    root = Path(start["root"])
    pixels = generations.opened(Path(start["pixels"]), writing=True)
    for line in sys.stdin:
        answer: list[Result] | str
        try:
            answer = [decode_file(pixels, row, root, path) for row, path in json.loads(line)]
            if not isinstance(pixels, np.ndarray):  # a map is written by the system, and flushed by the parent
                pixels.flush()
        except OSError as error:
            answer = error.strerror or str(error)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
