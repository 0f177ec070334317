"""`trail`: print the audit trail: who logged in, opened, looked at, exported, trained or erased what, and when."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import open_workspace

if TYPE_CHECKING:
    from auditor.store.glances import Glance
    from auditor.store.trail import Event

NAME = "trail"
HELP = "print who logged in, opened, exported, downloaded, trained, shared out or erased what, and who looked at faces"
EXAMPLE = "trail --workspace W --who ada --since today"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="folder of decisions (default: workspace)")
    parser.add_argument("--who", metavar="NAME", help="only what this person did")
    parser.add_argument("--data", metavar="KEY", help="only what was done on the data set with this key")
    parser.add_argument("--since", metavar="TIME", help="only since today, 2026-01-31 or '2026-01-31 14:30'")
    parser.add_argument("--newest", type=int, default=1000, metavar="N", help="this many lines of each table at most")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print both tables, the newest first."""
    from auditor.store import undoing
    from auditor.store.store import Store

    since = 0.0 if args.since is None else undoing.moment(args.since)
    with Store.opened(open_workspace(args)) as store:
        events = [
            each for each in store.trail.list(args.data, args.newest)
            if each.at >= since and args.who in (None, each.who)
        ]  # fmt: skip
        glances = [
            each for each in store.glances.list(args.data, args.newest)
            if each.last_at >= since and args.who in (None, each.who)
        ]  # fmt: skip
    facts = {"events": [asdict(each) for each in events], "looks": [asdict(each) for each in glances]}
    tell(args, facts, *lines(events, glances))
    return 0


def lines(events: Sequence[Event], glances: Sequence[Glance]) -> list[str]:
    """Return the trail as people read it, tab-separated."""
    listed = [
        (each.at, f"{_time(each.at)}\t{each.who}\t{each.what}\t{each.dataset or '-'}\t{each.detail}") for each in events
    ]
    for look in glances:
        until = f"{look.page}, until {_time(look.last_at)}"
        listed.append((look.last_at, f"{_time(look.first_at)}\t{look.who}\tlooked\t{look.dataset}\t{until}"))
    return [line for _, line in sorted(listed, key=lambda each: each[0], reverse=True)] or ["nothing yet"]


def _time(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
