"""`demo`: draws the demo data set, planted errors included."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

NAME = "demo"
HELP = "draw the demo data set: faces in RAF-DB's layout with wrong and ambiguous labels planted"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--images", type=int, default=1200, metavar="N", help="five sixths for training (default 1200)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same bytes (default 0)")
    parser.add_argument("--true-labels", action="store_true", help="plant nothing: for errors made with 'corrupt'")


def run(args: argparse.Namespace) -> int:
    """Draw it and print where it is."""
    from auditor.data.demo import generate

    terminal = sys.stderr.isatty()

    def show(done: int, total: int, text: str) -> None:
        if terminal:
            print(f"\r{text} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    made = generate.generate(args.out, images=args.images, seed=args.seed, progress=show, true_labels=args.true_labels)
    print(made)
    return 0
