"""Make the augmented views of a batch by recipe name: the papers' recipes, ours, and one for small images on a CPU.

The published programs add noise, colour and shifts to the image at its own size and then resize it for the network.
The resize smooths the noise, and shifts are whole pixels of the file. Our recipes work at the network's size, at which
the images are decoded once. A recipe works on a whole batch on its device. Its random numbers depend only on the
generator, so the same seed gives the same views on every thread, device and process.

The recipes here are a library that any method may name; those of a paper bear its name. A method brings others with
`Method.recipes`, in its own file.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Generator, Tensor

from auditor.errors import ConfigError
from auditor.training import steps, transforms
from models.inputs import Inputs
from models.recipe import Recipe, Step

RECIPES: Mapping[str, Recipe] = {
    "plain": Recipe("the image as it is", steps.plain),
    "flip": Recipe("flip", steps.flip),
    "published-weak": Recipe(
        "flip, colour, shift and zoom at the image's own size, erasing (MAN, as published)",
        steps.plain,
        (0.02, 0.25),
        steps.published_weak,
        own_size=True,
        antialias=True,
    ),
    "published-strong": Recipe(
        "pad and crop, flip, RandAugment (MAN, as published)", steps.published_strong, own_size=True, antialias=False
    ),
    "published-rul": Recipe(
        "flip or noise at the image's own size, erasing (RUL, as published)",
        steps.plain,
        (0.02, 0.25),
        steps.published_rul,
        own_size=True,
        antialias=True,
    ),
    "published-nla": Recipe(
        "noise at the image's own size, flip, erasing (NLA, as published)",
        steps.flip,
        (0.02, 0.3),
        steps.published_noise,
        own_size=True,
        antialias=True,
    ),
    "published-noisyfer": Recipe(
        "rotation, shift by 10 pixels, zoom, flip (NoisyFER, as published)", steps.published_noisyfer, own_size=True
    ),
    "published-cifar": Recipe(
        "crop on black, flip (NoisyFER on CIFAR-10, as published)", steps.published_cifar, own_size=True, antialias=True
    ),
    "weak": Recipe("flip, colour, shift and zoom, erasing, at the network's size", steps.weak, erase=(0.02, 0.25)),
    "strong": Recipe("pad and crop, flip, RandAugment about the centre", steps.strong),
    "rul": Recipe("flip or noise at the network's size, erasing", steps.rul, erase=(0.02, 0.25)),
    "nla": Recipe("flip, noise at the network's size, erasing", steps.nla, erase=(0.02, 0.3)),
    "noisyfer": Recipe("flip, rotation, shift by 10/64 of the side, zoom", steps.noisyfer),
    "demo": Recipe("flip, rotation, zoom, shift", steps.demo),
}
"""All recipes by name, as methods refer to them."""


NONE_OF_ITS_OWN: Mapping[str, Recipe | Step] = MappingProxyType({})


def with_own(own: Mapping[str, Recipe | Step]) -> dict[str, Recipe]:
    """Return all recipes by name: `RECIPES`, and over them a method's own (`Method.recipes`)."""
    recipes = {name: each if isinstance(each, Recipe) else Recipe(name, each) for name, each in own.items()}
    return {**RECIPES, **recipes}


def begin_at_own_size(views: Sequence[str], own: Mapping[str, Recipe | Step] = NONE_OF_ITS_OWN) -> bool:
    """Return whether any of these views starts from the image at its own size.

    Args:
        views: Recipe names.
        own: The method's own recipes.
    """
    recipes = with_own(own)
    return any(view in recipes and recipes[view].own_size for view in views)


class Augmenter:
    """Makes the normalised views of batches for one method's network."""

    def __init__(
        self,
        inputs: Inputs,
        device: torch.device | str,
        size: int,
        own: Mapping[str, Recipe | Step] = NONE_OF_ITS_OWN,
    ) -> None:
        """Prepare the normalisation.

        Args:
            inputs: Channel order, mean, standard deviation and resampling.
            device: Device of the batches.
            size: Side of the network's images in pixels.
            own: The method's own recipes by name (`Method.recipes`); they override `RECIPES` of the same name.
        """
        self.recipes = with_own(own)
        mean = torch.tensor(inputs.mean, device=device).view(1, 3, 1, 1) * 255
        std = torch.tensor(inputs.std, device=device).view(1, 3, 1, 1) * 255
        self._scale, self._offset = 1 / std, -mean / std
        self._reversed, self._antialias, self._size = inputs.channels == "bgr", inputs.antialias, size

    def plain(self, images: Tensor) -> dict[str, Tensor]:
        """Return only the view 'plain', for scoring."""
        return self(images, ("plain",), Generator())

    def resized(self, images: Tensor) -> Tensor:
        """Resize uint8 images [N, H, W, 3] to the network's size, without any other change."""
        pixels = transforms.resize(images.permute(0, 3, 1, 2).float(), self._size, antialias=self._antialias)
        return pixels.permute(0, 2, 3, 1).to(torch.uint8)

    def picture(self, faces: Tensor) -> Tensor:
        """Convert a network's faces [..., 3, S, S], in [-1, 1] and its channel order, to uint8 RGB [..., S, S, 3]."""
        ordered = faces.flip(-3) if self._reversed else faces
        return ((ordered.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).movedim(-3, -1)

    def __call__(
        self,
        images: Tensor,
        views: Sequence[str],
        generator: Generator,
        parts: Mapping[str, Tensor] = MappingProxyType({}),
    ) -> dict[str, Tensor]:
        """Make views of uint8 images [N, H, W, 3]: float32 [N, 3, S, S], normalised, channels last in memory.

        Args:
            images: On the device, at their own size or the network's.
            views: Recipe names.
            generator: Draws all random numbers, in the order of the views.
            parts: By view, positions [n] of the images to make it of; all images where a view is not named.

        Raises:
            ConfigError: There is no recipe of that name.
        """
        unknown = sorted(set(views) - set(self.recipes))
        if unknown:
            names = ", ".join(self.recipes)
            raise ConfigError(f"There is no augmentation named {', '.join(unknown)}; there are {names}.")
        made_views = {}
        for view in views:
            subset = images[parts[view].to(images.device, non_blocking=True)] if view in parts else images
            made_views[view] = self._make(self.recipes[view] if len(subset) else RECIPES["plain"], subset, generator)
        return made_views

    def _make(self, recipe: Recipe, images: Tensor, generator: Generator) -> Tensor:
        pixels = images.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.channels_last, copy=True)
        if recipe.first is not None and len(images):
            pixels = recipe.first(pixels, generator)
        if len(images):
            antialias = self._antialias if recipe.antialias is None else recipe.antialias
            pixels = transforms.resize(pixels, self._size, antialias=antialias)
        else:
            pixels = pixels.new_zeros((0, 3, self._size, self._size))
        changed = recipe.step(pixels, generator)
        view = torch.addcmul(self._offset, changed.flip(1) if self._reversed else changed, self._scale)
        if recipe.erase is not None:
            masks = transforms.erase_masks(len(images), self._size, 0.5, recipe.erase, generator, device=view.device)
            view = view.mul_(~masks)  # half the time of masked_fill_
        return view.contiguous(memory_format=torch.channels_last)
