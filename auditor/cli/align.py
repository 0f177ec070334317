"""`align`: rotate and scale the faces so that the eyes are always in one place; writes a new data set."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, interruptible, open_data, open_workspace, show_progress
from auditor.data.align.choices import AUTO, DETECTORS
from auditor.plural import counted

NAME = "align"
HELP = (
    "align the faces by their eyes, from the data set's own eye positions or a face detector's; can be stopped and "
    "resumed"
)
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
    parser.add_argument(
        "--detector",
        choices=DETECTORS,
        default=AUTO,
        help="auto (default): a detector where the data set has no eye positions; none: never a detector",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Align the faces, list those that could not be aligned, and print the new folder last."""
    from auditor.data.align.run import align

    dataset = open_data(args)
    out = args.out
    if out is None:
        workspace = open_workspace(args)
        out = workspace.make().path / "aligned" / dataset.key
    with interruptible() as stopping:
        result = align(
            dataset,
            out,
            size=args.size,
            eye=args.eye,
            which=args.detector,
            progress=show_progress,
            cancelled=stopping,
        )
    for problem in result.problems:
        print(f"{problem.file}:{problem.line or ''}: {problem.kind}: {problem.message}", file=sys.stderr)
    facts = {"folder": result.folder, "aligned": result.made, "kept": result.kept, "left_out": len(result.problems)}
    tell(
        args,
        {**facts, "finished": result.finished},
        f"{counted(result.made, 'face')} aligned, {result.kept:,} aligned before, {len(result.problems):,} left out",
        *(() if result.finished else ("stopped on request; run the same command to continue",)),
        str(result.folder),
    )
    return 0 if result.finished else STOPPED
