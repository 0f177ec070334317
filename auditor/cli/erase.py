"""`erase`: remove an image, an annotator or a whole data set from the workspace; without --yes only list it."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Sequence
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import open_workspace
from auditor.plural import counted

NAME = "erase"
HELP = "erase an image, an annotator or a whole data set from the workspace; without --yes only list what would go"
EXAMPLE = "erase RAF-DB/basic --image train_00003.jpg --workspace W --yes"

IN_MEMORY = "An app that is running keeps pictures and names that it has shown in memory until it is restarted."

Places = Sequence[tuple[str, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("data", metavar="DATA", help="the data set's folder (it may be gone), a label file, or its key")
    parser.add_argument("--image", action="append", default=[], metavar="NAME", help="an image's name; repeatable")
    parser.add_argument("--annotator", default="", metavar="NAME", help="an annotator; their decisions stay")
    parser.add_argument("--all", action="store_true", help="the whole data set, its decisions too")
    parser.add_argument(
        "--decisions",
        choices=("keep", "remove"),
        default="keep",
        help="on erased images: keep them in the history without the image's name (default), or remove them from view",
    )
    parser.add_argument("--yes", action="store_true", help="do it; without --yes only list what would be done")
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="what is erased from (default: workspace)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List what would go, or erase it and report it place by place; 1 where something could not be erased.

    Raises:
        ConfigError: There is no such workspace.
    """
    from auditor.erasure import erase
    from auditor.erasure.scope import Wish
    from auditor.errors import ConfigError
    from auditor.store.store import Store

    workspace = open_workspace(args)
    if not workspace.path.is_dir():
        raise ConfigError(f"There is no workspace {workspace.path}; name the one to erase from with --workspace.")
    wish = Wish(tuple(args.image), args.annotator, args.all, args.decisions == "keep")
    with Store.opened(workspace) as store:
        plan = erase.plan(workspace, store, args.data, wish)
        if not args.yes:
            _tell(args, [(act.place, act.what) for act in plan.acts], (), plan.notes)
            return 0
        report = erase.carry_out(plan, store, by=getpass.getuser())
    _tell(args, report.done, report.failed, (*report.notes, IN_MEMORY))
    return int(bool(report.failed))


def _tell(args: argparse.Namespace, places: Places, failed: Places, notes: Sequence[str]) -> None:
    if not places and not failed:
        end = "Nothing of this is in the workspace."
    elif args.yes:
        end = f"Erased in {counted(len(places), 'place')}" + (f", {len(failed):,} failed." if failed else ".")
    else:
        end = f"Would be erased in {counted(len(places), 'place')}; nothing is erased yet: add --yes to erase it."
    facts = {
        "done": args.yes,
        "places": [{"place": place, "what": what} for place, what in places],
        "failed": [{"place": place, "why": why} for place, why in failed],
        "notes": list(notes),
    }
    lines = [f"{place}: {what}" for place, what in places]
    tell(args, facts, *lines, *(f"FAILED {place}: {why}" for place, why in failed), *(f"note: {n}" for n in notes), end)
