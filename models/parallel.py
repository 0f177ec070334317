"""Train one model in several processes by averaging gradients and buffers.

Methods step several networks and call each several times per step, which DistributedDataParallel supports poorly.
Averaging the gradients just before an optimiser's step gives the same result and needs no code in a method. With one
process (or no accelerator) every function here does nothing.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def alone(accelerator: Any) -> bool:
    """Return whether this is the only process."""
    return accelerator is None or accelerator.num_processes == 1


def average_gradients(optimiser: Optimizer, accelerator: Any) -> None:
    """Replace every gradient of an optimiser by its mean over the processes, in one exchange.

    A missing gradient counts as zero, because processes may hold different subsets of a batch but must all exchange the
    same number of values.
    """
    if alone(accelerator):
        return
    parameters = [p for group in optimiser.param_groups for p in group["params"] if p.requires_grad]
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    _average([p.grad for p in parameters if p.grad is not None], accelerator)


def average_buffers(module: nn.Module, accelerator: Any) -> None:
    """Replace the floating-point buffers (running statistics) by their mean over the processes."""
    if not alone(accelerator):
        _average([b for b in module.buffers() if b.is_floating_point() and b.numel() > 0], accelerator)


def broadcast(module: nn.Module, accelerator: Any) -> None:
    """Give every process the first one's parameters and buffers."""
    if alone(accelerator):
        return
    for tensor in (*module.parameters(), *module.buffers()):
        torch.distributed.broadcast(tensor.data, src=0)


def _average(tensors: list[Tensor], accelerator: Any) -> None:
    if not tensors:
        return
    flat: Tensor = accelerator.reduce(torch.cat([t.detach().reshape(-1) for t in tensors]), reduction="mean")
    for tensor, piece in zip(tensors, torch.split(flat, [t.numel() for t in tensors]), strict=True):
        tensor.detach().copy_(piece.view_as(tensor))
