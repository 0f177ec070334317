"""Compute losses, densities and exponentials in at least float32, because half precision is too coarse for them."""

import torch
from torch import Tensor


def full(tensor: Tensor) -> Tensor:
    """Return a half-precision tensor as float32; float64 stays, so that tests can compare to 1e-10."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
