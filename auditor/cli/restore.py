"""`restore`: a backup in the place of the database, which is kept beside it."""

from __future__ import annotations

import argparse

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_database_arguments, open_workspace

NAME = "restore"
HELP = "put a backup in the place of the workspace's database, which is kept; stop the app first"
EXAMPLE = "restore auditor-backup.db --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_database_arguments(parser, "a file that `backup` wrote")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Restore it and say where the database that was there is."""
    from auditor.store import backup
    from auditor.store.store import Store

    workspace = open_workspace(args)
    kept = backup.restore(workspace.database_url, args.file.expanduser().absolute())
    Store.open(workspace).close()  # at the newest schema, and whole
    before = f"; what was there before is {kept}" if kept else ""
    tell(args, {"restored": args.file, "kept": kept}, f"{args.file} is restored{before}")
    return 0
