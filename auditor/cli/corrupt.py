"""`corrupt`: write a noisy or long-tailed label file for a study, with the flipped lines marked."""

from __future__ import annotations

import argparse
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data
from auditor.cli._writing import add_force, writing
from auditor.plural import counted

NAME = "corrupt"
HELP = "write a label file with labels flipped on purpose (third column: 1 where flipped), or with a long tail"
EXAMPLE = "corrupt RAF-DB/basic --rate 0.2 --kind lookalike --out noisy.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser, workspace=False)
    parser.add_argument("--rate", type=float, default=0.0, metavar="R", help="share of the training labels to flip")
    parser.add_argument("--kind", choices=("symmetric", "lookalike"), default="symmetric", help="to which class")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="same seed, same file (default 1)")
    parser.add_argument("--imbalance", type=float, default=1.0, metavar="F", help="largest class over smallest")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the label file to write")
    add_json(parser)
    add_force(parser)


def run(args: argparse.Namespace) -> int:
    """Write the label file and print how many labels were flipped."""
    from auditor.data.corrupt import corrupt, to_bytes
    from auditor.errors import ConfigError
    from auditor.exports.atomic import check_target, write_file

    if args.rate == 0 and args.imbalance == 1:
        raise ConfigError("There is nothing to do; give --rate, --imbalance or both.")
    dataset = open_data(args)
    result = corrupt(dataset, rate=args.rate, kind=args.kind, seed=args.seed, imbalance=args.imbalance)
    with writing(args):
        path = write_file(check_target(dataset, args.out), to_bytes(dataset, result))
    flipped, elsewhere = int(result.flipped.sum()), bool((dataset.paths[result.rows] == "").any())
    note = "Its images are in other files: to train on it, run 'export --as folder' first and corrupt that folder."
    tell(
        args,
        {"path": path, "lines": len(result.rows), "flipped": flipped, "images_in_other_files": elsewhere},
        f"{path}: {counted(len(result.rows), 'line')}, {flipped:,} of them flipped",
        *((note,) if elsewhere else ()),
    )
    return 0
