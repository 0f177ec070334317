"""`--on-done COMMAND`: run a command of the user's when a run has ended, without a shell."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.config import Workspace
from auditor.errors import AuditorError

PREFIX = "AUDITOR_"
STDERR = 2  # where the command's output goes: stdout is the run's own


def add_hook(parser: argparse.ArgumentParser) -> None:
    """Declare --on-done."""
    parser.add_argument(
        "--on-done",
        type=_command,
        metavar="COMMAND",
        help="run this command when the run has ended, done or not; no shell reads it, and AUDITOR_RUN, AUDITOR_STATE, "
        "AUDITOR_MESSAGE, AUDITOR_DATASET, AUDITOR_RUN_FOLDER and AUDITOR_WORKSPACE tell it about the run",
    )


def _command(text: str) -> list[str]:
    """Split a command line as a shell does, without its variables, pipes and wildcards."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no command ({error})") from error
    if not words:
        raise argparse.ArgumentTypeError("the command is empty")
    return words


@dataclass
class Ending:
    """How a run has ended, filled in by whoever works on it.

    Attributes:
        state: 'done', 'cancelled' or 'failed'.
        message: A sentence on the result, or ''.
    """

    state: str = "failed"
    message: str = ""


@contextlib.contextmanager
def after(command: list[str] | None, workspace: Workspace, run_id: str, dataset: str) -> Iterator[Ending]:
    """Yield an ending to fill in, and run the command when the block is left, by an error too.

    Args:
        command: The command of --on-done, or None.
        workspace: The workspace.
        run_id: The run.
        dataset: The data set's key.
    """
    ending = Ending()
    try:
        yield ending
    except AuditorError as error:
        ending.message = str(error)
        raise
    finally:
        if command is not None:
            values = {
                "RUN": run_id, "STATE": ending.state, "MESSAGE": ending.message, "DATASET": dataset,
                "RUN_FOLDER": workspace.run(run_id), "WORKSPACE": workspace.path,
            }  # fmt: skip
            _run(command, {f"{PREFIX}{name}": str(value) for name, value in values.items()})


def _run(command: list[str], variables: dict[str, str]) -> None:
    """Run the command; its failure is a line on stderr, because the run itself is what it is."""
    try:
        done = subprocess.run(command, env={**os.environ, **variables}, stdout=STDERR, check=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"The command {shlex.join(command)} cannot be started ({reason}); the run is not affected."
    else:
        if not done.returncode:
            return
        message = f"The command {shlex.join(command)} ended with exit code {done.returncode}; the run is not affected."
    print(f"error: {message}", file=sys.stderr)
