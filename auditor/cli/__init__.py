"""The command line, `python -m auditor COMMAND`: what the app does, without a browser.

One file per command. Each has NAME, HELP, EXAMPLE, `add_arguments(parser)` and `run(args) -> int`, and does its heavy
imports inside `run`, so that `--help` is instant.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from auditor import __version__
from auditor.cli import _completion
from auditor.errors import AuditorError

SCRIPT = "fer-auditor"  # as pyproject.toml installs it
USAGE_ERROR = 2
INTERRUPTED = 130  # the exit code that shells give a command ended by Ctrl-C


class Command(Protocol):
    """The interface of a module in this package."""

    NAME: str
    HELP: str
    EXAMPLE: str  # one line as a person would type it, without the program's name

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the command; return the exit code, 0 for success."""


def commands() -> list[Command]:
    """Return every command, in alphabetical order of its file."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return [cast(Command, importlib.import_module(f"{__name__}.{name}")) for name in names]


def program() -> str:
    """Return the program's name: `fer-auditor` where it was started that way, else `python -m auditor`."""
    name = Path(sys.argv[0]).name
    return SCRIPT if name.startswith(SCRIPT) else "python -m auditor"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog=program(), description="Find and correct wrong labels in facial-expression data sets."
    )
    parser.add_argument("--version", action="version", version=__version__)
    _completion.add_option(parser, SCRIPT)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in commands():
        example = f"example:\n  {parser.prog} {command.EXAMPLE}".replace("%", "%%")
        sub = subparsers.add_parser(
            command.NAME, help=command.HELP, description=command.HELP, epilog=example,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def _perform(args: argparse.Namespace) -> int:
    """Run a command; files that it makes in a workspace are readable only by their owner."""
    if not hasattr(args, "workspace"):
        return int(args.run(args))
    from auditor.cli._opening import open_workspace
    from auditor.custody import private, start

    with private.umask():
        for sentence in start.prepare(open_workspace(args)):
            print(f"note: {sentence}", file=sys.stderr)
        return int(args.run(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; an error a user can meet is one line on stderr and exit code 2."""
    try:
        return _perform(build_parser().parse_args(argv))
    except AuditorError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe (head, less) has closed it; this is not a failure.
        sys.stderr.close()
        return 0
