"""Optimisers, learning-rate schedules and gradient clipping for a method's options."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch.optim import Optimizer

from models.options import Options

WARM_UP = 0.3  # share of a one-cycle run in which the rate rises
START = 1 / 25  # rate of the first step divided by the peak
END = 1e-4 / 25  # rate of the last step divided by the peak


def make(options: Options, groups: Iterable[Mapping[str, Any]], **overrides: Any) -> Optimizer:
    """Build the optimiser that the options name, for parameter groups that may have their own 'lr'.

    Args:
        options: `optimiser`, `lr` and `weight_decay` are read.
        groups: {'params': parameters, optionally 'lr': float}.
        overrides: Further arguments of the optimiser, such as betas.
    """
    with_rates = [{"lr": options.lr, **group, "params": list(group["params"])} for group in groups]
    for group in with_rates:
        group["initial_lr"] = group["lr"]
    shared: dict[str, Any] = {"lr": options.lr, "weight_decay": options.weight_decay, **overrides}
    if options.optimiser == "sgd":
        return torch.optim.SGD(with_rates, momentum=0.9, fused=True, **shared)
    kind = torch.optim.AdamW if options.optimiser == "adamw" else torch.optim.Adam
    return kind(with_rates, fused=True, **shared)  # one kernel for all parameters, also on the CPU


def factor(options: Options, progress: float) -> float:
    """Return the learning rate divided by its base value.

    Args:
        options: `schedule`, `decay` and `epochs` are read.
        progress: Epochs done, with a fraction.

    Returns:
        'constant': 1; 'exponential': decay^(whole epochs done); 'one-cycle': a cosine up to 1, then down to almost 0.
    """
    if options.schedule == "exponential":
        return float(options.decay ** int(progress + 1e-6))
    if options.schedule == "constant":
        return 1.0
    share = min(1.0, progress / options.epochs)
    if share < WARM_UP:
        return _cosine(START, 1.0, share / WARM_UP)
    return _cosine(1.0, END, (share - WARM_UP) / (1 - WARM_UP))


def _cosine(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


def schedule(optimiser: Optimizer, options: Options, progress: float) -> None:
    """Set every group's learning rate for the next step."""
    now = factor(options, progress)
    for group in optimiser.param_groups:
        group["lr"] = group["initial_lr"] * now


def clip(optimiser: Optimizer, norm: float, accelerator: Any) -> None:
    """Scale the gradients down to a largest norm; a norm of 0 does not clip."""
    if norm <= 0:
        return
    if accelerator is not None:
        accelerator.unscale_gradients(optimiser)  # of this optimiser only; a method may have others
    torch.nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], norm)
