"""The options of methods: frozen dataclasses with the paper's defaults, validated once; without torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from auditor.errors import ConfigError

OPTIMISERS = ("adam", "adamw", "sgd")
SCHEDULES = ("exponential", "one-cycle", "constant")
ORDERS = ("shuffled", "file")
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_BEFORE = "before"


SMALL_RECIPE: Mapping[str, Any] = {
    # For a narrow network on a CPU from random weights: few epochs at high rates. Rates and batch sizes were chosen by
    # the accuracy on the given labels of held-out faces (docs/notebook.md).
    "batch_size": 64,
    "lr": 4e-3,
    "weight_decay": 5e-4,
    "optimiser": "adamw",
    "schedule": "one-cycle",
}


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    before: Any = None,
) -> Any:
    """Define one option: its default (the paper's), what it does, and its allowed values.

    Args:
        default: The paper's value. Its type is the option's type: bool, int, float, str or a tuple of numbers.
        help: One sentence for the form, the command line and the documentation.
        low: Smallest value (for a tuple: of each element).
        high: Largest value.
        choices: The allowed values.
        before: The value that older checkpoints without this option were trained with; None for the default.
    """
    metadata = {"help": help, "low": low, "high": high, "choices": choices}
    return dataclasses.field(default=default, metadata={**metadata, _BEFORE: default if before is None else before})


@dataclass(frozen=True)
class Options:
    """The options of every method. A method's own options are a frozen subclass; all defaults are its paper's."""

    epochs: int = option(60, "Passes over the training images.", low=1)
    batch_size: int = option(64, "Images per step.", low=1)
    lr: float = option(1e-4, "Learning rate (of a one-cycle schedule: its peak).", low=0)
    weight_decay: float = option(1e-4, "Weight decay.", low=0)
    optimiser: str = option("adam", "Optimiser.", choices=OPTIMISERS)
    schedule: str = option("exponential", "How the learning rate changes over the run.", choices=SCHEDULES)
    decay: float = option(0.9, "Factor per epoch of the exponential schedule.", low=0, high=1)
    clip_norm: float = option(0.0, "Largest gradient norm of a step; 0 does not clip.", low=0)
    weights: str = option(
        "", "Initial weights of this method: none, imagenet or a file; empty for the run's, see --weights."
    )
    order: str = option("shuffled", "Order of the training images: shuffled in every epoch, or that of the file.",
                        choices=ORDERS)  # fmt: skip

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field, getattr(self, field.name))

    @classmethod
    def make(cls, preset: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Self:
        """Build options from the preset's values, overridden by the given ones; the rest keep the paper's defaults.

        Args:
            preset: Values of a preset.
            overrides: Values by option name from a form, a JSON file or a command line (text is parsed). None stands
                for the preset's value.

        Raises:
            ConfigError: An option does not exist, or its value is invalid.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        values = dict(preset)
        values.update({name: value for name, value in (overrides or {}).items() if value is not None})
        for name in values:
            if name not in fields:
                names = ", ".join(sorted(fields))
                raise ConfigError(f"There is no option '{name}'; the options are {names}.")
        return cls(**{name: _parse(fields[name], value) for name, value in values.items()})

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> Self:
        """Restore the options that a checkpoint was trained with; options that it lacks get their `before` value.

        Raises:
            ConfigError: It holds an option that this version does not have, or an invalid value.
        """
        fields = dataclasses.fields(cls)
        unknown = sorted(set(values) - {field.name for field in fields})
        if unknown:
            raise ConfigError(f"There is no option '{unknown[0]}' in this version; use the version that trained it.")
        before = {field.name: field.metadata[_BEFORE] for field in fields}
        return cls(**{field.name: _parse(field, {**before, **values}[field.name]) for field in fields})

    def paced(self, epochs: int) -> int:
        """Return the epochs of this method where a run asks for so many of all; a network may need fewer."""
        return epochs

    def settle(self, benchmark: str) -> Self:
        """Return the options with every 'auto' that depends on the published data set decided; most have none.

        Args:
            benchmark: Its name as in papers, such as 'AffectNet'; '' for any other data set.
        """
        del benchmark
        return self


def describe(options: type[Options]) -> list[dict[str, Any]]:
    """Return the options of a class for the catalogue: name, type, default, help, low, high, choices, in order."""
    return [
        {"name": f.name, "type": _type_name(f.default), "default": f.default}
        | {key: value for key, value in f.metadata.items() if key != _BEFORE}
        for f in dataclasses.fields(options)
    ]


def _type_name(default: object) -> str:
    return type(default).__name__


def _parse(field: dataclasses.Field[Any], value: Any) -> Any:
    """Convert text, whole floats and lists to the option's type; `_check` validates the value."""
    kind = type(field.default)
    try:
        if kind is bool and isinstance(value, str):
            return _boolean(value)
        if isinstance(field.default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            element = type(field.default[0]) if field.default else str
            return tuple(element(part) for part in parts)
        if kind is int and isinstance(value, (str, float)):
            return _whole(value)
        if kind is float and not isinstance(value, bool):
            return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ConfigError(_refusal(field, value)) from error
    return value


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(text)


def _whole(value: str | float) -> int:
    number = float(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _check(field: dataclasses.Field[Any], value: Any) -> None:
    """Raise ConfigError for a value of another type or out of range. NaN is out of every range."""
    valid = isinstance(value, type(field.default)) or (isinstance(field.default, float) and type(value) is int)
    if isinstance(value, bool) and not isinstance(field.default, bool):
        valid = False
    choices = field.metadata.get("choices")
    if valid and choices is not None:
        valid = value in choices
    low, high = field.metadata.get("low"), field.metadata.get("high")
    for number in value if isinstance(value, tuple) else (value,):
        if valid and low is not None:
            valid = bool(number >= low)
        if valid and high is not None:
            valid = bool(number <= high)
    if not valid:
        raise ConfigError(_refusal(field, value))


def _refusal(field: dataclasses.Field[Any], value: object) -> str:
    expected = _type_name(field.default)
    choices, low, high = (field.metadata.get(key) for key in ("choices", "low", "high"))
    if choices is not None:
        expected = "one of " + ", ".join(choices)
    elif low is not None and high is not None:
        expected += f" from {low} to {high}"
    elif low is not None:
        expected += f" of at least {low}"
    return f"Option '{field.name}' cannot be {value!r}; give {expected} (default {field.default!r})."
