"""What is asked of a model of the user's own, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from auditor.config import SMALLEST_IMAGE
from auditor.errors import ConfigError
from models import titles

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
TAKEN = ("student", "joint", "cl", "carto", "knn", "p", "votes", "duplicate", "compare", "general")
"""Names that columns, files or tabs of the evidence already have."""

OUTPUTS = ("logits", "probabilities", "features")
SOURCES = ("probs", "embedding", "onnx", "torchvision")
IMAGENET = "imagenet"
FIRST_LOOK = "first-look"
"""The name of the opinion that `first-look` and the app's button make."""


@dataclass(frozen=True)
class ModelRequest:
    """A model of the user's own and how its outputs are to be read.

    Attributes:
        probs: File of probabilities [N, C], or ''.
        embedding: File of features [N, D], or ''.
        onnx: File of an ONNX network, or ''.
        torchvision: Name of a backbone (`backbones.names`), or ''.
        weights: The backbone's weights: a file, or 'imagenet' for those that torch or a package has on this computer.
        out_of_fold: Whether the model never saw the labels of these images.
        logits: Whether `probs` holds logits.
        classes: Class names in the order of the model's outputs; empty where its file names them, or for the data
            set's own order.
        outputs: What the ONNX network's output is, one of `OUTPUTS`.
        size: Side of the network's images in pixels, 0 for its own.
        channels: Channel order of the ONNX network's input, rgb or bgr.
        mean: Mean of each channel over 0..1, in that order.
        std: Standard deviation of each channel over 0..1.
    """

    probs: str = ""
    embedding: str = ""
    onnx: str = ""
    torchvision: str = ""
    weights: str = ""
    out_of_fold: bool = False
    logits: bool = False
    classes: tuple[str, ...] = ()
    outputs: str = "logits"
    size: int = 0
    channels: str = "rgb"
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            ConfigError: Names the option, its value and what was expected.
        """
        networks = [name for name in ("onnx", "torchvision") if getattr(self, name)]
        if len(networks) + bool(self.probs or self.embedding) != 1:
            sources = ", ".join(f"--{name}" for name in SOURCES if getattr(self, name)) or "none of them"
            raise ConfigError(
                f"A model is given by --probs, --embedding or both, or by --onnx, or by --torchvision, and {sources} "
                "was given; name one source."
            )
        if self.outputs not in OUTPUTS:
            raise ConfigError(
                f"The outputs are {self.outputs!r}, which do not exist; choose one of {', '.join(OUTPUTS)}."
            )
        if self.channels not in ("rgb", "bgr"):
            raise ConfigError(f"The channels are {self.channels!r}, which do not exist; choose rgb or bgr.")
        if self.size and not SMALLEST_IMAGE <= self.size <= 1024:
            raise ConfigError(
                f"The image size is {self.size}, which cannot be used; give {SMALLEST_IMAGE} to 1024 pixels."
            )
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (0, 3):
                raise ConfigError(f"The {name} has {len(getattr(self, name))} numbers; give one for each channel.")
        if any(value <= 0 for value in self.std):
            raise ConfigError(f"The standard deviations are {self.std}, which cannot be; give numbers above 0.")

    @property
    def files(self) -> list[Path]:
        """The files that it reads."""
        weights = self.weights if self.weights != IMAGENET else ""
        return [Path(name) for name in (self.probs, self.embedding, self.onnx, weights) if name]

    def to_options(self) -> dict[str, Any]:
        """Return what differs from the defaults, for a run's configuration."""
        return {
            each.name: getattr(self, each.name)
            for each in dataclasses.fields(self)
            if getattr(self, each.name) != each.default
        }

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return the request of a run's options, as `to_options` wrote them.

        Raises:
            ConfigError: An option is unknown or contradicts another.
        """
        defaults = {each.name: each.default for each in dataclasses.fields(cls)}
        unknown = sorted(set(options) - set(defaults))
        if unknown:
            raise ConfigError(f"A model of your own has no option {unknown[0]!r}; it has {', '.join(defaults)}.")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(defaults[key], tuple) else value for key, value in options.items()
        }
        return cls(**values)


def checked_name(name: str) -> str:
    """Return the name that columns, tabs and files of the evidence use.

    Raises:
        ConfigError: It has other characters than they can, or is taken.
    """
    wanted = name.strip().lower()
    if not NAME.fullmatch(wanted):
        raise ConfigError(
            f"The name {name!r} cannot be used; choose up to 31 letters, digits and hyphens, beginning with a letter, "
            "such as clip-b32."
        )
    if wanted in TAKEN or wanted in titles.descriptions():
        raise ConfigError(f"The name {name!r} is taken by a part of the evidence; choose another, such as my-{wanted}.")
    return wanted
