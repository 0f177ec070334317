"""`train`: train methods on a data set, in the foreground, with the code that the app's background runs use."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from auditor.cli import _run
from auditor.cli._facts import add_json
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.config import DEVICES, NOTHING_HELD_OUT, OLD_PRESETS, PRESETS, STEMS, RunConfig
from auditor.errors import ConfigError
from auditor.jobs.environment import prepare

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset

NAME = "train"
HELP = "train methods on a data set and put their evidence into a workspace"
EXAMPLE = "train RAF-DB/basic --method nla --method student --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data_arguments(parser, optional=True)
    parser.add_argument("--method", action="append", default=[], help="a method, or 'student'; repeatable")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--corrected", action="store_true", help="train on the labels as corrected in the review")
    which.add_argument("--control", action="store_true", help="train with as many labels changed at random instead")
    parser.add_argument("--epochs", type=int, help="epochs of every method (default: the preset's)")
    parser.add_argument("--batch-size", type=int, help="images per step (default: the preset's)")
    parser.add_argument("--image-size", type=int, help="side of the images in pixels, at least 32")
    parser.add_argument("--width", type=float, help="channel multiplier of the networks")
    parser.add_argument("--stem", choices=STEMS, help="first layers of the networks")
    parser.add_argument("--depth", type=int, default=18, help="ResNet depth: 18, 34 or 50")
    parser.add_argument("--weights", metavar="FILE|imagenet|none", help="initial weights of the networks; the preset "
                        "published requires them")  # fmt: skip
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=("auto", "no", "fp16", "bf16"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--preset", choices=(*PRESETS, *OLD_PRESETS),
                        help="demo (small, the default on a CPU), recommended (the default on a GPU), or published "
                             "(the papers' programs in every number)")  # fmt: skip
    parser.add_argument("--held-out", type=float,
                        help="share of the training images held out (default: 0.05; published: none)")  # fmt: skip
    parser.add_argument("--folds", type=int, default=0, metavar="K", help="score every image out of fold")
    parser.add_argument(
        "--option", action="append", default=[], metavar="METHOD.NAME=VALUE", help="one of a method's own options"
    )
    parser.add_argument("--resume", metavar="RUN", help="continue a run that ended early")
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP, which takes a minute or more")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Train the methods and print the run's id on the last line."""
    workspace = open_workspace(args).make()
    prepare()
    from auditor.training import plan

    if args.resume:
        accelerator = plan.accelerator(_run.configuration(workspace, args.resume))
        with _run.opened(workspace, accelerator) as store:
            run_id = _run.reopened(args.resume, store)
            return _run.work(args, workspace, run_id, accelerator, store)
    if not args.data:
        raise ConfigError("No data set was named; give its folder, or --resume with a run.")
    dataset = open_data(args)
    config = _configuration(args, dataset)
    accelerator = plan.accelerator(config)
    with _run.opened(workspace, accelerator) as store:
        run_id = _run.created(workspace, config, dataset, store)
        return _run.work(args, workspace, run_id, accelerator, store)


def _configuration(args: argparse.Namespace, dataset: Dataset) -> RunConfig:
    """Return the configuration that the options describe."""
    import torch

    from auditor.training.run import check

    preset = args.preset or ("recommended" if torch.cuda.is_available() and args.device != "cpu" else "demo")
    labels = "corrected" if args.corrected else "control" if args.control else "given"
    config = RunConfig(
        dataset=dataset.reference, methods=tuple(args.method), epochs=args.epochs, batch_size=args.batch_size,
        image_size=args.image_size, width=args.width, stem=args.stem, depth=args.depth, weights=args.weights,
        device=args.device, precision=args.precision, seed=args.seed, preset=preset, labels=labels,
        held_out=args.held_out, folds=args.folds, options=options(args.option),
    )  # fmt: skip
    check(config)
    if config.judged_by_nothing:
        print(f"note: {NOTHING_HELD_OUT}", file=sys.stderr)
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
