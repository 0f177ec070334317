"""What the commands that write a file share: they replace their own files, and others' only with --force."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.config import Workspace


def add_force(parser: argparse.ArgumentParser) -> None:
    """--force."""
    parser.add_argument(
        "--force", action="store_true", help="replace a file that is there already and was not written by this command"
    )


def writing(args: argparse.Namespace, workspace: Workspace | None = None) -> AbstractContextManager[None]:
    """What exports may do inside this block, by the arguments.

    Args:
        args: with `force`.
        workspace: where it is remembered what was written; None for the default one.
    """
    from auditor.config import Workspace
    from auditor.exports import places

    return places.writing(workspace or Workspace.default(), over=args.force)
