"""`backup`: copy the database to one file, while the app may be running."""

from __future__ import annotations

import argparse

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_database_arguments, open_workspace
from auditor.cli._writing import add_force
from auditor.plural import counted

NAME = "backup"
HELP = "write the database (decisions, runs, opened data sets) to one file, while it may be in use"
EXAMPLE = "backup auditor-backup.db --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_database_arguments(parser, "the file to write", "the workspace whose database is copied")
    add_force(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the backup and print how many operations it holds."""
    from auditor.errors import StoreError
    from auditor.store import backup
    from auditor.store.integrity import sqlite_file

    url = open_workspace(args).database_url
    out = args.file.expanduser().absolute()
    if out.exists() and not args.force:
        raise StoreError(f"The file {out} exists already; name a new file, or replace it with --force.")
    backup.backup(url, out)
    operations = backup.check(out) if sqlite_file(url) else None
    content = "a dump of the PostgreSQL database" if operations is None else counted(operations, "operation")
    tell(args, {"path": out, "operations": operations}, f"{out}: {content}")
    return 0
