"""Pictures for the seeds: one of every kind that is read, and plain ones of one shade."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

COUNT = 12
"""Images of a seed."""


def images() -> list[bytes]:
    """One image of every kind that is read."""
    face = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    rgb = Image.fromarray(face)
    exif = Image.Exif()
    exif[0x0112] = 6
    seeds = []
    for image, kind, options in (
        (rgb, "JPEG", {"exif": exif}),
        (rgb, "JPEG", {"progressive": True}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb, "PNG", {}),
        (rgb.convert("P"), "PNG", {"transparency": 3}),
        (Image.fromarray(face[:, :, 0].astype(np.uint16) * 257), "PNG", {}),
        (rgb, "BMP", {}),
        (rgb, "WEBP", {}),
        (rgb.convert("P"), "GIF", {"save_all": True, "append_images": [rgb.rotate(90).convert("P")]}),
        (rgb, "TIFF", {}),
        (rgb, "TIFF", {"compression": "tiff_lzw"}),
        (rgb, "TIFF", {"exif": exif}),
        (Image.fromarray(face[:, :, 0].astype(np.int32)), "TIFF", {}),
        (rgb, "PPM", {}),
        (rgb, "JPEG2000", {}),
        (rgb, "AVIF", {}),
    ):
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        seeds.append(buffer.getvalue())
    return seeds


def plain(path: Path, shade: int) -> None:
    """Write a small picture of one shade of grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (shade % 256,) * 3).save(path)
