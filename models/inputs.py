"""What a network expects of its images, and what a published checkpoint file is known to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import ConfigError

CHANNELS = ("rgb", "bgr")
MS_CELEB = (
    "the ResNet-18 learnt on MS-Celeb-1M (resnet18_msceleb.pth, which the papers' repositories link to; no sha256 of "
    "it is known here)"
)
RAF_DB = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
AFFECTNET = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
CIFAR_10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Inputs:
    """How images become a network's input.

    Attributes:
        mean: Of each channel over 0..1, in the network's channel order; subtracted first.
        std: Of each channel; divided by.
        channels: Channel order: 'rgb', or 'bgr' as OpenCV reads files.
        antialias: Whether a larger image is smoothed where it shrinks (Pillow's bilinear), or sampled (OpenCV's).
    """

    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    channels: str = "rgb"
    antialias: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be computed.

        Raises:
            ConfigError: Names the value and what is possible.
        """
        if self.channels not in CHANNELS:
            raise ConfigError(f"The channel order is {self.channels!r}, expected rgb or bgr.")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std, default=0) <= 0:
            raise ConfigError(
                f"The mean is {self.mean} and the std {self.std}, expected three numbers of each, the std's above 0."
            )


@dataclass(frozen=True)
class Published:
    """What a checkpoint file in a paper's layout says of its network.

    Attributes:
        outputs: Number of classes.
        classes: Their names in the order of the outputs; empty where nobody can know it from the file.
        image_size: Side of the images in pixels; 0 where the file does not say.
        options: Values of the method's options that the file was trained with.
    """

    outputs: int
    classes: tuple[str, ...] = ()
    image_size: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


def weights_needed(start: str) -> str:
    """The sentence for a published preset without weights.

    Args:
        start: What the published program starts from, in words.
    """
    return (
        f"The preset 'published' starts from {start}, and no starting weights were named; give --weights FILE, or say "
        "--weights none for random weights, with which the accuracy stays far below the paper's."
    )


def raf_db_order(outputs: int) -> tuple[str, ...]:
    """Class names of the ResNet methods' files: those of RAF-DB, the only data set whose order is published."""
    return RAF_DB if outputs == len(RAF_DB) else ()
