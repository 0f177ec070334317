"""Turn a run's configuration into the options and network of each method, and the accelerator."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from auditor.config import AUTO_BATCH, RunConfig
from auditor.data.formats.base import format_of
from auditor.errors import ConfigError
from auditor.training import checkpoints, devices
from models import parallel, registry
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
        batch_configured: Whether the run names the batch size, so that it is not the preset's or a checkpoint's.
    """

    name: str
    options: Options
    network: Mapping[str, Any]
    batch_configured: bool = False

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
    batch_size = None if config.batch_size == AUTO_BATCH else config.batch_size
    general = {"epochs": config.epochs, "batch_size": batch_size}
    overrides = {key: value for key, value in general.items() if value is not None}
    kind = registry.get(name)
    data_format = format_of(config.dataset.format)
    benchmark = data_format.benchmark if data_format else ""
    own = config.options.get(name, {})
    options = registry.make_options(name, config.preset, {**overrides, **own}, benchmark)
    if own.get("epochs") is None:
        options = dataclasses.replace(options, epochs=options.paced(options.epochs))
    network = kind.setup_for(config.preset, options)
    configured = {"image_size": config.image_size, "width": config.width, "stem": config.stem}
    network.update({key: value for key, value in configured.items() if value is not None})
    network.update(depth=config.depth, weights=_weights(config, kind, options))
    return Plan(name, options, network, batch_size is not None or "batch_size" in own)


def _weights(config: RunConfig, kind: type[Method], options: Options) -> str:
    """Return a method's initial weights: those of its option, else the run's.

    A published program that starts from random weights does so whatever the run's other methods start from.
    """
    if options.weights:
        return options.weights
    random = config.preset == "published" and not kind.start_for(options)
    return "none" if config.weights is None or (random and len(config.methods) > 1) else config.weights


def require_weights(config: RunConfig, plans: list[Plan]) -> None:
    """Refuse the published preset where it needs initial weights and none are named, and weights that are missing.

    Raises:
        ConfigError: Names the file or the package that is needed or missing.
    """
    for each in plans:
        lacking = registry.get(each.name).unready(each.options)
        if lacking:
            raise ConfigError(lacking)
        start = registry.get(each.name).start_for(each.options)
        named = config.weights is not None or each.options.weights
        if config.preset == "published" and start and not named:
            raise ConfigError(weights_needed(start))
        weights = str(each.network["weights"])
        if weights not in NAMED_WEIGHTS and not Path(weights).expanduser().is_file():
            raise ConfigError(f"There is no weight file {weights}; give a file, imagenet or none.")


def as_begun(plan: Plan, folders: Sequence[Path]) -> Plan:
    """Return the plan of a resumed training: the options and the network that it started with, in any version.

    Only a configured batch size stands over that of the checkpoint, because a resume may change it.

    Raises:
        ConfigError: It was started with an option that this version does not have.
    """
    for folder in folders:
        begun = checkpoints.newest(folder)
        if begun is not None:
            kind = registry.get(plan.name)
            setup = {name: begun.setup[name] for name in ("image_size", "width", "stem", "depth")}
            options = kind.options_type.restored(begun.options)
            if plan.batch_configured:
                options = dataclasses.replace(options, batch_size=plan.options.batch_size)
            return dataclasses.replace(plan, options=options, network={**setup, "weights": "none"})
    return plan


def with_batch_size(plan: Plan, batch_size: int) -> Plan:
    """Return the plan with another number of images per step."""
    return dataclasses.replace(plan, options=dataclasses.replace(plan.options, batch_size=batch_size))


def build(plan: Plan, accelerator: Accelerator, seed: int, **facts: Any) -> Method:
    """Build the plan's method on the accelerator; `facts` are the fields of `Setup` that depend on the data."""
    method = registry.build(plan.name, Setup(**plan.network, **facts, seed=seed), plan.options)
    method.prepare(accelerator)
    return method.to(memory_format=torch.channels_last)


def accelerator(config: RunConfig) -> Accelerator:
    """Build the Accelerator: the configured device and precision, and the processes that Accelerate detects.

    Raises:
        ConfigError: This machine lacks the device or the precision, or several processes look for a batch size.
    """
    kind = devices.kind_of(config.device)
    precision = devices.precision_of(config, kind)
    try:
        built = Accelerator(cpu=kind == "cpu", mixed_precision=precision)
    except ValueError as error:  # Accelerate knows what a device lacks beyond the cases above
        raise ConfigError(f"This machine cannot train in {precision} ({error}); use --precision no.") from error
    parallel.open_patient(built)
    if config.batch_size == AUTO_BATCH and built.num_processes > 1:
        raise ConfigError(
            "The batch size auto works in one process only, because the others would wait for one that is out of "
            "memory; give a number with --batch-size."
        )
    return built
