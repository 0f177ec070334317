"""`decide`: save decisions from a CSV file or from Label Studio's annotations; or undo many decisions at once."""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._columns import Problem, read_columns
from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset
    from auditor.store.operations import Item

NAME = "decide"
HELP = (
    "save decisions from a CSV file with the columns name, action (keep, relabel, ambiguous, exclude, skip), label, or "
    "from the annotations of a Label Studio project (JSON); or undo many at once"
)
EXAMPLE = "decide RAF-DB/basic --workspace W --annotator ada --from decisions.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    parser.add_argument("--annotator", required=True, metavar="NAME", help="the annotator's name, as the log keeps it")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="source", type=Path, metavar="FILE", help="the CSV file, or a project's JSON")
    what.add_argument("--undo", action="store_true", help="undo every decision that --by and --since select")
    what.add_argument("--redo", action="store_true", help="redo every undone decision that they select")
    parser.add_argument("--final", action="store_true", help="with --from: final decisions, which end disagreements")
    parser.add_argument("--by", metavar="NAME", action="append", help="undo: only decisions by this annotator")
    parser.add_argument("--since", metavar="TIME", help="undo: only since today, 2026-01-31 or '2026-01-31 14:30'")
    parser.add_argument("--yes", action="store_true", help="undo: do it; without --yes only print what would be undone")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Save the valid lines as one operation and list the others, or undo many decisions; 1 for an invalid line."""
    return _run_pass(args) if args.undo or args.redo else _save(args)


def _run_pass(args: argparse.Namespace) -> int:
    from auditor.store import undoing
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args)
    kind = "undo" if args.undo else "redo"
    since = None if args.since is None else undoing.moment(args.since)
    with Store.opened(workspace) as store:
        records = store.decisions.state(dataset.key).records.values()
        selected = undoing.choose(records, kind, annotators=args.by or (), since=since)
        if args.yes and selected.records:
            store.decisions.append_all(selected.operations(dataset.key, args.annotator, "command-line"))
    done = "undone" if kind == "undo" else "redone"
    if not selected.records:
        message = f"no decision to be {done}"
    elif args.yes:
        message = f"{done}: {selected.sentence}"
    else:
        message = f"would be {done}: {selected.sentence}; add --yes to do it"
    tell(args, {"operations": len(selected.records), "done": args.yes, "said": message}, message)
    return 0


def _save(args: argparse.Namespace) -> int:
    """Save the valid lines as one operation and list the others; return 1 where a line was invalid, else 0."""
    from auditor.evidence.choice import in_use
    from auditor.store import counts
    from auditor.store.operations import Operation
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args)
    by_person, problems = _read(args, dataset)
    saved = sum(map(len, by_person.values()))
    with Store.opened(workspace) as store:
        dataset = store.datasets.register(dataset).dataset
        version = in_use(workspace, dataset.key)
        operations = [
            Operation(
                op_id=f"decide-{uuid.uuid4().hex}",
                dataset=dataset.key,
                annotator=annotator,
                evidence=None if version is None else version.name,
                mode="final" if args.final else "open",
                session="command-line",
                items=tuple(items),
            )
            for annotator, items in by_person.items()
            if items
        ]
        if operations:
            store.decisions.append_all(operations)
        now = counts.count(dataset, store.decisions.state(dataset.key))
    for line, message in problems:
        print(f"{args.source}:{line}: {message}", file=sys.stderr)
    left_out = [{"line": line, "message": message} for line, message in problems]
    summary = f"{counted(saved, 'decision')} saved, {counted(len(problems), 'line')} left out; now {now.sentence}"
    tell(args, {"saved": saved, "left_out": left_out, "now": now.sentence}, summary)
    return 1 if problems else 0


def _read(args: argparse.Namespace, dataset: Dataset) -> tuple[dict[str, list[Item]], list[Problem]]:
    """Return each person's decisions, and (line or task, reason) for every one that is not valid."""
    if args.source.suffix.lower() == ".json":
        from auditor.cli import _annotations

        return _annotations.read(args.source, dataset, args.annotator)
    items, problems = read_decisions(args.source, dataset)
    return {args.annotator: items}, problems


def read_decisions(path: Path, dataset: Dataset) -> tuple[list[Item], list[Problem]]:
    """Read the decisions of a file, and (line, reason) for every line that is not a valid decision.

    Raises:
        DataError: The file cannot be read or lacks one of the columns.
    """
    read = read_columns(path, ("name", "action", "label"))
    problems: list[Problem] = list(read.problems)
    items: list[Item] = []
    for line, (name, action, label) in read:
        item = decision(dataset, name, action.casefold(), label)
        if isinstance(item, str):
            problems.append((line, item))
        else:
            items.append(item)
    return items, sorted(problems)


def decision(dataset: Dataset, name: str, action: str, label: str) -> Item | str:
    """Return one decision, or what is wrong with it, as a sentence without its capital and its full stop."""
    from auditor.data.problems import printable
    from auditor.exports.spreadsheet import original
    from auditor.store.operations import LABEL_ACTIONS, item_of

    row = next((row for choice in (name, original(name)) if (row := _row(dataset, choice)) >= 0), -1)
    if row < 0:
        return f"there is no image {printable(name)!r} in {dataset.title}"
    if action not in LABEL_ACTIONS:
        return f"the action {printable(action)!r} is none of {', '.join(LABEL_ACTIONS)}"
    given, to = int(dataset.labels[row]), None
    if label and action in ("relabel", "ambiguous", "keep"):
        to = _label(dataset, label)
        if to is None:
            return f"the label {printable(label)!r} is none of {', '.join(dataset.codes)}"
    if action == "relabel" and to is None:
        return "a relabelling needs a label"
    if action == "keep" and to not in (None, given):
        return f"keep names the label {label!r} but the image's label is {dataset.codes[given]!r}: relabel it instead"
    return item_of(dataset, row, action, None if action == "keep" else to)


def _row(dataset: Dataset, name: str) -> int:
    try:
        return int(dataset.index_of(name))
    except KeyError:
        return -1


def _label(dataset: Dataset, label: str) -> int | None:
    """Return the class with this spelling in the source, or with this name."""
    from auditor.data.formats.classes import label_key

    for names in (dataset.codes, dataset.classes):
        keys = [label_key(text) for text in names]
        if label_key(label) in keys:
            return keys.index(label_key(label))
    return None
