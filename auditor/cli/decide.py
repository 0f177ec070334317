"""`decide`: decisions in bulk from a CSV file with the columns name, action, label; and a whole pass undone."""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset
    from auditor.store.operations import Item

NAME = "decide"
HELP = (
    "save decisions from a CSV file with the columns name, action (keep, relabel, ambiguous, exclude, skip), label; or "
    "undo many at once"
)
EXAMPLE = "decide RAF-DB/basic --workspace W --annotator ada --from decisions.csv"

Problem = tuple[int, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    parser.add_argument("--annotator", required=True, metavar="NAME", help="who decided")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="source", type=Path, metavar="FILE", help="the CSV file")
    what.add_argument("--undo", action="store_true", help="undo every decision that --by and --since leave")
    what.add_argument("--redo", action="store_true", help="bring back every undone decision that they leave")
    parser.add_argument("--final", action="store_true", help="with --from: final decisions, which end disagreements")
    parser.add_argument("--by", metavar="NAME", action="append", help="undo: only decisions by this annotator")
    parser.add_argument("--since", metavar="TIME", help="undo: only since today, 2026-01-31 or '2026-01-31 14:30'")
    parser.add_argument("--yes", action="store_true", help="undo: do it; without it only say what would be undone")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Save the good lines as one operation, list every bad one; 1 where there was a bad line. Or undo a pass."""
    return _run_pass(args) if args.undo or args.redo else _save(args)


def _run_pass(args: argparse.Namespace) -> int:
    from auditor.store import undoing
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args)
    kind = "undo" if args.undo else "redo"
    since = None if args.since is None else undoing.moment(args.since)
    with Store.opened(workspace) as store:
        records = store.decisions.state(dataset.key).records.values()
        chosen = undoing.choose(records, kind, annotators=args.by or (), since=since)
        if args.yes and chosen.records:
            store.decisions.append_all(chosen.operations(dataset.key, args.annotator, "command-line"))
    done = "undone" if kind == "undo" else "brought back"
    if not chosen.records:
        said = f"nothing is to be {done}"
    elif args.yes:
        said = f"{done}: {chosen.sentence}"
    else:
        said = f"would be {done}: {chosen.sentence}; add --yes to do it"
    tell(args, {"operations": len(chosen.records), "done": args.yes, "said": said}, said)
    return 0


def _save(args: argparse.Namespace) -> int:
    """Save the good lines as one operation, list every bad one; 1 where there was a bad line."""
    from auditor.evidence.choice import in_use
    from auditor.store import counts
    from auditor.store.operations import Operation
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args)
    items, problems = read_decisions(args.source, dataset)
    with Store.opened(workspace) as store:
        store.datasets.register(dataset)
        version = in_use(workspace, dataset.key)
        if items:
            store.decisions.append(
                Operation(
                    op_id=f"decide-{uuid.uuid4().hex}",
                    dataset=dataset.key,
                    annotator=args.annotator,
                    evidence=None if version is None else version.name,
                    mode="final" if args.final else "open",
                    session="command-line",
                    items=tuple(items),
                )
            )
        now = counts.count(dataset, store.decisions.state(dataset.key))
    for line, message in problems:
        print(f"{args.source}:{line}: {message}", file=sys.stderr)
    left_out = [{"line": line, "message": message} for line, message in problems]
    said = f"{len(items)} decisions saved, {len(problems)} lines left out; now {now.sentence}"
    tell(args, {"saved": len(items), "left_out": left_out, "now": now.sentence}, said)
    return 1 if problems else 0


def read_decisions(path: Path, dataset: Dataset) -> tuple[list[Item], list[Problem]]:
    """The decisions of a file, and (line, reason) for every line that is none.

    Raises:
        DataError: It cannot be read or has not got the columns.
    """
    from auditor.data.files.sheet import read_head, read_sheet
    from auditor.data.problems import Problems
    from auditor.errors import DataError

    known = {column.strip().casefold(): column for column in read_head(path).columns}
    missing = [name for name in ("name", "action", "label") if name not in known]
    if missing:
        raise DataError(
            f"The file {path} has no column {', '.join(missing)}; expected a first line 'name,action,label'."
        )
    listed = Problems()
    sheet = read_sheet(path, path.name, [known[name] for name in ("name", "action", "label")], listed)
    problems: list[Problem] = [(problem.line or 1, problem.message) for problem in listed.freeze()]
    items: list[Item] = []
    rows = zip(*(sheet.cells[known[name]] for name in ("name", "action", "label")), sheet.lines, strict=True)
    for name, action, label, line in rows:
        found = decision(dataset, name, action.casefold(), label)
        if isinstance(found, str):
            problems.append((line, found))
        else:
            items.append(found)
    return items, sorted(problems)


def decision(dataset: Dataset, name: str, action: str, label: str) -> Item | str:
    """Return one decision, or what is wrong with it as a sentence that begins in small and has no full stop."""
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
        return f"keep says the label {label!r} and the image's is {dataset.codes[given]!r}: relabel it instead"
    return item_of(dataset, row, action, None if action == "keep" else to)


def _row(dataset: Dataset, name: str) -> int:
    try:
        return int(dataset.index_of(name))
    except KeyError:
        return -1


def _label(dataset: Dataset, label: str) -> int | None:
    """A class by the source's spelling of it, or by its name."""
    from auditor.data.formats.classes import label_key

    for known in (dataset.codes, dataset.classes):
        keys = [label_key(text) for text in known]
        if label_key(label) in keys:
            return keys.index(label_key(label))
    return None
