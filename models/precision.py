"""Numbers that half precision is too coarse for: losses, densities and exponentials are taken in float32 at least."""

import torch
from torch import Tensor


def full(tensor: Tensor) -> Tensor:
    """The tensor in float32 where it has fewer digits; float64 stays, so that the figures can be checked to 1e-10."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
