"""The input normalisation of a network, and the form of a published checkpoint file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import ConfigError

CHANNELS = ("rgb", "bgr")
MS_CELEB = (
    "the ResNet-18 trained on MS-Celeb-1M (resnet18_msceleb.pth, linked from the papers' repositories; its sha256 is "
    "not known here)"
)
RAF_DB = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
AFFECTNET = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
CIFAR_10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Inputs:
    """How images become a network's input.

    Attributes:
        mean: Mean of each channel in 0..1, in the network's channel order; it is subtracted first.
        std: Standard deviation of each channel; the difference is divided by it.
        channels: Channel order: 'rgb', or 'bgr' as OpenCV reads files.
        antialias: True to smooth an image that shrinks (Pillow's bilinear), False to sample it (OpenCV's bilinear).
    """

    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    channels: str = "rgb"
    antialias: bool = True

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: Names the invalid value and the allowed ones.
        """
        if self.channels not in CHANNELS:
            raise ConfigError(f"The channel order is {self.channels!r}; expected rgb or bgr.")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std, default=0) <= 0:
            raise ConfigError(
                f"The mean is {self.mean} and the std {self.std}; expected three numbers of each, the std's above 0."
            )


@dataclass(frozen=True)
class Published:
    """The form of a network, read off a checkpoint file in a paper's layout.

    Attributes:
        outputs: Number of classes.
        classes: Class names in the order of the outputs; empty where the file does not determine them.
        image_size: Side of the images in pixels; 0 where the file does not determine it.
        options: Values of the method's options that the file was trained with.
    """

    outputs: int
    classes: tuple[str, ...] = ()
    image_size: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


def weights_needed(start: str) -> str:
    """Return the error message for a published preset without weights.

    Args:
        start: The published program's initial weights, in words.
    """
    return (
        f"The preset 'published' starts from {start}, but no initial weights were named; give --weights FILE, or "
        "--weights none for random weights, with which the accuracy stays far below the paper's."
    )


def raf_db_order(outputs: int) -> tuple[str, ...]:
    """Return RAF-DB's class names for 7 outputs, else an empty tuple: only RAF-DB's order is published."""
    return RAF_DB if outputs == len(RAF_DB) else ()
