"""Load initial weights: torchvision's by name, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

from torch import Tensor
from torchvision.models import get_weight

from auditor.errors import CheckpointError
from models import checkpoint


def from_torchvision(name: str) -> Mapping[str, Tensor]:
    """Load a state dict that torchvision publishes, from its cache or the internet; the file's hash is checked.

    Args:
        name: Torchvision's name, such as 'ResNet18_Weights.IMAGENET1K_V1'.

    Raises:
        CheckpointError: It cannot be downloaded.
    """
    weights = get_weight(name)
    try:
        state: Mapping[str, Tensor] = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, OSError, RuntimeError) as error:
        raise CheckpointError(
            f"The ImageNet weights could not be downloaded from {weights.url} ({error}); connect to the internet once, "
            "put the file into torch's cache (hub/checkpoints), or choose weights 'none' or a file."
        ) from error
    return state


def from_file(path: Path) -> dict[str, Tensor]:
    """Load the state dict of a weight file: the file's content, or its entry 'state_dict'.

    Raises:
        CheckpointError: The file is missing, cannot be read safely, or holds something else.
    """
    content = checkpoint.read(path)
    nested = isinstance(content, Mapping) and "state_dict" in content
    return checkpoint.state_dict(content, path, "state_dict" if nested else None)
