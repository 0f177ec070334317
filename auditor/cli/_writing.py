"""The option --force: a command replaces files that it wrote itself, and any other file only with --force."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.config import Workspace


def add_force(parser: argparse.ArgumentParser) -> None:
    """Declare --force."""
    parser.add_argument(
        "--force", action="store_true", help="replace an existing file that was not written by this command"
    )


def writing(args: argparse.Namespace, workspace: Workspace | None = None) -> AbstractContextManager[None]:
    """Return a context in which exports may replace files, according to the arguments.

    Args:
        args: The arguments, with `force`.
        workspace: The workspace that records what was written; None for the default one.
    """
    from auditor.config import Workspace
    from auditor.exports import places

    return places.writing(workspace or Workspace.default(), over=args.force)
