"""`restore`: replace the database by a backup; the previous database is kept beside it."""

from __future__ import annotations

import argparse

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_database_arguments, open_workspace

NAME = "restore"
HELP = "replace the workspace's database by a backup, keeping the old one beside it; stop the app first"
EXAMPLE = "restore auditor-backup.db --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_database_arguments(parser, "a file that `backup` wrote", "the workspace whose database is replaced")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Restore the backup and print where the previous database was kept."""
    from auditor.store import backup
    from auditor.store.store import Store

    workspace = open_workspace(args)
    previous = backup.restore(workspace.database_url, args.file.expanduser().absolute())
    Store.open(workspace).close()  # migrated to the newest schema, and intact
    before = f"; the previous database is {previous}" if previous else ""
    tell(args, {"restored": args.file, "kept": previous}, f"{args.file} was restored{before}")
    return 0
