"""`train`: train methods on a data set, in the foreground, with the code that the app's background runs use."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from auditor.cli import _run
from auditor.cli._facts import add_json
from auditor.cli._hook import add_hook
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.config import (
    CACHE_FORMATS,
    DEVICES,
    NOTHING_HELD_OUT,
    OLD_PRESETS,
    PRECISIONS,
    PRESETS,
    RAW,
    STEMS,
    RunConfig,
    batch_size,
    default_preset,
)
from auditor.errors import ConfigError
from auditor.jobs.environment import prepare
from models import titles

if TYPE_CHECKING:
    from auditor.config import Workspace
    from auditor.data.dataset import Dataset

NAME = "train"
HELP = "train methods on a data set and put their evidence into a workspace"
EXAMPLE = "train RAF-DB/basic --method nla --method student --workspace W"

FIXED = {
    "data": "the data set", "labels": "--labels", "format": "--format", "label_column": "--label-column",
    "split_column": "--split-column", "image_column": "--image-column", "numbering": "--numbering",
    "strict": "--strict", "method": "--method", "corrected": "--corrected", "control": "--control",
    "epochs": "--epochs", "minutes": "--minutes", "image_size": "--image-size", "width": "--width", "stem": "--stem",
    "depth": "--depth",
    "weights": "--weights", "seed": "--seed", "preset": "--preset", "held_out": "--held-out", "folds": "--folds",
    "option": "--option", "cache_format": "--cache-format",
}  # fmt: skip
"""Options that a resumed run cannot change, by their field."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data_arguments(parser, optional=True)
    parser.add_argument("--method", action="append", default=[], help="a method, or 'student'; repeatable")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--corrected", action="store_true", help="train on the labels as corrected in the review")
    which.add_argument("--control", action="store_true", help="train with as many labels changed at random instead")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, help="epochs of every method (default: the preset's)")
    length.add_argument("--minutes", type=float, metavar="M",
                        help="train for about M minutes: measures this machine, then chooses the methods (among "
                             "--method, or all) and the epochs of each (docs/how-long.md)")  # fmt: skip
    parser.add_argument("--batch-size", type=batch_size, metavar="N|auto",
                        help="images a step (default: the preset's); auto halves the preset's until a step fits into "
                             "the device's memory")  # fmt: skip
    parser.add_argument("--image-size", type=int, help="side of the images in pixels, at least 32")
    parser.add_argument("--width", type=float, help="channel multiplier of the networks")
    parser.add_argument("--stem", choices=STEMS, help="first layers of the networks")
    parser.add_argument("--depth", type=int, help="ResNet depth: 18 (default), 34 or 50")
    parser.add_argument("--weights", metavar="FILE|imagenet|none", help="initial weights of the networks; the preset "
                        "published requires them")  # fmt: skip
    parser.add_argument("--device", choices=DEVICES, help="auto (default) is a CUDA device where there is one")
    parser.add_argument("--precision", choices=PRECISIONS, help="auto (default): mixed precision on a GPU that has it")
    parser.add_argument("--seed", type=int, help="seed of all random numbers (default: 0)")
    parser.add_argument("--preset", choices=(*PRESETS, *OLD_PRESETS),
                        help="demo (small, the default on a CPU), recommended (the default on a GPU), or published "
                             "(the papers' programs in every number)")  # fmt: skip
    parser.add_argument("--held-out", type=float,
                        help="share of the training images held out (default: 0.05; published: none)")  # fmt: skip
    parser.add_argument("--folds", type=int, metavar="K", help="score every image out of fold")
    parser.add_argument(
        "--option", action="append", default=[], metavar="METHOD.NAME=VALUE", help="one of a method's own options"
    )
    parser.add_argument("--cache-format", choices=CACHE_FORMATS,
                        help="how decoded images are kept on the disk: raw pixels (default), or JPEG of quality 95, "
                        "about a quarter as large, whose pixels differ slightly")  # fmt: skip
    parser.add_argument("--resume", metavar="RUN", help="continue a run that ended early; only --batch-size, "
                        "--device and --precision may change")  # fmt: skip
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP, which takes a minute or more")
    add_hook(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Train the methods and print the run's id on the last line."""
    workspace = open_workspace(args).make()
    prepare()
    from auditor.training import plan

    if args.resume:
        _refuse_what_cannot_change(args)
        begun = _run.configuration(workspace, args.resume)
        if not set(begun.methods) <= set(titles.descriptions()):
            raise ConfigError(
                f"The run {args.resume} is the opinion of a model, which has nothing to resume; add it anew with "
                "`opinion`."
            )
        config = begun.going_on(args.batch_size, args.device, args.precision)
        accelerator = plan.accelerator(config)
        with _run.open_store(workspace, accelerator) as store:
            run_id = _run.reopened(workspace, args.resume, store, config)
            return _run.work(args, workspace, run_id, accelerator, store)
    if not args.data:
        raise ConfigError("No data set was named; give its folder, or --resume with a run.")
    dataset = open_data(args)
    config = _configuration(args, dataset)
    if args.minutes is not None:
        config = _budgeted(config, dataset, workspace, args.minutes)
    accelerator = plan.accelerator(config)
    with _run.open_store(workspace, accelerator) as store:
        run_id = _run.created(workspace, config, dataset, store)
        return _run.work(args, workspace, run_id, accelerator, store)


def _refuse_what_cannot_change(args: argparse.Namespace) -> None:
    """Refuse options of a resumed run that belong to its start, because they would have no effect.

    Raises:
        ConfigError: Names them.
    """
    fixed = {field: getattr(args, field) for field in FIXED}  # 0 is a value; None, False and [] are not given
    named = [FIXED[field] for field, value in fixed.items() if value is not None and value is not False and value != []]
    if named:
        raise ConfigError(
            f"The run {args.resume} continues with its original settings; leave out {', '.join(named)}, or start a new "
            "run with it."
        )


def _configuration(args: argparse.Namespace, dataset: Dataset) -> RunConfig:
    """Return the configuration that the options describe."""
    from auditor.jobs import budgeting
    from auditor.training import devices
    from auditor.training.run import check

    preset = args.preset or default_preset(devices.kind_of(args.device or "auto"))
    methods = tuple(args.method) or (() if args.minutes is None else budgeting.all_methods())
    labels = "corrected" if args.corrected else "control" if args.control else "given"
    config = RunConfig(
        dataset=dataset.reference, methods=methods, epochs=args.epochs, batch_size=args.batch_size,
        image_size=args.image_size, width=args.width, stem=args.stem, depth=18 if args.depth is None else args.depth,
        weights=args.weights, device=args.device or "auto", precision=args.precision or "auto", seed=args.seed or 0,
        preset=preset, labels=labels, held_out=args.held_out, folds=args.folds or 0, options=options(args.option),
        cache_format=args.cache_format or RAW,
    )  # fmt: skip
    check(config)
    if config.judged_by_nothing:
        print(f"note: {NOTHING_HELD_OUT}", file=sys.stderr)
    return config


def _budgeted(config: RunConfig, dataset: Dataset, workspace: Workspace, minutes: float) -> RunConfig:
    """Return the configuration that spends the minutes, and print how on stderr."""
    from auditor.jobs import budgeting

    config, spent = budgeting.plan(config, dataset, workspace, minutes)
    print(f"note: {spent.sentence(budgeting.titles_of(config))}", file=sys.stderr)
    return config


def options(texts: list[str]) -> dict[str, dict[str, Any]]:
    """Parse options written METHOD.NAME=VALUE to {method: {name: value}}.

    Raises:
        ConfigError: An option is not written so.
    """
    by_method: dict[str, dict[str, Any]] = {}
    for text in texts:
        place, equals, value = text.partition("=")
        method, dot, name = place.partition(".")
        if not (equals and dot and method and name):
            raise ConfigError(
                f"The option {text!r} is not written METHOD.NAME=VALUE; write it so, such as man.lr=0.001."
            )
        by_method.setdefault(method.strip(), {})[name.strip()] = value.strip()
    return by_method
