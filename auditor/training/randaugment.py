"""RandAugment (Cubuk et al. 2020) on whole batches, for MAN's strong view.

Every image draws `count` of fourteen operations and applies each with probability 0.5 at one level out of 10. Then a
small grey square covers a part of it (cutout). Images that drew the same operation are processed together. The groups
are computed on the host, so nothing waits for the device.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from auditor.training import transforms

LEVELS = 10
PIXELS = 224  # the side that lengths are given for; they scale with the image's side
FILL = 128.0
GEOMETRIC = ("rotate", "shear_x", "shear_y", "shift_x", "shift_y")
PHOTOMETRIC = (
    "autocontrast", "equalize", "solarize", "color", "contrast", "brightness", "sharpness", "posterize",
)  # fmt: skip
POOL = ("identity", *GEOMETRIC, *PHOTOMETRIC)


def equalize(images: Tensor) -> Tensor:
    """Flatten the histogram of every channel of every image, as torchvision does on uint8."""
    count, channels, height, width = images.shape
    values = images.round().clamp(0, 255).to(torch.int64).reshape(count * channels, height * width)
    hist = torch.zeros(count * channels, 256, dtype=torch.int64, device=images.device)
    hist.scatter_add_(1, values, torch.ones_like(values))
    last = torch.where(hist > 0, torch.arange(256, device=images.device), -1).argmax(1, keepdim=True)
    step = (height * width - hist.gather(1, last)) // 255
    safe = step.clamp(min=1)
    table = F.pad((hist.cumsum(1) + safe // 2) // safe, (1, 0))[:, :-1].clamp(0, 255)
    flat = torch.where(step == 0, values, table.gather(1, values))
    return flat.to(images.dtype).reshape(count, channels, height, width)


def autocontrast(images: Tensor) -> Tensor:
    """Stretch every channel of every image to 0..255; a flat channel stays as it is."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    span = high - low
    return torch.where(span > 0, (images - low) * (255 / span.clamp(min=1e-6)), images).clamp_(0, 255)


def sharpness(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with a smoothed image; the border pixels do not change."""
    kernel = torch.full((3, 1, 3, 3), 1 / 13, dtype=images.dtype, device=images.device)
    kernel[:, :, 1, 1] = 5 / 13
    smooth = images.clone()
    smooth[:, :, 1:-1, 1:-1] = F.conv2d(images, kernel, groups=3)
    return transforms.blend(images, smooth, factor)


def posterize(images: Tensor, bits: int) -> Tensor:
    """Keep the highest bits of every value."""
    step = float(2 ** (8 - bits))
    return torch.floor(images / step) * step


def solarize(images: Tensor, threshold: float) -> Tensor:
    """Invert values at and above a threshold (256 inverts none)."""
    return torch.where(images >= threshold, 255 - images, images)


def _photometric(name: str, images: Tensor, part: float, luma: tuple[float, float, float]) -> Tensor:
    """Apply a colour operation at `part` (0..1) of its range; `luma`: weights of red, green and blue in grey."""
    factor = torch.full((len(images),), 0.1 + 1.8 * part)
    operations: dict[str, Callable[[], Tensor]] = {
        "autocontrast": lambda: autocontrast(images),
        "equalize": lambda: equalize(images),
        "solarize": lambda: solarize(images, int(256 * part)),
        "color": lambda: transforms.saturation(images, factor, luma),
        "contrast": lambda: transforms.contrast(images, factor, luma),
        "brightness": lambda: transforms.brightness(images, factor),
        "sharpness": lambda: sharpness(images, factor),
        "posterize": lambda: posterize(images, int(4 * part)),
    }
    return operations[name]()


def _geometric(images: Tensor, drawn: Tensor, signs: Tensor, part: float) -> Tensor:
    """Rotate, shear or shift every image by the operation that it drew, all in one resampling."""
    ranges = (math.radians(30), 0.3, 0.3, 10 / PIXELS, 10 / PIXELS)
    amounts = [
        signs * part * limit * (drawn == POOL.index(name)) for name, limit in zip(GEOMETRIC, ranges, strict=True)
    ]
    angle, shear_x, shear_y, shift_x, shift_y = amounts
    theta = transforms.matrices(angle, torch.ones_like(angle), shift_x, shift_y, shear_x, shear_y)
    return transforms.warp(images - FILL, theta).add_(FILL)


def _geometric_published(images: Tensor, drawn: Tensor, signs: Tensor, part: float) -> Tensor:
    """Do the same as `_geometric`, but shear about the top left pixel's centre and rotate about (side/2, side/2)."""
    side = images.shape[-1]
    size = signs.double() * part

    def amount(name: str, limit: float) -> Tensor:
        return size * limit * (drawn == POOL.index(name))

    angle, middle, moved = amount("rotate", math.radians(30)), side / 2, 10 * side / PIXELS
    cos, sin = torch.cos(angle), torch.sin(angle)
    turned = transforms.pixel_maps(
        len(images),
        (0, 0, cos), (0, 1, sin), (0, 2, (1 - cos) * middle - sin * middle),
        (1, 0, -sin), (1, 1, cos), (1, 2, sin * middle + (1 - cos) * middle),
    )  # fmt: skip
    changed = transforms.pixel_maps(
        len(images),
        (0, 1, amount("shear_x", 0.3)), (1, 0, amount("shear_y", 0.3)),
        (0, 2, amount("shift_x", moved)), (1, 2, amount("shift_y", moved)),
    )  # fmt: skip
    return transforms.warp_pixels(images - FILL, changed @ turned).add_(FILL).round_()


def cutout(images: Tensor, generator: Generator, fill: float = FILL) -> Tensor:
    """Grey out a square of 16/224 of the side around a random point of every image."""
    count, _, side, _ = images.shape
    half = max(1, round(8 / PIXELS * side))
    centre = torch.floor(torch.rand(2, count, generator=generator) * side)
    extent = torch.full_like(centre, 2.0 * half)
    return images.masked_fill_(transforms.rectangles(centre - half, extent, side, images.device), fill)


def randaugment(images: Tensor, count: int, level: int, generator: Generator, *, published: bool = False) -> Tensor:
    """Apply up to `count` operations to every image, each drawn uniformly from the pool, then cutout.

    Args:
        images: float [N, 3, H, W], 0..255, changed in place and returned.
        count: Operations per image.
        level: 0..10.
        generator: Draws all random numbers.
        published: Reproduce MAN's program: shears about the top left corner, the weights of red and blue in grey
            swapped, and whole grey levels after every operation.
    """
    part = level / LEVELS
    geometric = _geometric_published if published else _geometric
    luma = transforms.LUMA[::-1] if published else transforms.LUMA
    for _ in range(count):
        drawn = torch.randint(len(POOL), (len(images),), generator=generator)
        applied = torch.rand(len(images), generator=generator) < 0.5
        signs = torch.randint(2, (len(images),), generator=generator) * 2.0 - 1
        drawn = torch.where(applied, drawn, 0)
        index = torch.nonzero((drawn > 0) & (drawn <= len(GEOMETRIC))).flatten()
        if index.numel():
            subset = images[index.to(images.device, non_blocking=True)]
            transforms.on_subset(images, index, geometric(subset, drawn[index], signs[index], part))
        for name in PHOTOMETRIC:
            index = torch.nonzero(drawn == POOL.index(name)).flatten()
            if index.numel():
                subset = images[index.to(images.device, non_blocking=True)]
                changed = _photometric(name, subset, part, luma)
                transforms.on_subset(images, index, changed.floor_() if published else changed)
    return cutout(images, generator)
