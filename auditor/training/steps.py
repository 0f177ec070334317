"""Steps of the augmentation recipes on a batch float [N, 3, H, W], 0..255; the generator draws all random numbers.

The `published_` steps reproduce the papers' programs; the others work at the network's size.
"""

import math

import torch
from torch import Generator, Tensor

from auditor.training import transforms
from auditor.training.randaugment import PIXELS, randaugment


def plain(images: Tensor, generator: Generator) -> Tensor:
    """Change nothing."""
    del generator
    return images


def flip(images: Tensor, generator: Generator) -> Tensor:
    """Mirror half of the images."""
    return transforms.flip(images, transforms.draw_indices(len(images), 0.5, generator))


def weak(images: Tensor, generator: Generator) -> Tensor:
    """MAN: flip; half of the images get colour jitter 0.25 and a shift of 0.1 with a zoom of 1 to 1.25."""
    images = flip(images, generator)
    index = transforms.draw_indices(len(images), 0.5, generator)
    if not index.numel():
        return images
    subset = transforms.jitter(images[index.to(images.device, non_blocking=True)], 0.25, generator)
    theta = _placement(len(index), generator, zoom=(1.0, 1.25), shift=0.1)
    return transforms.on_subset(images, index, transforms.warp(subset, theta))


def strong(images: Tensor, generator: Generator) -> Tensor:
    """MAN: pad and crop (4 of 224 pixels), flip, RandAugment(2, 10)."""
    images = transforms.pad_crop(images, max(1, round(4 / PIXELS * images.shape[-1])), generator)
    return randaugment(flip(images, generator), 2, 10, generator)


def rul(images: Tensor, generator: Generator) -> Tensor:
    """RUL: half of the images are changed, each either mirrored or made noisy (variance 30)."""
    changed = torch.rand(len(images), generator=generator) < 0.5
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    images = transforms.flip(images, torch.nonzero(changed & mirrored).flatten())
    return noisy(images, torch.nonzero(changed & ~mirrored).flatten(), generator)


def nla(images: Tensor, generator: Generator) -> Tensor:
    """NLA: flip, and noise (variance 30), each for half of the images."""
    images = flip(images, generator)
    return noisy(images, transforms.draw_indices(len(images), 0.5, generator), generator)


def noisy(images: Tensor, index: Tensor, generator: Generator) -> Tensor:
    """Add noise (variance 30) to the images at `index`."""
    if not index.numel():
        return images
    subset = images[index.to(images.device, non_blocking=True)]
    return transforms.on_subset(images, index, transforms.noise(subset, 30.0, generator))


def noisyfer(images: Tensor, generator: Generator) -> Tensor:
    """NoisyFER: flip, rotation of 10 degrees, shift of 10 of 64 pixels, then zoom of 10 % (of the shift too).

    Nearest pixels and a black border, which is the result of the published script's call of OpenCV.
    """
    theta = _placement(len(images), generator, angle=10.0, zoom=(0.9, 1.1), shift=10 / 64, flips=True, shift_first=True)
    return transforms.warp(images, theta, mode="nearest")


def demo(images: Tensor, generator: Generator) -> Tensor:
    """Flips, rotations of 10 degrees, zooms of 10 %, shifts of 6 %: what helps most from random weights."""
    theta = _placement(len(images), generator, angle=10.0, zoom=(0.9, 1.1), shift=0.06, flips=True)
    return transforms.warp(images, theta, padding="border")


def published_weak(images: Tensor, generator: Generator) -> Tensor:
    """MAN at the image's own size: as `weak`, with shifts of whole pixels."""
    images = flip(images, generator)
    index = transforms.draw_indices(len(images), 0.5, generator)
    if not index.numel():
        return images
    side = images.shape[-1]
    subset = transforms.jitter(images[index.to(images.device, non_blocking=True)], 0.25, generator).round_()
    theta = _placement(len(index), generator, zoom=(1.0, 1.25), shift=0.1, whole_pixels=side)
    return transforms.on_subset(images, index, transforms.warp(subset, theta).round_())


def published_strong(images: Tensor, generator: Generator) -> Tensor:
    """MAN: pad by 4 of 224 pixels and crop at an offset of 0 to 7, flip, RandAugment(2, 10)."""
    padding = max(1, round(4 / PIXELS * images.shape[-1]))
    images = transforms.pad_crop(images, padding, generator, last=2 * padding - 1)
    return randaugment(flip(images, generator), 2, 10, generator, published=True)


def published_rul(images: Tensor, generator: Generator) -> Tensor:
    """RUL at the image's own size: the same as `rul`, with values rounded down to whole grey levels."""
    return rul(images, generator).floor_()


def published_noise(images: Tensor, generator: Generator) -> Tensor:
    """NLA at the image's own size: noise (variance 30) for half of the images, rounded down to whole grey levels."""
    return noisy(images, transforms.draw_indices(len(images), 0.5, generator), generator).floor_()


def published_noisyfer(images: Tensor, generator: Generator) -> Tensor:
    """NoisyFER: rotation up to 10 degrees, shift up to 10 pixels at any side, zoom up to 10 % (of the shift too), flip.

    Nearest pixels on black. A flip is x -> side - x, one pixel off a mirror image, as published.
    """
    count, side = len(images), images.shape[-1]
    angle = transforms.uniform(count, -math.radians(10), math.radians(10), generator).double()
    shift_x, shift_y = (transforms.uniform(count, -10.0, 10.0, generator).double() for _ in range(2))
    zoom = transforms.uniform(count, 0.9, 1.1, generator).double()
    flipped = torch.rand(count, generator=generator) < 0.5
    cos, sin, middle = torch.cos(angle), torch.sin(angle), side / 2 - 0.5
    maps = transforms.pixel_maps(
        count,
        (0, 0, zoom * cos), (0, 1, zoom * sin), (1, 0, -zoom * sin), (1, 1, zoom * cos),
        (0, 2, middle + zoom * (shift_x - (cos + sin) * middle)),
        (1, 2, middle + zoom * (shift_y + (sin - cos) * middle)),
    )  # fmt: skip
    mirror = transforms.pixel_maps(count, (0, 0, 1.0 - 2.0 * flipped), (0, 2, float(side) * flipped))
    return transforms.warp_pixels(images, mirror @ maps, mode="nearest")


def published_cifar(images: Tensor, generator: Generator) -> Tensor:
    """NoisyFER on CIFAR-10: pad 4 pixels of black, crop at an offset of 0 to 8, flip."""
    return flip(transforms.crop_on_black(images, 4, generator), generator)


def _placement(
    count: int,
    generator: Generator,
    *,
    zoom: tuple[float, float],
    shift: float,
    angle: float = 0.0,
    flips: bool = False,
    shift_first: bool = False,
    whole_pixels: int = 0,
) -> Tensor:
    """Draw affine maps [N, 2, 3] of random rotations (degrees), zooms, shifts (shares of the side) and flips.

    The shift comes after the zoom unless `shift_first`. If the side `whole_pixels` is given, shifts are whole pixels.
    """
    no_shear = torch.zeros(count)
    turns = transforms.uniform(count, -math.radians(angle), math.radians(angle), generator)
    zooms = transforms.uniform(count, *zoom, generator)
    shift_x = transforms.uniform(count, -shift, shift, generator)
    shift_y = transforms.uniform(count, -shift, shift, generator)
    if whole_pixels:
        shift_x, shift_y = ((each * whole_pixels).round() / whole_pixels for each in (shift_x, shift_y))
    if shift_first:
        shift_x, shift_y = shift_x * zooms, shift_y * zooms
    theta = transforms.matrices(turns, zooms, shift_x, shift_y, no_shear, no_shear)
    if flips:
        sign = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
        theta[:, 0] *= sign[:, None]
    return theta
