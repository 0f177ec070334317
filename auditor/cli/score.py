"""`score`: build evidence from a checkpoint, a published one or your own, without training."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from auditor.cli import _run
from auditor.cli._facts import add_json
from auditor.cli._hook import add_hook
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.cli.train import options
from auditor.config import DEVICES, OLD_PRESETS, PRESETS, STEMS, RunConfig
from auditor.jobs.environment import prepare
from models.inputs import CHANNELS

NAME = "score"
HELP = "score a data set with a method's checkpoint, a published one or your own, without training"
EXAMPLE = "score RAF-DB/basic --method rul --checkpoint rul.pth --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; those of the network are only needed for a published checkpoint."""
    add_data_arguments(parser)
    parser.add_argument("--method", required=True, help="the checkpoint's method")
    parser.add_argument(
        "--checkpoint", type=Path, action="append", required=True, metavar="FILE",
        help="a checkpoint file; several where the paper's code writes several",
    )  # fmt: skip
    parser.add_argument("--preset", choices=(*PRESETS, *OLD_PRESETS), default="published",
                        help="the checkpoint's network")  # fmt: skip
    parser.add_argument("--image-size", "--input-size", type=int,
                        help="side of the images (default: the file's, else the preset's)")  # fmt: skip
    reading = parser.add_argument_group(
        "how to read a file", "Only for files that do not state it themselves: checkpoints of this program do, and the "
        "papers' files of RAF-DB, AffectNet and CIFAR-10 are known. A value given here takes precedence.",
    )  # fmt: skip
    reading.add_argument("--class-order", metavar="NAME,NAME,...",
                         help="the classes in the order of its outputs; 'data' for the data set's")  # fmt: skip
    reading.add_argument("--channels", choices=CHANNELS, help="channel order that it was trained on")
    reading.add_argument("--mean", type=three, metavar="A,B,C", help="mean of each channel over 0..1, in that order")
    reading.add_argument("--std", type=three, metavar="A,B,C", help="standard deviation of each channel over 0..1")
    parser.add_argument("--width", type=float, help="channel multiplier of the network")
    parser.add_argument("--stem", choices=STEMS, help="first layers of the network")
    parser.add_argument("--depth", type=int, default=18, help="ResNet depth: 18, 34 or 50")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--option", action="append", default=[], metavar="METHOD.NAME=VALUE")
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP, which takes a minute or more")
    add_hook(parser)
    add_json(parser)


def three(text: str) -> tuple[float, ...]:
    """Parse three numbers written A,B,C."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not three numbers written A,B,C")
    return numbers


def _reading(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options that describe the checkpoint's file."""
    order = None if args.class_order is None else [name.strip() for name in args.class_order.split(",")]
    options = {"class_order": order, "channels": args.channels, "mean": args.mean, "std": args.std}
    return {name: value for name, value in options.items() if value is not None}


def run(args: argparse.Namespace) -> int:
    """Score the data set and print the run's id on the last line."""
    workspace = open_workspace(args).make()
    prepare()
    from auditor.training import plan
    from auditor.training.run import check

    dataset = open_data(args)
    config = RunConfig(
        dataset=dataset.reference, methods=(args.method,), image_size=args.image_size, width=args.width,
        stem=args.stem, depth=args.depth, device=args.device, preset=args.preset, options=options(args.option),
        reading=_reading(args),
    )  # fmt: skip
    check(config, training=False)
    accelerator = plan.accelerator(config)
    with _run.open_store(workspace, accelerator) as store:
        run_id = _run.created(workspace, config, dataset, store, "score", args.checkpoint)
        return _run.work(args, workspace, run_id, accelerator, store)
