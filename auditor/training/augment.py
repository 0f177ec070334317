"""The augmented views of a batch, by the name of a recipe: the papers' own, and one for small pictures on a CPU.

A recipe works on a whole batch on the device it lies on. What it draws depends on nothing but the generator, so the
same seed gives the same views, whichever thread, device or process cuts the batch.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Generator, Tensor

from auditor.errors import ConfigError
from auditor.training import transforms
from auditor.training.randaugment import PIXELS, randaugment

Step = Callable[[Tensor, Generator], Tensor]


@dataclass(frozen=True)
class Recipe:
    """How one view is made.

    Attributes:
        help: What it does, in a few words.
        step: Changes float [N, 3, H, W], 0..255.
        erase: (lowest, highest) share of the area that random erasing takes, with probability 0.5, or None.
            Erased pixels are 0 after normalisation, the mean colour, as in the papers.
    """

    help: str
    step: Step
    erase: tuple[float, float] | None = None


def _plain(images: Tensor, generator: Generator) -> Tensor:
    del generator
    return images


def _flip(images: Tensor, generator: Generator) -> Tensor:
    return transforms.flip(images, transforms.chosen(len(images), 0.5, generator))


def _weak(images: Tensor, generator: Generator) -> Tensor:
    """MAN: flip; half of the images get colour jitter 0.25 and a shift of 0.1 with a zoom of 1 to 1.25."""
    images = _flip(images, generator)
    index = transforms.chosen(len(images), 0.5, generator)
    if not index.numel():
        return images
    subset = transforms.jitter(images[index.to(images.device, non_blocking=True)], 0.25, generator)
    theta = _placement(len(index), generator, zoom=(1.0, 1.25), shift=0.1)
    return transforms.on_subset(images, index, transforms.warp(subset, theta))


def _strong(images: Tensor, generator: Generator) -> Tensor:
    """MAN: pad and crop (4 of 224 pixels), flip, RandAugment(2, 10)."""
    images = transforms.pad_crop(images, max(1, round(4 / PIXELS * images.shape[-1])), generator)
    return randaugment(_flip(images, generator), 2, 10, generator)


def _rul(images: Tensor, generator: Generator) -> Tensor:
    """RUL: half of the images are changed, each either mirrored or made noisy (variance 30)."""
    changed = torch.rand(len(images), generator=generator) < 0.5
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    images = transforms.flip(images, torch.nonzero(changed & mirrored).flatten())
    return _noisy(images, torch.nonzero(changed & ~mirrored).flatten(), generator)


def _nla(images: Tensor, generator: Generator) -> Tensor:
    """NLA: flip, and noise (variance 30), each for half of the images."""
    images = _flip(images, generator)
    return _noisy(images, transforms.chosen(len(images), 0.5, generator), generator)


def _noisy(images: Tensor, index: Tensor, generator: Generator) -> Tensor:
    if not index.numel():
        return images
    subset = images[index.to(images.device, non_blocking=True)]
    return transforms.on_subset(images, index, transforms.noise(subset, 30.0, generator))


def _noisyfer(images: Tensor, generator: Generator) -> Tensor:
    """NoisyFER: flip, rotation of 10 degrees, shift of 10 of 64 pixels, then zoom of 10 % (of the shift too).

    Nearest pixels and a black border, as the published script's call of OpenCV comes out.
    """
    theta = _placement(len(images), generator, angle=10.0, zoom=(0.9, 1.1), shift=10 / 64, flips=True, shift_first=True)
    return transforms.warp(images, theta, mode="nearest")


def _demo(images: Tensor, generator: Generator) -> Tensor:
    """Flips, rotations of 10 degrees, zooms of 10 %, shifts of 6 %: what helps most from random weights."""
    theta = _placement(len(images), generator, angle=10.0, zoom=(0.9, 1.1), shift=0.06, flips=True)
    return transforms.warp(images, theta, padding="border")


def _placement(
    count: int,
    generator: Generator,
    *,
    zoom: tuple[float, float],
    shift: float,
    angle: float = 0.0,
    flips: bool = False,
    shift_first: bool = False,
) -> Tensor:
    """Affine maps [N, 2, 3] of random rotations (degrees), zooms, shifts (shares of the side) and flips.

    The shift comes after the zoom unless `shift_first`.
    """
    nothing = torch.zeros(count)
    turns = transforms.uniform(count, -math.radians(angle), math.radians(angle), generator)
    zooms = transforms.uniform(count, *zoom, generator)
    shift_x = transforms.uniform(count, -shift, shift, generator)
    shift_y = transforms.uniform(count, -shift, shift, generator)
    if shift_first:
        shift_x, shift_y = shift_x * zooms, shift_y * zooms
    theta = transforms.matrices(turns, zooms, shift_x, shift_y, nothing, nothing)
    if flips:
        sign = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
        theta[:, 0] *= sign[:, None]
    return theta


RECIPES: Mapping[str, Recipe] = {
    "plain": Recipe("the image as it is", _plain),
    "flip": Recipe("flip", _flip),
    "weak": Recipe("flip, colour, shift and zoom, erasing (MAN)", _weak, erase=(0.02, 0.25)),
    "strong": Recipe("pad and crop, flip, RandAugment (MAN)", _strong),
    "rul": Recipe("flip or noise, erasing (RUL)", _rul, erase=(0.02, 0.25)),
    "nla": Recipe("flip, noise, erasing (NLA)", _nla, erase=(0.02, 0.3)),
    "noisyfer": Recipe("flip, rotation, shift, zoom (NoisyFER)", _noisyfer),
    "demo": Recipe("flip, rotation, zoom, shift", _demo),
}
"""Every recipe by the name that a method asks for it with."""


class Augmenter:
    """Makes the views of batches for one method, normalised as it asks."""

    def __init__(
        self,
        normalise: tuple[tuple[float, ...], tuple[float, ...]],
        device: torch.device | str,
        own: Mapping[str, Step] = MappingProxyType({}),
    ) -> None:
        """Prepare the normalisation.

        Args:
            normalise: (mean, std) of the RGB input over 0..1.
            device: Where the batches lie.
            own: The method's own recipes by name (`Method.recipes`); one of a known name takes its place.
        """
        self.recipes = {**RECIPES, **{name: Recipe(name, step) for name, step in own.items()}}
        mean = torch.tensor(normalise[0], device=device).view(1, 3, 1, 1) * 255
        std = torch.tensor(normalise[1], device=device).view(1, 3, 1, 1) * 255
        self._scale, self._offset = 1 / std, -mean / std

    def plain(self, images: Tensor) -> dict[str, Tensor]:
        """The view 'plain' alone, for scoring."""
        return self(images, ("plain",), Generator())

    def __call__(
        self,
        images: Tensor,
        views: Sequence[str],
        generator: Generator,
        parts: Mapping[str, Tensor] = MappingProxyType({}),
    ) -> dict[str, Tensor]:
        """Views of uint8 images [N, H, W, 3]: float32 [N, 3, H, W], normalised, channels last in memory.

        Args:
            images: on the device.
            views: recipes by name.
            generator: everything is drawn from it, in the order of the views.
            parts: by view, places [n] of the images of which it is made; of all where none are named.

        Raises:
            ConfigError: A view that is no recipe.
        """
        unknown = sorted(set(views) - set(self.recipes))
        if unknown:
            known = ", ".join(self.recipes)
            raise ConfigError(f"There is no augmentation named {', '.join(unknown)}; there are {known}.")
        made = {}
        for view in views:
            wanted = images[parts[view].to(images.device, non_blocking=True)] if view in parts else images
            made[view] = self._make(self.recipes[view] if len(wanted) else RECIPES["plain"], wanted, generator)
        return made

    def _make(self, recipe: Recipe, images: Tensor, generator: Generator) -> Tensor:
        pixels = images.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.channels_last, copy=True)
        view = torch.addcmul(self._offset, recipe.step(pixels, generator), self._scale)
        if recipe.erase is not None:
            masks = transforms.erase_masks(len(images), images.shape[1], 0.5, recipe.erase, generator)
            view = view.mul_(~masks.to(view.device, non_blocking=True))  # half the time of masked_fill_
        return view.contiguous(memory_format=torch.channels_last)
