"""A training epoch written like the published scripts: the baseline for our training loop's throughput.

Every image is read from its file, decoded and augmented with PIL, one by one, in a DataLoader, in the order of the
published transforms (RUL's and NLA's noise and NoisyFER's warp of the source's size stand where the scripts have them);
MAN's division uses Python loops over tensors; losses are read after every step; networks and optimisers have torch's
defaults: default memory layout, Adam unfused. Networks and losses are the same objects that our loop trains. The
baseline is faster than the scripts in two points: MAN divides by plain images, where its script augments every image
twice again, and the test set is not scored.
"""

import functools
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T

from models.backbone import Backbone
from models.base import Batch, Method, Scores
from models.noisyfer.encoder import Block

Transform = Callable[[Image.Image], Tensor]


def tensors(normalise: Any, erase: tuple[float, float] | None = None) -> list[Any]:
    steps: list[Any] = [T.ToTensor(), T.Normalize(*normalise)]
    return steps if erase is None else [*steps, T.RandomErasing(scale=erase)]


def noisy(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image)
    return Image.fromarray(np.clip(pixels + np.random.normal(0, 30**0.5, pixels.shape), 0, 255).astype(np.uint8))


def flip_or_noise(image: Image.Image) -> Image.Image:
    if random.random() > 0.5:
        return image
    return ImageOps.mirror(image) if random.random() < 0.5 else noisy(image)


GREY = (128, 128, 128)
BILINEAR = Image.Resampling.BILINEAR


def moved(image: Image.Image, matrix: tuple[float, ...]) -> Image.Image:
    return image.transform(image.size, Image.Transform.AFFINE, matrix, BILINEAR, fillcolor=GREY)


def sign() -> int:
    return random.choice((-1, 1))


POOL: list[Callable[[Image.Image], Image.Image]] = [
    lambda x: x,
    ImageOps.autocontrast,
    ImageOps.equalize,
    lambda x: x.rotate(30 * sign(), BILINEAR, fillcolor=GREY),
    lambda x: ImageOps.solarize(x, 256),
    lambda x: ImageEnhance.Color(x).enhance(1.9),
    lambda x: ImageEnhance.Contrast(x).enhance(1.9),
    lambda x: ImageEnhance.Brightness(x).enhance(1.9),
    lambda x: ImageEnhance.Sharpness(x).enhance(1.9),
    lambda x: moved(x, (1, 0.3 * sign(), 0, 0, 1, 0)),
    lambda x: moved(x, (1, 0, 0, 0.3 * sign(), 1, 0)),
    lambda x: moved(x, (1, 0, sign() * x.width * 10 / 224, 0, 1, 0)),
    lambda x: moved(x, (1, 0, 0, 0, 1, sign() * x.height * 10 / 224)),
    lambda x: ImageOps.posterize(x, 4),
]


def warped(image: Image.Image) -> Image.Image:
    """NoisyFER: rotation, shift and zoom in one nearest-pixel warp on black."""
    angle, zoom = math.radians(random.uniform(-10, 10)), random.uniform(0.9, 1.1)
    shift_x, shift_y = (random.uniform(-10, 10) * image.width / 64 for _ in range(2))
    cos, sin, centre = math.cos(angle) / zoom, math.sin(angle) / zoom, image.width / 2 - 0.5
    x, y = centre + zoom * shift_x, centre + zoom * shift_y
    matrix = (cos, -sin, centre - cos * x + sin * y, sin, cos, centre - sin * x - cos * y)
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST, fillcolor=(0, 0, 0))


def randaugment(image: Image.Image) -> Image.Image:
    for operation in random.choices(POOL, k=2):
        if random.random() < 0.5:
            image = operation(image)
    half, x, y = max(1, round(image.width * 8 / 224)), random.randrange(image.width), random.randrange(image.height)
    image.paste(GREY, (max(0, x - half), max(0, y - half), x + half, y + half))
    return image


def recipe(view: str, size: int, normalise: Any) -> Transform:
    """The transform of a view, image by image."""
    flip, resize = T.RandomHorizontalFlip(), T.Resize((size, size))
    jitter = [T.ColorJitter(0.25, 0.25, 0.25, 0.25), T.RandomAffine(0, (0.1, 0.1), (1, 1.25), interpolation=BILINEAR)]
    border = max(1, round(size * 4 / 224))
    steps: dict[str, list[Any]] = {
        "plain": [resize, *tensors(normalise)],
        "weak": [flip, T.RandomApply(jitter, 0.5), resize, *tensors(normalise, (0.02, 0.25))],
        "strong": [resize, T.RandomCrop(size, border, padding_mode="reflect"), flip, randaugment, *tensors(normalise)],
        "rul": [flip_or_noise, resize, *tensors(normalise, (0.02, 0.25))],
        "nla": [flip, T.RandomApply([T.Lambda(noisy)], 0.5), resize, *tensors(normalise, (0.02, 0.3))],
        "noisyfer": [resize, warped, flip, *tensors(normalise)],
    }
    return T.Compose(steps[view])


class Faces(Dataset[Any]):
    """Images by file, each read, decoded and transformed when it is asked for."""

    def __init__(self, files: Sequence[Path], labels: Sequence[int], views: dict[str, Transform]) -> None:
        self.files, self.labels, self.views = files, labels, views

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[dict[str, Tensor], int, int]:
        image = Image.open(self.files[index]).convert("RGB")
        return {name: view(image.copy()) for name, view in self.views.items()}, self.labels[index], index


def divide(predicted: Tensor, labels: Tensor) -> Tensor:
    """MAN's division image by image: 0 clean, 1 ambiguous, 2 noisy; predicted [N, 2]."""
    clean: list[int] = []
    ambiguous: list[int] = []
    noise: list[int] = []
    for index in range(len(labels)):
        right = [int(predicted[index, net]) == int(labels[index]) for net in range(2)]
        (clean if all(right) else ambiguous if any(right) else noise).append(index)
    result = torch.zeros(len(labels), dtype=torch.int8)
    for value, members in enumerate((clean, ambiguous, noise)):
        for index in members:
            result[index] = value
    return result


def look_up(rows: Tensor, parts: Sequence[Tensor]) -> list[Tensor]:
    """Where in a batch each part's images are, by searching the lists for them, as the published loop does."""
    memberships: list[list[Tensor]] = [[] for _ in parts]
    for row in rows:
        for part, members in zip(parts, memberships, strict=True):
            if part.eq(row).sum() == 1:
                members.append(row)
                break
    return [torch.tensor([int(torch.nonzero(rows.eq(row))[0]) for row in members]) for members in memberships]


def as_torch_lays_them_out(method: Method) -> None:
    """Undo our short cuts: torch's default memory layout, and layer after layer, as the scripts have them."""
    method.to(memory_format=torch.contiguous_format)
    for module in method.modules():
        if isinstance(module, Backbone):
            module.forward = functools.partial(maps, module)
        if isinstance(module, Block):
            module.forward = functools.partial(nn.Sequential.forward, module)


def maps(net: Backbone, images: Tensor) -> Tensor:
    """A ResNet's feature maps, as torchvision computes them."""
    features = net.maxpool(net.relu(net.bn1(net.conv1(images))))
    result: Tensor = net.layer4(net.layer3(net.layer2(net.layer1(features))))
    return result


class PlainTrainer:
    """Epochs of one method over image files, on the CPU or, where the method is prepared by an accelerator, its device.

    The precision is then the accelerator's too.
    """

    def __init__(self, method: Method, files: Sequence[Path], labels: Sequence[int], size: int, workers: int) -> None:
        self.method, self.labels = method, torch.tensor(labels)
        self.device = torch.device("cpu") if method.accelerator is None else method.accelerator.device
        as_torch_lays_them_out(method)
        for name, optimiser in method.optimisers.items():
            groups = [{"params": g["params"], "lr": g["lr"], "initial_lr": g["lr"]} for g in optimiser.param_groups]
            unfused = torch.optim.Adam(groups, weight_decay=method.options.weight_decay)
            prepare = getattr(method.accelerator, "prepare_optimizer", lambda each: each)
            method.optimisers[name] = prepare(unfused)
        constants = (method.inputs.mean, method.inputs.std)
        views = {view: recipe(view.removeprefix("published-"), size, constants) for view in type(method).views}
        plain = {"plain": recipe("plain", size, constants)}
        batch = method.options.batch_size
        self.training = DataLoader(Faces(files, labels, views), batch, shuffle=True, num_workers=workers)
        self.scoring = DataLoader(Faces(files, labels, plain), batch, num_workers=workers)

    def epoch(self, number: int, last: Scores | None) -> Scores:
        """One epoch of steps, then one of scores."""
        method = self.method
        parts = []
        if last is not None and "pred_net1" in last.columns:
            predicted = torch.stack([last.columns["pred_net1"], last.columns["pred_net2"]], 1)
            division = divide(predicted, self.labels)
            last.columns["assignment"] = division
            parts = [torch.nonzero(division == value).flatten() for value in range(3)]
        method.start_epoch(number, last)
        for views, labels, rows in self.training:
            look_up(rows, parts)
            losses = method.train_step(self._batch(rows, views, labels), number)
            _ = {name: float(loss) for name, loss in losses.items()}
        method.end_epoch()
        method.eval()
        with torch.no_grad():
            return Scores.cat([self._scored(rows, views, labels) for views, labels, rows in self.scoring])

    def _batch(self, rows: Tensor, views: dict[str, Tensor], labels: Tensor) -> Batch:
        return Batch(rows, views, labels).to(self.device, non_blocking=False)

    def _scored(self, rows: Tensor, views: dict[str, Tensor], labels: Tensor) -> Scores:
        """Scores of a batch, read at once."""
        scores = self.method.score(self._batch(rows, views, labels))
        columns = {name: column.cpu() for name, column in scores.columns.items()}
        return Scores(scores.probs.cpu(), scores.embedding.cpu(), columns)
