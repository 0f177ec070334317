"""Find the methods: every module or package in `models/` that defines a concrete `Method`. A fifth is one new file."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Mapping
from typing import Any

import torch

import models
from auditor.config import PRESETS
from auditor.config import canonical_preset as canonical
from auditor.errors import ConfigError
from auditor.plural import counted
from models import column_names
from models.base import Method, Setup
from models.options import Options, describe

STATED = ("name", "title", "paper")
"""What every method states of itself."""


@functools.cache
def methods() -> Mapping[str, type[Method]]:
    """Return every method by name, in alphabetical order. A package's method is in its `method.py`.

    Raises:
        ConfigError: A method lacks a function, a preset or its name, has the name of another, states its colour
            otherwise than by a number, or its columns have names that mean something else in the evidence.
    """
    by_name: dict[str, type[Method]] = {}
    for info in pkgutil.iter_modules(models.__path__):
        place = f"{models.__name__}.{info.name}" + (".method" if info.ispkg else "")
        if info.name.startswith("_") or importlib.util.find_spec(place) is None:
            continue
        module = importlib.import_module(place)
        for kind in vars(module).values():
            if _is_method(kind) and kind.__module__ == module.__name__:
                _require_whole(kind)
                _require_columns(kind)
                _require_presets_and_colour(kind)
                _require_its_own_name(kind, by_name)
                by_name[kind.name] = kind
    return dict(sorted(by_name.items()))


def _require_whole(kind: type[Method]) -> None:
    functions = ", ".join(sorted(kind.__abstractmethods__))
    if functions:
        raise ConfigError(f"The method {kind.name} lacks {functions}; write what is missing in {kind.__module__}.")
    unsaid = [name for name in STATED if not hasattr(kind, name)]
    if unsaid:
        raise ConfigError(
            f"The class {kind.__qualname__} of {kind.__module__} lacks {', '.join(unsaid)}; state it there."
        )


def _require_its_own_name(kind: type[Method], others: Mapping[str, type[Method]]) -> None:
    other = others.get(kind.name)
    if other is not None and other is not kind:
        raise ConfigError(
            f"Two methods are called {kind.name}, in {other.__module__} and {kind.__module__}; give one another name."
        )


def _require_columns(kind: type[Method]) -> None:
    for objection in column_names.objections(kind.name, kind.columns, kind.networks):
        raise ConfigError(objection)


def _require_presets_and_colour(kind: type[Method]) -> None:
    missing = [preset for preset in PRESETS if preset not in kind.presets]
    if missing:
        raise ConfigError(f"The method {kind.name} has no preset {', '.join(missing)}; add it to `presets`.")
    if kind.colour is not None and not (isinstance(kind.colour, int) and kind.colour >= 0):
        raise ConfigError(
            f"The method {kind.name} has the colour {kind.colour!r}; expected a number from 0, its place among the "
            "class colours, or None for a free one."
        )


def _is_method(kind: object) -> bool:
    """Whether it is a method; an abstract class without a name is a base that several methods share."""
    return (
        inspect.isclass(kind) and issubclass(kind, Method) and (hasattr(kind, "name") or not inspect.isabstract(kind))
    )


def get(name: str) -> type[Method]:
    """Return the method of a name.

    Raises:
        ConfigError: There is no such method.
    """
    if name not in methods():
        raise ConfigError(f"There is no method '{name}'; the methods are {', '.join(methods())}.")
    return methods()[name]


def make_options(name: str, preset: str, overrides: Mapping[str, Any] | None = None, benchmark: str = "") -> Options:
    """Build the options of a method: its preset, overridden by the given values.

    Args:
        name: The method.
        preset: Its preset; 'paper' is the old name of 'published'.
        overrides: Values that replace the preset's.
        benchmark: The published data set, such as 'AffectNet', for options that depend on it; '' for others.

    Raises:
        ConfigError: There is no such method, preset or option, or a value is invalid.
    """
    kind = get(name)
    preset = canonical(preset)
    if preset not in kind.presets:
        raise ConfigError(f"The method {kind.title} has no preset '{preset}'; it has {', '.join(kind.presets)}.")
    return kind.options_type.make(kind.presets[preset], overrides).settle(benchmark)


def build(name: str, setup: Setup, options: Options) -> Method:
    """Build a method on the CPU with weights drawn from `setup.seed`; the caller's random state does not change.

    Raises:
        ConfigError: There is no such method, or it cannot be built for the setup.
        CheckpointError: The initial weights cannot be loaded.
    """
    kind = get(name)
    _check(setup)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(setup.seed)
        return kind(setup, options)


def _check(setup: Setup) -> None:
    if setup.num_classes < 2:
        raise ConfigError(
            f"The data set has {counted(setup.num_classes, 'class', 'classes')}; a method needs at least 2."
        )
    if setup.image_size < 32:
        raise ConfigError(f"Images of {setup.image_size} pixels are too small; choose at least 32.")


def catalogue() -> list[dict[str, Any]]:
    """Return what screens and the command line need of every method, ready for JSON."""
    return [
        {
            "name": kind.name,
            "title": kind.title,
            "paper": kind.paper,
            "options": describe(kind.options_type),
            "presets": {preset: dict(values) for preset, values in kind.presets.items()},
            "setups": {preset: dict(values) for preset, values in kind.setups.items()},
            "views": list(kind.views),
            "columns": {name: vars(info) for name, info in kind.columns.items()},
        }
        for kind in methods().values()
    ]
