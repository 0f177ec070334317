"""`evidence`: write the evidence as CSV, one row per training image, and manage its versions."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import open_data, open_workspace
from auditor.cli._writing import add_force, writing
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.config import Workspace
    from auditor.data.dataset import Dataset
    from auditor.evidence.listing import Entry
    from auditor.evidence.versions import EvidenceVersion
    from auditor.store.store import Store

NAME = "evidence"
HELP = (
    "write the evidence on every training image as CSV (suspicion, suggestion, each method's columns), or list, "
    "choose, pin, name, compare and delete its versions"
)
EXAMPLE = "evidence RAF-DB/basic --workspace W --out evidence.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("data", metavar="DATA", help="the data set: a folder or a label file")
    parser.add_argument("--labels", metavar="FILE", help="the label file, where the data set has several")
    parser.add_argument("--format", metavar="F", help="the data set's format, where it is not recognised")
    parser.add_argument("--workspace", metavar="DIR", type=Path, help="the folder with the runs")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", metavar="FILE", type=Path, help="the CSV file to write, of the evidence in use")
    what.add_argument("--list", action="store_true", help="list the versions: date, runs, skill, estimated noise, size")
    what.add_argument("--use", metavar="VERSION", help="use this version, such as v0003")
    what.add_argument(
        "--keep", action="store_true", help="keep the version in use where a newer one waits for a decision"
    )
    what.add_argument(
        "--pin",
        metavar="VERSION",
        nargs="?",
        const="",
        help="use this version (default: the one in use) until it is unpinned",
    )
    what.add_argument("--unpin", action="store_true", help="let better versions replace it again")
    what.add_argument("--rename", nargs=2, metavar=("WHICH", "NAME"), help="name a version or a run; '' for no name")
    what.add_argument("--compare", nargs=2, metavar=("BEFORE", "AFTER"), help="print how two versions differ")
    what.add_argument("--delete", metavar="WHICH", help="delete a version or a run that is no longer needed")
    parser.add_argument("--yes", action="store_true", help="with --delete: do not ask")
    parser.add_argument(
        "--run",
        dest="runs",
        action="append",
        metavar="RUN",
        help="with --out: build from these runs only (repeatable)",
    )
    parser.add_argument("--rebuild", action="store_true", help="with --out: build again from every run of the data set")
    add_json(parser)
    add_force(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file, or do the one action on the versions that the arguments name."""
    workspace, dataset = open_workspace(args), open_data(args)
    acts: dict[str, Callable[[Workspace, Dataset, argparse.Namespace], int]] = {
        "out": _write, "list": _list, "use": _use, "keep": _keep, "pin": _pin, "unpin": _unpin, "rename": _rename,
        "compare": _compare, "delete": _delete,
    }  # fmt: skip
    action = next(name for name in acts if getattr(args, name) not in (None, False))
    return acts[action](workspace, dataset, args)


def _write(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    """Write the file; build the evidence from the runs first where there is none."""
    from auditor.evidence import choice
    from auditor.evidence.alignment import changes
    from auditor.evidence.build import build
    from auditor.exports import evidence_csv

    version = None if args.runs or args.rebuild else choice.evidence(workspace, dataset)
    if version is None:
        version = build(workspace, dataset, args.runs)
    with writing(args, workspace):
        rows = evidence_csv.write(version, dataset, args.out)
    changed = changes(version, dataset).sentence
    notes = [*([changed] if changed else []), *(str(warning) for warning in version.summary["warnings"])]
    now = choice.standing(workspace, dataset.key)
    if now.waiting is not None:
        notes.append(f"{now.sentence} Use it with --use {now.waiting.name}.")
    facts = {"path": args.out, "images": rows, "evidence": version.name, "methods": list(version.methods)}
    tell(
        args,
        {**facts, "notes": notes},
        f"{args.out}: {counted(rows, 'image')}, evidence {version.name} from {', '.join(version.methods)}",
        *(f"note: {note}" for note in notes),
    )
    return 0


def _list(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    """Print one line per version, with its runs below it."""
    from auditor.evidence import choice, listing
    from auditor.evidence.alignment import changes

    entries = listing.entries(workspace, dataset.key)
    now = choice.standing(workspace, dataset.key)
    changed = "" if now.version is None else changes(now.version, dataset).sentence
    sentence = " ".join(each for each in (now.sentence, changed) if each)
    if args.json:
        tell(args, {"versions": [_facts_of(each) for each in entries], "said": sentence})
        return 0
    if not entries:
        print("There is no evidence for this data set yet; train a method first.")
        return 0
    for each in entries:
        skill = "unknown" if each.skill is None else f"{each.skill.value:.2f}"
        noise = "unknown" if each.noise is None else "{:.1%} ({:.1%} to {:.1%})".format(*each.noise)
        words = [each.version.name, each.name, each.state, each.created[:16].replace("T", " ")]
        words += [f"skill {skill}", f"wrong labels {noise}", listing.spoken(each.size)]
        print("  ".join(word for word in words if word))
        for training in each.trainings:
            print(f"       {training.run}  {training.words}")
    if sentence:
        print(sentence)
    return 0


def _facts_of(entry: Entry) -> dict[str, Any]:
    """Return what --list prints of a version, for --json."""
    noise = None if entry.noise is None else dict(zip(("overall", "low", "high"), entry.noise, strict=True))
    return {
        "version": entry.version.name, "name": entry.name, "created": entry.created, "methods": list(entry.methods),
        "runs": [training.run for training in entry.trainings], "in_use": entry.in_use, "pinned": entry.pinned,
        "waiting": entry.waiting, "skill": None if entry.skill is None else entry.skill.value, "noise": noise,
        "bytes": entry.size,
    }  # fmt: skip


def _say(args: argparse.Namespace, sentence: str) -> None:
    tell(args, {"said": sentence}, sentence)


def _use(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    from auditor.evidence import choice

    choice.use(workspace, dataset.key, args.use, by=_who())
    _say(args, f"Evidence {args.use} is in use until a new version whose held-out skill is not worse replaces it.")
    return 0


def _keep(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    from auditor.evidence import choice

    _say(args, f"Evidence {choice.keep(workspace, dataset.key, by=_who())} stays in use.")
    return 0


def _pin(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    from auditor.evidence import choice

    name = args.pin
    if name:
        choice.use(workspace, dataset.key, name, by=_who(), pin=True)
    else:
        name = choice.keep(workspace, dataset.key, by=_who(), pin=True)
    _say(args, f"Evidence {name} is in use and pinned: no new version replaces it automatically.")
    return 0


def _unpin(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    from auditor.evidence import choice

    name = choice.keep(workspace, dataset.key, by=_who(), pin=False)
    _say(args, f"Evidence {name} is in use; a new version replaces it where its held-out skill is not worse.")
    return 0


def _rename(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    from auditor.evidence import choice
    from auditor.store.store import Store

    which, name = args.rename
    if not _is_version(which):
        with Store.opened(workspace) as store:
            _run_of(store, dataset, which)
    else:
        _version(workspace, dataset, which)
    choice.rename(workspace, dataset.key, which, name, by=_who())
    _say(args, f"{which} is called {name!r}." if name.strip() else f"{which} has no name any more.")
    return 0


def _compare(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    from auditor.evidence import listing
    from auditor.evidence.alignment import aligned

    before, after = (aligned(_version(workspace, dataset, name), dataset) for name in args.compare)
    difference = listing.compare(before, after)
    _say(
        args,
        f"Of {counted(difference.images, 'image')} in both, {len(difference.divided):,} differ in the "
        f"assignment (clean, ambiguous, noisy) and {len(difference.suggested):,} in the suggested label; rank "
        f"correlation of the suspicions {difference.correlation:.2f}.",
    )
    return 0


def _delete(workspace: Workspace, dataset: Dataset, args: argparse.Namespace) -> int:
    """Delete a version or a run after asking; return 1 where the answer is no, else 0."""
    from auditor.evidence import listing
    from auditor.jobs import removal
    from auditor.store.store import Store

    which = args.delete
    with Store.opened(workspace) as store:
        dataset = store.datasets.register(dataset).dataset
        if _is_version(which):
            folder = _version(workspace, dataset, which).folder
        else:
            _run_of(store, dataset, which)
            folder = workspace.run(which)
        size = listing.spoken(listing.size(folder))
        if not args.yes and not _agreed(which, size):
            _say(args, "Nothing was deleted.")
            return 1
        if _is_version(which):
            removal.delete_version(workspace, store, dataset.key, which, by=_who())
        else:
            removal.delete_run(workspace, store, which, by=_who())
        _say(args, f"{which} was deleted; {size} are free again.")
    return 0


def _agreed(which: str, size: str) -> bool:
    """Ask for confirmation on the terminal.

    Raises:
        ConfigError: There is no terminal to ask on.
    """
    from auditor.errors import ConfigError

    if not sys.stdin.isatty():
        raise ConfigError(f"Deleting {which} ({size}) cannot be undone; add --yes to do it without a question.")
    return input(f"Delete {which} ({size})? This cannot be undone. [y/N] ").strip().casefold() in ("y", "yes")


def _is_version(which: str) -> bool:
    return which[:1] == "v" and which[1:].isdigit()


def _version(workspace: Workspace, dataset: Dataset, name: str) -> EvidenceVersion:
    from auditor.errors import EvidenceError
    from auditor.evidence import versions

    version = versions.get(workspace, dataset.key, name)
    if version is None:
        raise EvidenceError(f"There is no evidence {name} for this data set; --list shows every version.")
    return version


def _run_of(store: Store, dataset: Dataset, run_id: str) -> None:
    """Refuse a run that does not exist or belongs to another data set."""
    from auditor.errors import JobError

    if store.runs.get(run_id).dataset != dataset.key:
        raise JobError(f"Run {run_id} belongs to another data set; name that data set.")


def _who() -> str:
    try:
        return os.environ.get("AUDITOR_ANNOTATOR") or getpass.getuser()
    except (OSError, KeyError):  # a container's user without an entry in the password file
        return "command line"
