"""The same jobs without a browser: `python -m auditor COMMAND`.

One file a command. Each has NAME, HELP, `add_arguments(parser)` and `run(args) -> int`, and imports what is heavy
inside `run`, so that `--help` is instant.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from auditor import __version__
from auditor.errors import AuditorError

USAGE_ERROR = 2
INTERRUPTED = 130  # as shells say it of a command that Ctrl-C ended


class Command(Protocol):
    """What a module in this package offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; 0 where it worked."""


def commands() -> list[Command]:
    """Every command there is, in alphabetical order of its file."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return [cast(Command, importlib.import_module(f"{__name__}.{name}")) for name in names]


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="python -m auditor", description="Find and correct wrong labels in facial-expression data sets."
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in commands():
        sub = subparsers.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def _perform(args: argparse.Namespace) -> int:
    """Run a command; what one that works in a workspace makes there is its user's alone."""
    if not hasattr(args, "workspace"):
        return int(args.run(args))
    from auditor.cli._opening import open_workspace
    from auditor.custody import private, start

    with private.kept():
        for sentence in start.prepare(open_workspace(args)):
            print(f"note: {sentence}", file=sys.stderr)
        return int(args.run(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; an error a user can meet is one line on stderr and exit code 2."""
    args = build_parser().parse_args(argv)
    try:
        return _perform(args)
    except AuditorError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe (head, less) has seen enough; that is no failure of ours.
        sys.stderr.close()
        return 0
