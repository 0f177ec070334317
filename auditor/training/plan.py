"""What a run's configuration comes to, method by method: options, network, processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator

from auditor.config import RunConfig
from auditor.errors import ConfigError
from models import registry
from models.base import Method, Setup
from models.options import Options


@dataclass(frozen=True)
class Plan:
    """One method of a run.

    Attributes:
        name: The method.
        options: Its options: the preset's, then the run's.
        network: Image size, width, stem, depth and weights.
    """

    name: str
    options: Options
    network: Mapping[str, Any]

    @property
    def image_size(self) -> int:
        """Side of the images in pixels."""
        return int(self.network["image_size"])


def plans(config: RunConfig) -> list[Plan]:
    """A plan for every method of a run, in the order named, those that learn from the others last.

    Raises:
        ConfigError: An unknown method or option, a value that it does not take, or nobody to learn from.
    """
    strangers = sorted(set(config.options) - set(config.methods))
    if strangers:
        raise ConfigError(f"There are options for {', '.join(strangers)}, which this run does not train.")
    ordered = sorted(config.methods, key=learns_from_others)
    if learns_from_others(ordered[0]):
        raise ConfigError(f"The {ordered[0]} learns what other methods of its run say; name one, such as man, too.")
    return [_plan(config, name) for name in ordered]


def learns_from_others(name: str) -> bool:
    """Whether a method learns what the others of its run say together, see `Method.learns_from_others`."""
    return registry.get(name).learns_from_others


def _plan(config: RunConfig, name: str) -> Plan:
    general = {"epochs": config.epochs, "batch_size": config.batch_size}
    given = {key: value for key, value in general.items() if value is not None}
    options = registry.make_options(name, config.preset, {**given, **config.options.get(name, {})})
    setups = registry.get(name).setups
    network = dict(setups.get(config.preset, setups["paper"]))
    asked = {"image_size": config.image_size, "width": config.width, "stem": config.stem}
    network.update({key: value for key, value in asked.items() if value is not None})
    network.update(depth=config.depth, weights=config.weights)
    return Plan(name, options, network)


def build(plan: Plan, accelerator: Accelerator, seed: int, **facts: Any) -> Method:
    """The plan's method on the accelerator; `facts` are the data's part of `Setup`."""
    method = registry.build(plan.name, Setup(**plan.network, **facts, seed=seed), plan.options)
    method.prepare(accelerator)
    return method.to(memory_format=torch.channels_last)


def accelerator(config: RunConfig) -> Accelerator:
    """Device, precision and processes, as Accelerate finds them and the run asks for them.

    Raises:
        ConfigError: A device or a precision that this machine does not have.
    """
    cuda = torch.cuda.is_available()
    if config.device == "cuda" and not cuda:
        raise ConfigError("There is no CUDA device on this machine; use --device cpu, or auto for what there is.")
    on_cpu = config.device == "cpu" or not cuda
    precision = config.precision
    if precision == "auto":
        precision = "no" if on_cpu else ("bf16" if torch.cuda.is_bf16_supported() else "fp16")
    if precision == "fp16" and on_cpu:
        raise ConfigError("A CPU cannot train in fp16; use --precision no, or bf16.")
    return Accelerator(cpu=on_cpu, mixed_precision=precision)
