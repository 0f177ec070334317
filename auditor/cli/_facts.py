"""Output of the commands: lines for people, or with --json one object for programs and nothing else on stdout."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any


def add_json(parser: argparse.ArgumentParser) -> None:
    """Declare --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead, for programs")


def tell(args: argparse.Namespace, facts: Mapping[str, Any], *lines: str) -> None:
    """Print the facts as a JSON object where --json was given, else the lines.

    Args:
        args: The command's arguments.
        facts: JSON values, and paths, which become text.
        lines: The same facts for people.
    """
    if args.json:
        print(
            json.dumps(facts, ensure_ascii=False, default=str), flush=True
        )  # `app` keeps running: flush, so that a pipe gets it now
        return
    for line in lines:
        print(line, flush=True)
