"""Draw faces as HTML that needs no server: small pictures embedded in the page."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable

from PIL import Image, ImageFilter

from auditor.data.dataset import Dataset
from auditor.data.images import cache
from auditor.errors import ImageError

SIZE = 96
"""Side of a face on the page, in pixels."""

BLUR = 10
"""The factor by which a face is shrunk to blur it: 9 of 96 pixels per side are left."""

STYLE = (
    "display:inline-block;width:112px;margin:4px;font:12px/1.35 system-ui,sans-serif;vertical-align:top;"
    "overflow-wrap:anywhere"
)


def picture(dataset: Dataset, row: int, *, size: int = SIZE, blurred: bool = False, named: bool = True) -> str:
    """Return one face as an <img> element; a sentence where the image cannot be read.

    Args:
        dataset: The image's data set.
        row: The image's row.
        size: Side of the square that the face fits into, in pixels.
        blurred: Whether to blur the face, see `BLUR`.
        named: Whether the image's name is in the page; it may tell the label, so not where a face is judged blind.
    """
    name = html.escape(str(dataset.names[row]), quote=True) if named else "a face"
    try:
        face = Image.fromarray(cache.decode(dataset, row))
    except ImageError as error:
        message = str(error) if named else "This image cannot be read; answer exclude."
        return f'<span role="img" aria-label="{name}">{html.escape(message)}</span>'
    face.thumbnail((size, size))
    if blurred:
        small = face.resize((max(1, face.width // BLUR), max(1, face.height // BLUR)), Image.Resampling.BOX)
        face = small.resize(face.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    buffer = io.BytesIO()
    face.save(buffer, "JPEG", quality=85)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{name}" title="{name}" width="{size}" src="data:image/jpeg;base64,{data}">'


def grid(dataset: Dataset, cells: Iterable[tuple[int, str]], *, blurred: bool = False, named: bool = True) -> str:
    """Return faces side by side, each with a line of text below.

    Args:
        dataset: The faces' data set.
        cells: Row and text of each face.
        blurred: See `picture`.
        named: See `picture`.
    """
    figures = [
        f'<figure style="{STYLE}">{picture(dataset, row, blurred=blurred, named=named)}'
        f"<figcaption>{html.escape(text)}</figcaption></figure>"
        for row, text in cells
    ]
    return f"<div>{''.join(figures)}</div>"
