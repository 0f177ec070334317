"""Spend a number of minutes well: which methods to train, and how many epochs of each.

The rule, which docs/how-long.md repeats with a table. NLA comes first, because it alone for `FULL` epochs ranks wrong
labels as well as all four methods and the student for half as many, in a quarter of the time. What is left then goes
to the student, and to further methods from the fastest to the slowest, each only if `LEAST` epochs of it fit beside
NLA's. Each gets up to `SECOND` epochs in that order; what still is left raises all of them together to `FULL`. More
epochs than that would memorise the labels, so a larger budget is not used up.

Without torch: times come from auditor/training/paces.py, the process that measures is auditor/jobs/budgeting.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.durations import spoken
from auditor.errors import ConfigError
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.training.paces import EpochTime

LEAST = 12
"""Epochs below which a network from random weights has hardly learnt anything but the commonest classes."""

SECOND, FULL = 25, 50
"""Epochs of a further method at first, and the most of any: at 90 NLA has memorised its labels."""

SHARE = 0.9
"""Share of the budget that training may take; decoding the images and building the evidence take the rest."""

CHOICES = (5, 15, 60)
"""Minutes that the form offers."""

SHORTEST, LONGEST = 1.0, 10_080.0
"""Minutes that may be asked for: from one minute to a week."""


@dataclass(frozen=True)
class Spending:
    """How a budget is spent.

    Attributes:
        epochs: Epochs by method, in the order of training; the student is last.
        seconds: The training time that this takes, for all folds.
        minutes: The budget.
        full: Whether every method gets the most epochs that it may.
    """

    epochs: dict[str, int]
    seconds: float
    minutes: float
    full: bool = False

    def sentence(self, titles: Mapping[str, str]) -> str:
        """Return what will be trained and how long that takes, as a sentence.

        Args:
            titles: A title for each method.
        """
        parts = [f"{titles.get(name, name)}, {counted(epochs, 'epoch')}" for name, epochs in self.epochs.items()]
        rest = ""
        if self.seconds < SHARE * 60 * self.minutes / 2 and self.full:
            rest = f" More epochs would memorise the labels, so the rest of {self.minutes:g} min is not used."
        return f"{'; '.join(parts)}: about {spoken(self.seconds)} of training on this machine.{rest}"


def check(minutes: float) -> None:
    """Refuse a number of minutes that cannot be a budget.

    Raises:
        ConfigError: It is under a minute, over a week, or not a number.
    """
    if not SHORTEST <= minutes <= LONGEST:
        raise ConfigError(
            f"The budget is {minutes:g} minutes; give a number from {SHORTEST:g} to {LONGEST:,.0f}, such as 15."
        )


def seconds(time: EpochTime, epochs: int) -> float:
    """Return what some epochs of a method take.

    Args:
        time: Seconds of an epoch; those after the first `turn` epochs take `late` seconds.
        epochs: How many.
    """
    early = int(min(epochs, time.turn))
    return early * time.seconds + (epochs - early) * time.late


def spend(
    times: Mapping[str, EpochTime], minutes: float, *, first: str, last: str | None = None, folds: int = 1
) -> Spending:
    """Return the methods and epochs that a budget is spent on; the same times always give the same answer.

    Args:
        times: By method: how long its epochs take with this data set on this machine.
        minutes: The budget.
        first: The method that is trained in any case, such as 'nla'.
        last: The method that learns from the others, 'student'; None for no student.
        folds: How many times each method is trained.

    Raises:
        ConfigError: The budget is out of range, or not even `LEAST` epochs of `first` fit; the message says what does.
    """
    check(minutes)
    budget = SHARE * 60 * minutes / folds
    if seconds(times[first], LEAST) > budget:
        needed = seconds(times[first], LEAST) * folds / SHARE / 60
        raise ConfigError(
            f"In {minutes:g} minutes {first} cannot do the {LEAST} epochs that it needs to learn anything from these "
            f"images here; give {_rounded_up(needed)} minutes or more, or take a first look, which trains nothing."
        )
    others = sorted(set(times) - {first, last}, key=lambda name: (seconds(times[name], SECOND), name))
    epochs_of = {first: _most(times[first], budget, LEAST, FULL)}
    if epochs_of[first] == FULL:
        for name in [*([last] if last in times else []), *others]:
            assert name is not None
            rest = budget - _sum(times, epochs_of)
            if seconds(times[name], LEAST) > rest:
                break
            epochs_of[name] = _most(times[name], rest, LEAST, SECOND)
        epochs_of = _raised(times, epochs_of, budget)
    ordered = sorted(epochs_of, key=lambda name: name == last)
    full = all(epochs == FULL for epochs in epochs_of.values())
    return Spending({name: epochs_of[name] for name in ordered}, _sum(times, epochs_of) * folds, minutes, full)


def _sum(times: Mapping[str, EpochTime], epochs_of: Mapping[str, int]) -> float:
    return sum(seconds(times[name], epochs) for name, epochs in epochs_of.items())


def _most(time: EpochTime, budget: float, least: int, most: int) -> int:
    """The most epochs from `least` to `most` that fit into a budget, of which the least are known to."""
    return max(epochs for epochs in range(least, most + 1) if epochs == least or seconds(time, epochs) <= budget)


def _raised(times: Mapping[str, EpochTime], epochs_of: Mapping[str, int], budget: float) -> dict[str, int]:
    """Raise the epochs of all methods together, as far as the budget goes, to `FULL` at most."""
    level = max((n for n in range(FULL + 1) if _sum(times, _at_least(epochs_of, n)) <= budget), default=0)
    return _at_least(epochs_of, level)


def _at_least(epochs_of: Mapping[str, int], level: int) -> dict[str, int]:
    return {name: max(epochs, level) for name, epochs in epochs_of.items()}


def _rounded_up(minutes: float) -> str:
    whole = int(-(-minutes // 1))
    return f"{whole:,}"
