"""Drawing tools for the demo's faces: smooth curves, soft shapes, and a head that turns.

Shapes are polygons in face coordinates (x right, y down, unit = half a face's height, origin = middle of the face);
`Head.place` turns them with the head and gives pixels of the oversampled canvas.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from auditor.data.demo.parameters import Colour, Face, FloatArray

OVERSAMPLE: Final = 2
SOFT: Final = 2  # soft shapes are drawn this much smaller: they hold no detail


def points(*xy: tuple[float, float]) -> FloatArray:
    """The given points as an array [N, 2]."""
    return np.array(xy, dtype=float)


def smooth(control: FloatArray, *, closed: bool = False, steps: int = 8) -> FloatArray:
    """A Catmull-Rom curve through `control` [N, 2], `steps` points a segment."""
    if closed:
        padded = np.concatenate([control[-1:], control, control[:2]])
    else:
        padded = np.concatenate([2 * control[:1] - control[1:2], control, 2 * control[-1:] - control[-2:-1]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    flat: FloatArray = curve.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, control[-1:]])


def ellipse(x: float, y: float, width: float, height: float, steps: int = 28) -> FloatArray:
    """The outline of an ellipse with half axes `width` and `height`."""
    angle = np.linspace(0.0, 2 * np.pi, steps, endpoint=False)
    return np.stack([x + width * np.cos(angle), y + height * np.sin(angle)], axis=1)


def ribbon(line: FloatArray, widths: FloatArray) -> FloatArray:
    """The outline of a stroke along `line` [N, 2] whose full width is `widths` [N]: brows, lashes, folds."""
    steps = np.diff(line, axis=0)
    along = np.concatenate([steps[:1], (steps[1:] + steps[:-1]) / 2, steps[-1:]])
    half = np.empty_like(along)
    half[:, 0], half[:, 1] = -along[:, 1], along[:, 0]
    half *= (widths / (2 * np.sqrt((along**2).sum(axis=1)) + 1e-9))[:, None]
    return np.concatenate([line + half, (line - half)[::-1]])


def tint(colour: Colour, factor: float, red: float = 0.0) -> Colour:
    """`colour` made lighter or darker by `factor`; `red` > 0 keeps more of its red, as skin in shadow does."""
    r, g, b = colour
    return (min(255.0, r * factor * (1 + red)), min(255.0, g * factor), min(255.0, b * factor * (1 - red / 3)))


def blend(a: Colour, b: Colour, share: float) -> Colour:
    """The colour `share` of the way from `a` to `b`."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _rgb(colour: Colour) -> tuple[int, int, int]:
    return (round(colour[0]), round(colour[1]), round(colour[2]))


def _pairs(polygon: FloatArray) -> list[tuple[float, float]]:
    return [(x, y) for x, y in polygon.tolist()]


class Canvas:
    """An RGB picture of `size` pixels a side, drawn `OVERSAMPLE` times larger so that edges come out smooth."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.large = size * OVERSAMPLE
        self.image = Image.new("RGB", (self.large, self.large))
        self._draw = ImageDraw.Draw(self.image)

    def mask(self, polygon: FloatArray) -> Image.Image:
        """The polygon (pixels) as a mask of the whole canvas."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(_pairs(polygon), fill=255)
        return mask

    def _box(self, polygon: FloatArray, margin: float) -> tuple[int, int, int, int] | None:
        """The pixels a shape can touch, on whole soft pixels: working on these alone is what makes drawing quick."""
        low = np.clip((polygon.min(axis=0) - margin) // SOFT * SOFT, 0, self.large).astype(int)
        high = np.clip(-(-(polygon.max(axis=0) + margin) // SOFT) * SOFT, 0, self.large).astype(int)
        if low[0] >= high[0] or low[1] >= high[1]:
            return None
        return (int(low[0]), int(low[1]), int(high[0]), int(high[1]))

    def fill(self, polygon: FloatArray, colour: Colour, clip: Image.Image | None = None) -> None:
        """Paint a polygon (pixels), only where `clip` is white."""
        if clip is None:
            self._draw.polygon(_pairs(polygon), fill=_rgb(colour))
            return
        box = self._box(polygon, 1.0)
        if box is None:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).polygon(_pairs(polygon - np.array(box[:2])), fill=255)
        self.image.paste(_rgb(colour), box, ImageChops.multiply(mask, clip.crop(box)))

    def soft(
        self, polygon: FloatArray, colour: Colour, alpha: float, blur: float, clip: Image.Image | None = None
    ) -> None:
        """Paint a polygon (pixels) with opacity `alpha` (0..1), its edge blurred by `blur` thirds of a final pixel."""
        blur *= OVERSAMPLE / 3
        box = self._box(polygon, 3 * blur + SOFT)
        if alpha <= 0.02 or box is None:
            return
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.new("L", (size[0] // SOFT, size[1] // SOFT))
        ImageDraw.Draw(mask).polygon(_pairs((polygon - np.array(box[:2])) / SOFT), fill=min(255, round(255 * alpha)))
        mask = mask.filter(ImageFilter.GaussianBlur(blur / SOFT)).resize(size, Image.Resampling.BILINEAR)
        self.image.paste(_rgb(colour), box, mask if clip is None else ImageChops.multiply(mask, clip.crop(box)))

    def paste(self, colours: FloatArray, mask: Image.Image | None = None) -> None:
        """Paint a coarse field of colours [n, n, 3] (0..255) over the canvas, only where `mask` is white."""
        field = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)).resize(
            self.image.size, Image.Resampling.BICUBIC
        )
        self.image.paste(field, mask=mask)


class Head:
    """Project a face's points to pixels: turn by yaw and pitch on an ellipsoid, then roll, scale and move."""

    def __init__(self, face: Face, canvas: Canvas) -> None:
        self.face = face
        self.unit = face.scale * canvas.large
        self.centre = np.array([0.5 + face.shift[0], 0.53 + face.shift[1]]) * canvas.large
        cos, sin = np.cos(face.roll), np.sin(face.roll)
        self._roll = np.array([[cos, sin], [-sin, cos]]) * self.unit
        self._turn = (np.cos(face.yaw), np.sin(face.yaw), np.cos(face.pitch), np.sin(face.pitch))

    def place(self, xy: FloatArray, depth: float | FloatArray | None = None) -> FloatArray:
        """Pixels [N, 2] of face points [N, 2]; `depth` is the distance towards the viewer, by default the face's."""
        x, y = xy[:, 0], xy[:, 1]
        if depth is None:
            depth = 0.72 * np.sqrt(np.maximum(1 - (x / 0.88) ** 2 - (y / 1.25) ** 2, 0.0))
        cos_yaw, sin_yaw, cos_pitch, sin_pitch = self._turn
        turned = np.empty_like(xy)
        turned[:, 0] = x * cos_yaw + depth * sin_yaw
        turned[:, 1] = y * cos_pitch - depth * sin_pitch
        placed: FloatArray = turned @ self._roll + self.centre
        return placed

    def body(self, xy: FloatArray) -> FloatArray:
        """Pixels of points on the neck and shoulders, which do not turn with the head."""
        placed: FloatArray = xy * self.unit + self.centre
        return placed
