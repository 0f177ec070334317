"""Image operations on whole batches, with separate random numbers for every image.

A batch is float [N, 3, H, W], values 0..255. Random choices (which image, how much) are drawn on the CPU from the
generator, so that a seed gives the same augmentation on every device and the host selects images without waiting for
the device. Only noise is drawn on the batch's device.
"""

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

LUMA = (0.299, 0.587, 0.114)


def uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Draw `count` numbers from [low, high), on the CPU."""
    return torch.rand(count, generator=generator) * (high - low) + low


def draw_indices(count: int, share: float, generator: Generator) -> Tensor:
    """Draw the indices of the images that an operation applies to, each with probability `share`; int64 on the CPU."""
    return torch.nonzero(torch.rand(count, generator=generator) < share).flatten()


def column(values: Tensor, images: Tensor) -> Tensor:
    """Return one number per image as [N, 1, 1, 1] on the batch's device."""
    return values.to(images.device, images.dtype, non_blocking=True).view(-1, 1, 1, 1)


def on_subset(images: Tensor, index: Tensor, replacement: Tensor) -> Tensor:
    """Put the changed images of a subset back into the batch (in place)."""
    images[index.to(images.device, non_blocking=True)] = replacement
    return images


def flip(images: Tensor, index: Tensor) -> Tensor:
    """Mirror the images at `index` left to right (in place)."""
    if index.numel():
        subset = index.to(images.device, non_blocking=True)
        images[subset] = images[subset].flip(3)
    return images


def matrices(angle: Tensor, zoom: Tensor, shift_x: Tensor, shift_y: Tensor, shear_x: Tensor, shear_y: Tensor) -> Tensor:
    """Return output-to-input maps [N, 2, 3] for `warp`: shear, then zoom, rotate and shift about the centre.

    The angle is in radians (positive turns counter-clockwise on the screen), zoom > 1 enlarges, shifts are shares of
    the side (positive moves right and down), shears are tangents.
    """
    cos, sin = torch.cos(angle), torch.sin(angle)
    # The inverse map: undo the shift, then the rotation and zoom, then the shear.
    a, b = cos / zoom, -sin / zoom
    c, d = sin / zoom, cos / zoom
    top = torch.stack([a - shear_x * c, b - shear_x * d], 1)
    bottom = torch.stack([c - shear_y * a, d - shear_y * b], 1)
    linear = torch.stack([top, bottom], 1)
    moved = torch.stack([shift_x, shift_y], 1) * 2
    offset = -(linear @ moved[:, :, None])
    return torch.cat([linear, offset], 2)


def warp(images: Tensor, theta: Tensor, *, padding: str = "zeros", mode: str = "bilinear") -> Tensor:
    """Resample every image with its own affine map, theta [N, 2, 3] of `matrices`."""
    theta = theta.to(images.device, images.dtype, non_blocking=True)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode=mode, padding_mode=padding, align_corners=False)


def warp_pixels(images: Tensor, forward: Tensor, *, mode: str = "bilinear") -> Tensor:
    """Move every image's pixels by its own map; the rest of the result is black.

    Args:
        images: [N, 3, S, S].
        forward: float64 [N, 3, 3], from a pixel's position (x, y, 1) in the image to its position in the result, in
            whole pixels: (0, 0) is the centre of the first.
        mode: 'bilinear' or 'nearest'.
    """
    back = torch.linalg.inv(forward)[:, :2]
    side = images.shape[-1]
    linear = back[:, :, :2]
    offset = (linear.sum(2) * (side - 1) + 2 * back[:, :, 2] + 1) / side - 1
    return warp(images, torch.cat([linear, offset[:, :, None]], 2), mode=mode)


def pixel_maps(count: int, *values: tuple[int, int, Tensor | float]) -> Tensor:
    """Return maps for `warp_pixels`, float64 [N, 3, 3]: identities with the given (row, column, [N] values) set."""
    maps = torch.eye(3, dtype=torch.float64).repeat(count, 1, 1)
    for row, place, entry in values:
        maps[:, row, place] = torch.as_tensor(entry, dtype=torch.float64)
    return maps


def resize(images: Tensor, side: int, *, antialias: bool) -> Tensor:
    """Resize images [N, 3, H, W] to a side, rounded to whole grey levels.

    Args:
        images: 0..255.
        side: In pixels.
        antialias: True for Pillow's bilinear, which smooths what it shrinks; False for OpenCV's, which samples. Both
            are reproduced to one grey level.
    """
    if images.shape[-2:] == (side, side):
        return images
    return F.interpolate(images, (side, side), mode="bilinear", antialias=antialias).round_().clamp_(0, 255)


def pad_crop(images: Tensor, padding: int, generator: Generator, *, last: int | None = None) -> Tensor:
    """Pad by reflection on all sides and crop a window of the old size at a random position.

    Args:
        images: [N, 3, H, W].
        padding: In pixels.
        generator: Draws the position.
        last: Largest offset of the window from the padded corner; 2 * padding where it is None.
    """
    count, _, height, width = images.shape
    offsets = torch.randint(0, (2 * padding if last is None else last) + 1, (2, count), generator=generator) - padding
    rows = _reflect(torch.arange(height) + offsets[0][:, None], height).to(images.device, non_blocking=True)
    columns = _reflect(torch.arange(width) + offsets[1][:, None], width).to(images.device, non_blocking=True)
    which = torch.arange(count, device=images.device)[:, None, None]
    cut = images.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]]
    return cut.permute(0, 3, 1, 2)


def _reflect(index: Tensor, length: int) -> Tensor:
    """Reflect out-of-range indices at the border pixels."""
    index = index.abs()
    return torch.where(index >= length, 2 * (length - 1) - index, index).clamp_(0, length - 1)


def crop_on_black(images: Tensor, padding: int, generator: Generator) -> Tensor:
    """Pad with black on all sides and crop a window of the old size at a uniformly random position."""
    count, _, height, width = images.shape
    offsets = torch.randint(0, 2 * padding + 1, (2, count), generator=generator)
    padded = F.pad(images, (padding,) * 4).permute(0, 2, 3, 1)
    rows = (torch.arange(height) + offsets[0][:, None]).to(images.device, non_blocking=True)
    columns = (torch.arange(width) + offsets[1][:, None]).to(images.device, non_blocking=True)
    which = torch.arange(count, device=images.device)[:, None, None]
    return padded[which, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def grey(images: Tensor, luma: tuple[float, float, float] = LUMA) -> Tensor:
    """Return the luma of every pixel, [N, 1, H, W]; `luma` holds the weights of red, green and blue."""
    red, green, blue = images.unbind(1)
    return (luma[0] * red + luma[1] * green + luma[2] * blue).unsqueeze(1)


def blend(images: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    """Return factor * images + (1 - factor) * other, clipped to 0..255; factor is one number per image (CPU)."""
    return torch.lerp(other, images, column(factor, images)).clamp_(0, 255)


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Scale every image by its own factor."""
    return (images * column(factor, images)).clamp_(0, 255)


def contrast(images: Tensor, factor: Tensor, luma: tuple[float, float, float] = LUMA) -> Tensor:
    """Blend every image with its mean grey."""
    return blend(images, grey(images, luma).mean((1, 2, 3), keepdim=True).expand_as(images), factor)


def saturation(images: Tensor, factor: Tensor, luma: tuple[float, float, float] = LUMA) -> Tensor:
    """Blend every image with its grey version."""
    return blend(images, grey(images, luma).expand_as(images), factor)


def hue(images: Tensor, turn: Tensor) -> Tensor:
    """Rotate the hue of every image by its own share of the colour circle (-0.5..0.5), in HSV."""
    high, argmax = images.max(1, keepdim=True)
    span = high - images.amin(1, keepdim=True)
    safe = span.clamp(min=1e-6)
    red, green, blue = images.unbind(1)
    sectors = torch.stack([green - blue, blue - red, red - green], 1).gather(1, argmax) / safe
    angle = (sectors + 2 * argmax + 6 * column(turn, images)) % 6
    offset = torch.arange(5, 0, -2, device=images.device, dtype=images.dtype).view(1, 3, 1, 1)  # 5, 3, 1
    place = (offset + angle) % 6
    return high - span * torch.minimum(place, 4 - place).clamp_(0, 1)


def jitter(images: Tensor, amount: float, generator: Generator) -> Tensor:
    """Change brightness, contrast and saturation by a factor of 1 ± amount, and hue by ± amount of the circle.

    The order of the four is drawn once per batch.
    """
    for number in torch.randperm(4, generator=generator).tolist():
        change = uniform(len(images), -amount, amount, generator)
        operation = (brightness, contrast, saturation, hue)[number]
        images = operation(images, change if operation is hue else 1 + change)
    return images


def noise(images: Tensor, variance: float, generator: Generator) -> Tensor:
    """Add Gaussian noise of a variance in 0..255 units, clipped to that range."""
    seed = int(torch.randint(2**62, (1,), generator=generator))
    local = torch.Generator(images.device).manual_seed(seed)
    # torch draws eight times faster into a contiguous layout than into channels last, and the values are independent.
    count, channels, height, width = images.shape
    gaussian = images.new_empty((count, height, width, channels)).normal_(0, math.sqrt(variance), generator=local)
    return gaussian.permute(0, 3, 1, 2).add_(images).clamp_(0, 255)


def erase_masks(
    count: int,
    side: int,
    share: float,
    area: tuple[float, float],
    generator: Generator,
    tries: int = 10,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Draw masks bool [N, 1, H, W] of random erasing (Zhong et al. 2020, as in torchvision), on a device.

    With probability `share`, one rectangle of `area` (share of the image) and aspect 0.3..3.3 is erased. The first of
    `tries` draws that fits is used; nothing is erased when none fits.
    """
    erased = torch.rand(count, generator=generator) < share
    size = (torch.rand(count, tries, generator=generator) * (area[1] - area[0]) + area[0]) * side * side
    low, high = math.log(0.3), math.log(3.3)
    aspect = torch.exp(torch.rand(count, tries, generator=generator) * (high - low) + low)
    heights, widths = torch.sqrt(size * aspect).round(), torch.sqrt(size / aspect).round()
    fits = (heights < side) & (widths < side)
    first = fits.to(torch.uint8).argmax(1, keepdim=True)
    height, width = heights.gather(1, first).squeeze(1), widths.gather(1, first).squeeze(1)
    place = torch.rand(2, count, generator=generator)
    top = torch.floor(place[0] * (side - height + 1))
    left = torch.floor(place[1] * (side - width + 1))
    height = height * (erased & fits.any(1))  # no rows, where nothing is erased
    return rectangles(torch.stack([top, left]), torch.stack([height, width]), side, device)


def rectangles(corner: Tensor, extent: Tensor, side: int, device: torch.device | str) -> Tensor:
    """Return masks bool [N, 1, side, side] on a device, one rectangle per image.

    Only the corners travel to the device: masks of 128 images at 224 pixels are 6 MB and take milliseconds to build.

    Args:
        corner: [2, N] on the CPU, the top and the left of each, in whole pixels; may be outside.
        extent: [2, N] on the CPU, the height and the width of each.
        side: Of the images, in pixels.
        device: Where the masks are built.
    """
    first, end = torch.stack([corner, corner + extent]).to(device, non_blocking=True)
    line = torch.arange(side, device=device)
    within = (line >= first[:, :, None]) & (line < end[:, :, None])
    masks: Tensor = within[0][:, None, :, None] & within[1][:, None, None, :]
    return masks
