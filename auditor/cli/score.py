"""`score`: evidence from a checkpoint, published or our own, with no training."""

from __future__ import annotations

import argparse
from pathlib import Path

from auditor.cli import _run
from auditor.cli._facts import add_json
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.cli.train import options
from auditor.config import DEVICES, PRESETS, STEMS, RunConfig
from auditor.jobs.environment import prepare

NAME = "score"
HELP = "score a data set with a method's checkpoint, published or our own, without training"
EXAMPLE = "score RAF-DB/basic --method rul --checkpoint rul.pth --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; the network's are only needed for a published checkpoint, ours bring their own."""
    add_data_arguments(parser)
    parser.add_argument("--method", required=True, help="the checkpoint's method")
    parser.add_argument(
        "--checkpoint", type=Path, action="append", required=True, metavar="FILE",
        help="a checkpoint file; several where the paper's code writes several",
    )  # fmt: skip
    parser.add_argument("--preset", choices=PRESETS, default="paper", help="the network the checkpoint is of")
    parser.add_argument("--image-size", type=int, help="side of the images in pixels (default: the preset's)")
    parser.add_argument("--width", type=float, help="channel multiplier of the network")
    parser.add_argument("--stem", choices=STEMS, help="first layers of the network")
    parser.add_argument("--depth", type=int, default=18, help="ResNet depth: 18, 34 or 50")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--option", action="append", default=[], metavar="METHOD.NAME=VALUE")
    parser.add_argument("--no-map", action="store_true", help="leave out the UMAP, which takes a minute or more")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Score; the run's id is the last line that is printed."""
    workspace = open_workspace(args).make()
    prepare()
    from auditor.training import plan
    from auditor.training.run import check

    dataset = open_data(args)
    config = RunConfig(
        dataset=dataset.reference, methods=(args.method,), image_size=args.image_size, width=args.width,
        stem=args.stem, depth=args.depth, device=args.device, preset=args.preset, options=options(args.option),
    )  # fmt: skip
    check(config)
    machine = plan.accelerator(config)
    run_id = _run.created(workspace, config, dataset, machine, "score", args.checkpoint)
    return _run.work(args, workspace, run_id, machine)
