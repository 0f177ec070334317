"""Turn a run's configuration into the options and network of each method, and the accelerator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from auditor.config import RunConfig
from auditor.errors import ConfigError
from auditor.training import checkpoints
from models import registry
from models.base import Method, Setup
from models.inputs import weights_needed
from models.options import Options

NAMED_WEIGHTS = ("none", "imagenet")


@dataclass(frozen=True)
class Plan:
    """One method of a run.

    Attributes:
        name: The method.
        options: Its options: the preset's, overridden by the run's.
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
    """Return a plan for every method of a run, in the given order, with those that learn from the others last.

    Raises:
        ConfigError: An unknown method or option, an invalid value, or no other method to learn from.
    """
    not_trained = sorted(set(config.options) - set(config.methods))
    if not_trained:
        raise ConfigError(
            f"There are options for {', '.join(not_trained)}, which this run does not train; leave them out."
        )
    ordered = sorted(config.methods, key=learns_from_others)
    if learns_from_others(ordered[0]):
        raise ConfigError(
            f"The {ordered[0]} learns the consensus of the other methods of its run; name one, such as man, too."
        )
    return [_plan(config, name) for name in ordered]


def learns_from_others(name: str) -> bool:
    """Return whether a method learns the consensus of the others of its run (`Method.learns_from_others`)."""
    return registry.get(name).learns_from_others


def _plan(config: RunConfig, name: str) -> Plan:
    general = {"epochs": config.epochs, "batch_size": config.batch_size}
    overrides = {key: value for key, value in general.items() if value is not None}
    kind = registry.get(name)
    options = registry.make_options(
        name, config.preset, {**overrides, **config.options.get(name, {})}, config.dataset.format
    )  # fmt: skip
    network = kind.setup_for(config.preset, options)
    configured = {"image_size": config.image_size, "width": config.width, "stem": config.stem}
    network.update({key: value for key, value in configured.items() if value is not None})
    network.update(depth=config.depth, weights=_weights(config, kind, options))
    return Plan(name, options, network)


def _weights(config: RunConfig, kind: type[Method], options: Options) -> str:
    """Return a method's initial weights: those of its option, else the run's.

    A published program that starts from random weights does so whatever the run's other methods start from.
    """
    if options.weights:
        return options.weights
    random = config.preset == "published" and not kind.start_for(options)
    return "none" if config.weights is None or (random and len(config.methods) > 1) else config.weights


def require_weights(config: RunConfig, plans: list[Plan]) -> None:
    """Refuse the published preset where it needs initial weights and none are named, and missing weight files.

    Raises:
        ConfigError: Names the file that is needed or missing.
    """
    for each in plans:
        start = registry.get(each.name).start_for(each.options)
        named = config.weights is not None or each.options.weights
        if config.preset == "published" and start and not named:
            raise ConfigError(weights_needed(start))
        weights = str(each.network["weights"])
        if weights not in NAMED_WEIGHTS and not Path(weights).expanduser().is_file():
            raise ConfigError(f"There is no weight file {weights}; give a file, imagenet or none.")


def as_begun(plan: Plan, folders: Sequence[Path]) -> Plan:
    """Return the plan of a resumed training: the options and the network that it started with, in any version.

    Raises:
        ConfigError: It was started with an option that this version does not have.
    """
    for folder in folders:
        begun = checkpoints.newest(folder)
        if begun is not None:
            kind = registry.get(plan.name)
            setup = {name: begun.setup[name] for name in ("image_size", "width", "stem", "depth")}
            return Plan(plan.name, kind.options_type.restored(begun.options), {**setup, "weights": "none"})
    return plan


def build(plan: Plan, accelerator: Accelerator, seed: int, **facts: Any) -> Method:
    """Build the plan's method on the accelerator; `facts` are the fields of `Setup` that depend on the data."""
    method = registry.build(plan.name, Setup(**plan.network, **facts, seed=seed), plan.options)
    method.prepare(accelerator)
    return method.to(memory_format=torch.channels_last)


def accelerator(config: RunConfig) -> Accelerator:
    """Build the Accelerator: the configured device and precision, and the processes that Accelerate detects.

    Raises:
        ConfigError: This machine lacks the device or the precision.
    """
    cuda = torch.cuda.is_available()
    if config.device == "cuda" and not cuda:
        raise ConfigError("There is no CUDA device on this machine; use --device cpu, or auto to choose automatically.")
    on_cpu = config.device == "cpu" or not cuda
    precision = config.precision
    if precision == "auto":
        precision = (
            "no" if on_cpu or config.preset == "published" else ("bf16" if torch.cuda.is_bf16_supported() else "fp16")
        )
    if precision == "fp16" and on_cpu:
        raise ConfigError("A CPU cannot train in fp16; use --precision no, or bf16.")
    return Accelerator(cpu=on_cpu, mixed_precision=precision)
