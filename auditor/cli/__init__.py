"""The same jobs without a browser: `python -m auditor COMMAND`.

One file a command. Each has NAME, HELP, EXAMPLE, `add_arguments(parser)` and `run(args) -> int`, and imports what is
heavy inside `run`, so that `--help` is instant.
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
INTERRUPTED = 130  # as shells say it of a command that Ctrl-C ended


class Command(Protocol):
    """What a module in this package offers."""

    NAME: str
    HELP: str
    EXAMPLE: str  # one line as a person would type it, without the program's name

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; 0 where it worked."""


def commands() -> list[Command]:
    """Every command there is, in alphabetical order of its file."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return [cast(Command, importlib.import_module(f"{__name__}.{name}")) for name in names]


def program() -> str:
    """What the command line is called here: `fer-auditor` where it was started so, else `python -m auditor`."""
    name = Path(sys.argv[0]).name
    return SCRIPT if name.startswith(SCRIPT) else "python -m auditor"


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
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
    try:
        return _perform(build_parser().parse_args(argv))
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
