"""`export`: write the corrected labels in the source's own format, and every other kind of export."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace, say_changes, show_progress
from auditor.cli._writing import add_force, writing

if TYPE_CHECKING:
    from auditor.data.dataset import Dataset
    from auditor.exports.preview import Preview

NAME = "export"
HELP = (
    "write the corrected label file in its own format, a table, soft labels, exclusions, a ledger, a folder tree, or "
    "what Hugging Face, Croissant, Label Studio, FiftyOne, cleanlab and COCO tools read"
)
EXAMPLE = "export RAF-DB/basic --workspace W --out train_label.txt"

KINDS = (
    "source", "table", "soft", "excluded", "ledger", "folder", "hf-disk", "hf-parquet", "label-studio", "fiftyone",
    "coco", "issues",
)  # fmt: skip
"""Those of auditor.exports.catalogue, which is slow to import; a test compares the two."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="FILE", help="what to write; never a source file")
    what.add_argument(
        "--preview", action="store_true", help="only list the changes (name, from, to, who, when) and the notes on them"
    )
    parser.add_argument(
        "--as",
        dest="kind",
        choices=KINDS,
        default="source",
        help="source (default): the label file, byte for byte but for the changed labels",
    )
    parser.add_argument(
        "--votes", choices=("replace", "keep"), default="replace", help="FER+: a corrected image's votes"
    )
    parser.add_argument(
        "--keep-excluded", action="store_true", help="the label file: leave excluded images in it, with the given label"
    )
    parser.add_argument(
        "--link", choices=("copy", "symlink", "hardlink"), default="copy", help="how the images get into the folder"
    )
    add_json(parser)
    add_force(parser)


def run(args: argparse.Namespace) -> int:
    """Write the export and print what was written."""
    from auditor.evidence import choice
    from auditor.exports.catalogue import export
    from auditor.exports.foretell import sentences
    from auditor.exports.preview import preview
    from auditor.store import counts
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args)
    with Store.opened(workspace) as store:
        state = store.decisions.state(dataset.key)
        decisions = preview(dataset, state)
    for sentence in sentences(dataset, decisions, args.kind, keep_excluded=args.keep_excluded, votes=args.votes):
        print(f"note: {sentence}", file=sys.stderr)
    print(f"note: {counts.count(dataset, state).sentence}", file=sys.stderr)
    if args.preview:
        _list_changes(args, dataset, decisions)
        return 0
    evidence = choice.evidence(workspace, dataset)
    say_changes(evidence, dataset)
    with writing(args, workspace):
        written = export(
            dataset,
            decisions,
            args.out,
            args.kind,
            evidence=evidence,
            votes=args.votes,
            keep_excluded=args.keep_excluded,
            link=args.link,
            progress=show_progress,
        )
    with Store.opened(workspace) as store:
        store.trail.add(getpass.getuser(), "export", dataset.key, f"{args.kind}: {written.sentence}")
    paths = [str(path) for path in written.paths]
    tell(args, {"paths": paths, "written": written.sentence}, f"{', '.join(paths)}: {written.sentence}")
    return 0


def _list_changes(args: argparse.Namespace, dataset: Dataset, decisions: Preview) -> None:
    """Print name, from, to, who and when of every change."""
    from auditor.exports.preview import moment

    changes = [
        {
            "name": change.name,
            "from": dataset.codes[change.from_label],
            "to": "excluded" if change.to_label is None else dataset.codes[change.to_label],
            "who": change.who,
            "when": moment(change.when),
        }
        for change in (*decisions.changes, *decisions.excluded)
    ]
    tell(args, {"changes": changes}, *("\t".join(change.values()) for change in changes))
