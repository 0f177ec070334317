"""Half precision: what is computed in at least float32, and the loss scale of fp16.

Losses, densities and exponentials are too coarse in half precision. Gradients in fp16 are scaled up so that they do not
vanish; the scale adapts from step to step, so it is part of a checkpoint, and every method starts with one of its own.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

SCALE = "scaler"  # its key in a method's training state


def full(tensor: Tensor) -> Tensor:
    """Return a half-precision tensor as float32; float64 stays, so that tests can compare to 1e-10."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def new_scale(accelerator: Any) -> None:
    """Give the accelerator a new loss scale where its precision needs one, so that no method inherits another's."""
    if accelerator.scaler is not None:
        accelerator.scaler = torch.amp.GradScaler(accelerator.device.type)


def state_of_scale(accelerator: Any) -> dict[str, Any]:
    """Return the loss scale for a checkpoint, by its key; an empty dict where the precision needs none."""
    scaler = None if accelerator is None else accelerator.scaler
    return {} if scaler is None else {SCALE: scaler.state_dict()}


def restore_scale(accelerator: Any, state: Mapping[str, Any]) -> None:
    """Restore the loss scale of a checkpoint; without one, of float32 or an earlier version, a new scale is kept."""
    if accelerator is not None and accelerator.scaler is not None and state.get(SCALE):
        accelerator.scaler.load_state_dict(state[SCALE])
