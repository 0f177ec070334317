"""`python -m auditor evidence`: the evidence as CSV, one row a train image in label-file order."""

from __future__ import annotations

import argparse
from pathlib import Path

from auditor.cli._opening import open_workspace
from auditor.cli._writing import add_force, writing

NAME = "evidence"
HELP = "Write what is known about every training image as CSV: suspicion, suggestion and each method's columns."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("data", metavar="DATA", help="the data set: a folder or a label file")
    parser.add_argument("--labels", metavar="FILE", help="the label file, where the data set has several")
    parser.add_argument("--format", metavar="F", help="the data set's format, where it is not recognised")
    parser.add_argument("--workspace", metavar="DIR", type=Path, help="the folder with the runs")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="the CSV file to write")
    parser.add_argument(
        "--run",
        dest="runs",
        action="append",
        metavar="RUN",
        help="build from these runs alone (repeatable); else the latest there is",
    )
    add_force(parser)
    parser.add_argument("--rebuild", action="store_true", help="build anew from every run of the data set")


def run(args: argparse.Namespace) -> int:
    """Write the file; evidence that is not there yet is built from the runs first."""
    from auditor.data.opening import open_dataset
    from auditor.evidence import versions
    from auditor.evidence.build import build
    from auditor.exports import evidence_csv

    workspace = open_workspace(args)
    dataset = open_dataset(args.data, label_file=args.labels, format=args.format)
    version = None if args.runs or args.rebuild else versions.latest(workspace, dataset.key)
    if version is None:
        version = build(workspace, dataset, args.runs)
    with writing(args, workspace):
        rows = evidence_csv.write(version, dataset, args.out)
    print(f"{args.out}: {rows} images, evidence {version.name} from {', '.join(version.methods)}")
    for warning in version.summary["warnings"]:
        print(f"note: {warning}")
    return 0
