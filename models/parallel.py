"""Train one model in several processes by averaging gradients and buffers.

Methods step several networks and call each several times per step, which DistributedDataParallel supports poorly.
Averaging the gradients just before an optimiser's step gives the same result and needs no code in a method. With one
process (or no accelerator) every function here does nothing.

Two kinds of exchange: tensors of the training go through the accelerator's own transport (NCCL between GPUs). Waiting
for the first process, which may decode images or compute evidence for an hour, and agreeing on a stop go through a
second group on the CPU (gloo), because NCCL ends a process that waits for 10 minutes, and reading a flag from a GPU
waits for its whole queue.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

PATIENCE = timedelta(days=7)  # how long a process waits for the first one's decoding or evidence
# NCCL has no 16-bit integers, so they travel as 32-bit ones.
_SENT_AS = {torch.int16: torch.int32, torch.uint16: torch.int32}


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


def gather(tensor: Tensor, accelerator: Any) -> Tensor:
    """Return the tensors [n, ...] of all processes one after another, in the order of the processes, on the CPU.

    Args:
        tensor: Of the same shape and type in every process, on any device.
        accelerator: Transports it on its own device.
    """
    if alone(accelerator):
        return tensor.cpu()
    sent = tensor.to(accelerator.device, _SENT_AS.get(tensor.dtype, tensor.dtype))
    received: Tensor = accelerator.gather(sent).cpu().to(tensor.dtype)
    return received


def open_patient(accelerator: Any) -> None:
    """Open the second group of `wait` and `total`; every process calls it once, soon after the start."""
    if not alone(accelerator):
        _patient()


@functools.cache
def _patient() -> Any:
    return torch.distributed.new_group(backend="gloo", timeout=PATIENCE)


def wait(accelerator: Any) -> None:
    """Wait until all processes are here, however long one of them takes."""
    if not alone(accelerator):
        torch.distributed.barrier(group=_patient())


def total(numbers: Sequence[float], accelerator: Any) -> list[float]:
    """Return each number's sum over the processes, without waiting for a device."""
    if alone(accelerator):
        return list(numbers)
    sums = torch.tensor(numbers, dtype=torch.float64)
    torch.distributed.all_reduce(sums, group=_patient())
    return [float(value) for value in sums]
