"""Shell completion: `fer-auditor --print-completion bash` prints the script that shtab generates."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.errors import ConfigError

SHELLS = ("bash", "zsh", "tcsh")
FILES = ("data", "labels")  # arguments that are files without being paths: '?label=COLUMN' may follow


def add_option(parser: argparse.ArgumentParser, script: str) -> None:
    """Declare --print-completion.

    Args:
        parser: The parser of the whole command line.
        script: The program whose command line is completed; shells cannot complete `python -m auditor`.
    """
    text = f"print the script that completes {script}'s commands and options in this shell, and exit"
    parser.add_argument("--print-completion", action=_Print, choices=SHELLS, const=script, help=text)


class _Print(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *values: Any) -> None:
        """Print the script and exit.

        Raises:
            ConfigError: Shtab is not installed.
        """
        try:
            import shtab
        except ImportError as error:
            raise ConfigError("Completion needs the package shtab; install it with 'pip install shtab'.") from error

        shell = values[1]  # after the namespace
        parser.prog = str(self.const)
        for action in _actions(parser):
            if action.type is Path or action.dest in FILES:
                action.complete = shtab.FILE
        print(shtab.complete(parser, shell))
        parser.exit()


def _actions(parser: argparse.ArgumentParser) -> Iterator[Any]:
    """Yield every argument of a parser and of its commands' parsers."""
    for action in parser._actions:  # argparse has no public list of them; shtab reads this one too
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
