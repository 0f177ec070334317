"""`first-look`: evidence in minutes from the features of a network that has seen other images, with no training."""

from __future__ import annotations

import argparse
from pathlib import Path

from auditor.cli import _run
from auditor.cli._facts import add_json
from auditor.cli._hook import add_hook
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.config import DEVICES
from auditor.training.ownmodel.request import FIRST_LOOK, ModelRequest

NAME = "first-look"
HELP = "get a first queue in minutes, from the features of a network that has seen other images"
EXAMPLE = "first-look RAF-DB/basic --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data_arguments(parser)
    parser.add_argument("--torchvision", default="", metavar="NAME", help="the network (default: the best one here)")
    parser.add_argument("--weights", default="", metavar="FILE|imagenet", help="its weights")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--map", action="store_true", help="draw the UMAP too, which takes a minute or more")
    add_hook(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look; the run's id is the last line that is printed."""
    request = None
    if args.torchvision or args.weights:
        weights = args.weights if args.weights in ("", "imagenet") else str(Path(args.weights).expanduser().absolute())
        request = ModelRequest(torchvision=args.torchvision or "resnet18", weights=weights)
    args.no_map = not args.map
    return _run.opinion(args, open_workspace(args).make(), open_data(args), FIRST_LOOK, request)
