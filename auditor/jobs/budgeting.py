"""Plan how a number of minutes is spent, in a process of its own: the app must not import torch.

python -m auditor.jobs.budgeting IMAGES SCORED CLASSES MINUTES CACHE < config.json
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

from auditor.config import RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.errors import AuditorError, ConfigError, JobError
from auditor.jobs import beside
from auditor.training import budget
from auditor.training.budget import Spending
from models import lite_weights, titles

PATIENCE = 600.0  # seconds; a few steps of every method at 224 pixels on a CPU
USAGE = 2  # exit status of the process for a budget that cannot be kept


def all_methods(student: bool = True) -> tuple[str, ...]:
    """Return the methods among which a budget chooses where nobody chose: all, and the student last."""
    return (*titles.judges(), *([titles.student()] if student else []))


def plan(config: RunConfig, dataset: Dataset, workspace: Workspace, minutes: float) -> tuple[RunConfig, Spending]:
    """Return the configuration that spends the minutes, and how; measures the methods' pace first, for a minute or so.

    Args:
        config: Its methods are those that may be trained.
        dataset: The data set.
        workspace: Its cache keeps what was measured.
        minutes: The budget.

    Raises:
        ConfigError: The budget is out of range, or too small for this data set on this machine.
        JobError: The methods' pace cannot be measured here.
    """
    check(config, minutes)
    config = with_lite_student(config)
    sizes = [len(dataset.rows("train")), len(dataset), dataset.num_classes]
    arguments = [*map(str, sizes), str(minutes), str(workspace.cache)]
    try:
        outcome = beside.ask("auditor.jobs.budgeting", arguments, config, PATIENCE)
    except TimeoutError as error:
        raise JobError(
            f"Measuring how long an epoch takes was not done after {PATIENCE:.0f} seconds; choose fewer methods, a "
            "smaller preset or image size, or give --epochs instead."
        ) from error
    if outcome.status == USAGE:
        raise ConfigError(outcome.reason)
    if outcome.reason:
        raise JobError(
            f"Measuring how long an epoch takes failed ({outcome.reason}); give the number of epochs instead."
        )
    spent = Spending(**json.loads(outcome.result))
    return configured(config, spent), spent


def with_lite_student(config: RunConfig) -> RunConfig:
    """Return the configuration with the student on the small network of a first look, where it has a choice.

    It has one in the small preset, with that network's weights installed and no backbone named.
    """
    name = titles.student()
    own = config.options.get(name, {})
    if name not in config.methods or config.preset != "demo" or "backbone" in own or not lite_weights.installed():
        return config
    return dataclasses.replace(config, options={**config.options, name: {**own, "backbone": lite_weights.NAME}})


def titles_of(config: RunConfig) -> dict[str, str]:
    """Return the title of each method for the sentence on how a budget is spent."""
    known = {name: titles.title(name) for name in config.methods}
    backbone = config.options.get(titles.student(), {}).get("backbone")
    return known if backbone is None else {**known, titles.student(): f"{titles.title(titles.student())} on {backbone}"}


def check(config: RunConfig, minutes: float) -> None:
    """Refuse what contradicts a budget, before anything is measured.

    Raises:
        ConfigError: The budget is out of range, or the number of epochs is given too.
    """
    budget.check(minutes)
    fixed = [name for name, own in config.options.items() if "epochs" in own]
    if config.epochs is not None or fixed:
        raise ConfigError("The minutes decide how many epochs are trained; give either minutes or epochs.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("A budget of minutes is measured in one process, and this is one of several; give epochs.")


def configured(config: RunConfig, spent: Spending) -> RunConfig:
    """Return the configuration with the methods and epochs that a budget is spent on."""
    options = {name: {**config.options.get(name, {}), "epochs": epochs} for name, epochs in spent.epochs.items()}
    return dataclasses.replace(config, methods=tuple(spent.epochs), options=options)


def measured(config: RunConfig, sizes: tuple[int, int, int], minutes: float, cache: Path) -> Spending:
    """Measure the methods here, which needs torch, and return how the minutes are spent.

    Args:
        config: What may be trained.
        sizes: Number of training images, of all images, and of classes.
        minutes: The budget.
        cache: The folder that what was measured is kept in.

    Raises:
        ConfigError: The budget is too small, or the configuration cannot be used on this machine.
        JobError: The method that is always trained cannot be measured.
    """
    from auditor.training import paces
    from auditor.training import plan as training_plan

    images, scored, classes = sizes
    accelerator = training_plan.accelerator(config)
    plans = training_plan.plans(dataclasses.replace(config, epochs=budget.FULL))
    trained = round(images * (1 - 1 / config.folds if config.folds else 1 - config.share_held_out))
    pace_of = paces.measured(plans, accelerator, cache, classes=classes)
    # A network that needs fewer epochs than the others of its run has longer ones here: what counts is the run's.
    shares = {each.name: each.options.epochs / budget.FULL for each in plans}
    times = {
        name: paces.EpochTime(share * time.seconds, share * time.late, time.turn / share)
        for name, time in paces.times(plans, pace_of, trained, scored).items()
        for share in (shares[name],)
    }
    students = [name for name in config.methods if name == titles.student()]
    judging = [name for name in config.methods if name in times and name not in students]
    if not judging:
        raise JobError("No method could be measured on this machine; give the number of epochs instead.")
    first = titles.demo_method() if titles.demo_method() in judging else judging[0]
    last = students[0] if students and students[0] in times else None
    spent = budget.spend(times, minutes, first=first, last=last, folds=max(1, config.folds))
    own = {each.name: each.options for each in plans}
    return dataclasses.replace(spent, epochs={name: own[name].paced(epochs) for name, epochs in spent.epochs.items()})


def main() -> int:
    """Measure, and print how the minutes are spent as JSON."""
    try:
        images, scored, classes = (int(text) for text in sys.argv[1:4])
        config = RunConfig.from_json(sys.stdin.read())
        spent = measured(config, (images, scored, classes), float(sys.argv[4]), Path(sys.argv[5]))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except AuditorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(dataclasses.asdict(spent)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
