"""`demo`: draw the demo data set with its planted errors, and open the app on it with --open."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import open_workspace, show_progress
from auditor.cli._serve import serve
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from auditor.config import Workspace

NAME = "demo"
HELP = "draw the demo data set: faces in RAF-DB's layout with wrong and ambiguous labels planted"
EXAMPLE = "demo --open"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder (with --open: default in the workspace)")
    parser.add_argument(
        "--images",
        type=int,
        default=1200,
        metavar="N",
        help="number of faces, five sixths of them for training (default 1200)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same bytes (default 0)")
    parser.add_argument("--true-labels", action="store_true", help="plant no errors: for errors made with 'corrupt'")
    parser.add_argument("--open", action="store_true", help="then start training on it and open the app in the browser")
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="with --open: the folder that everything is written to"
    )
    parser.add_argument("--port", type=int, metavar="N", help="with --open: the app's port")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Draw the demo and print its folder; with --open, start the app on it and keep a demo that exists already.

    Raises:
        ConfigError: Neither a folder nor --open was given.
    """
    from auditor.data.demo import generate

    if args.out is None and not args.open:
        raise ConfigError("No folder was named; give --out DIR, or --open to draw it into the workspace.")
    workspace = open_workspace(args)
    out = args.out or workspace.make().demo
    demo = generate.generate(
        out, images=args.images, seed=args.seed, progress=show_progress, true_labels=args.true_labels
    )
    if not args.open:
        tell(args, {"folder": demo}, str(demo))
        return 0
    key = _train(workspace.make(), demo)
    return serve(args, workspace, page="runs", key=key, browse=True)


def _train(workspace: Workspace, root: Path) -> str:
    """Register the demo, start training on it in the background, and return the data set's key."""
    from auditor.data.opening import open_dataset
    from auditor.jobs import demo
    from auditor.store.store import Store

    dataset = open_dataset(root)
    with Store.opened(workspace) as store:
        dataset = store.datasets.register(dataset).dataset
        demo.train(workspace, dataset, store)
    return dataset.key
