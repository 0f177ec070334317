"""`align`: faces turned and scaled so that the eyes are at one place, as a new data set in the workspace."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, interruptible, open_data, open_workspace, show_progress

NAME = "align"
HELP = "align the faces by their eyes, where the data set gives eye positions; can be stopped and resumed"
EXAMPLE = "align RAF-DB/basic --workspace W --size 128"

STOPPED = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="the new data set (default: in the workspace)")
    parser.add_argument("--size", type=int, default=256, metavar="N", help="side of the square (default 256)")
    parser.add_argument(
        "--eye", type=float, default=0.3, metavar="F", help="eyes this far from the edges (default 0.3)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Align, list what could not be, print the new folder last."""
    from auditor.data.align.run import align

    dataset = open_data(args)
    out = args.out
    if out is None:
        workspace = open_workspace(args)
        out = workspace.make().path / "aligned" / dataset.key
    with interruptible() as stopping:
        found = align(dataset, out, size=args.size, eye=args.eye, progress=show_progress, cancelled=stopping)
    for problem in found.problems:
        print(f"{problem.file}:{problem.line or ''}: {problem.kind}: {problem.message}", file=sys.stderr)
    facts = {"folder": found.folder, "aligned": found.made, "kept": found.kept, "left_out": len(found.problems)}
    tell(
        args,
        {**facts, "finished": found.finished},
        f"{found.made:,} faces aligned, {found.kept:,} were there already, {len(found.problems):,} left out",
        *(() if found.finished else ("stopped on request; the same command goes on where it was",)),
        str(found.folder),
    )
    return 0 if found.finished else STOPPED
