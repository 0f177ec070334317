"""`verify`: whether the log of decisions is as it was saved."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import open_workspace
from auditor.plural import counted

NAME = "verify"
HELP = "check that no decision was changed, removed or lost since it was saved; exit code 1 where one was"
EXAMPLE = "verify --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="whose database")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help="what `verify --json` printed earlier: nothing of it may be missing",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check the database and every log; the last digest of each is worth keeping somewhere else."""
    from auditor.store.store import Store
    from auditor.store.verifying import check_database, verify

    earlier = _earlier(args.against) if args.against else None
    with Store.opened(open_workspace(args)) as store:
        check_database(store)
        verdicts = verify(store, earlier)
    facts = [
        {"dataset": each.dataset, "operations": each.end.length, "digest": each.end.digest, "fault": each.fault}
        for each in verdicts
    ]
    lines = [
        each.fault
        or f"{each.title} ({each.dataset}): {counted(each.end.length, 'operation')}, as saved; {each.end.digest[:16]}"
        for each in verdicts
    ]
    tell(args, {"logs": facts}, *(lines or ["no data set was opened in this workspace yet"]))
    return int(any(each.fault for each in verdicts))


def _earlier(file: Path) -> dict[str, tuple[int, str]]:
    """The ends that an earlier `verify --json` printed, by data set."""
    from auditor.errors import StoreError

    try:
        logs = json.loads(file.read_text("utf-8"))["logs"]
        return {log["dataset"]: (int(log["operations"]), str(log["digest"])) for log in logs}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"The file {file} is not what `verify --json` prints ({error}); name such a file.") from error
