"""`issues`: take in label issues that cleanlab found, as a list of images to review."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import urlencode

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.plural import counted

NAME = "issues"
HELP = (
    "save the label issues of a CSV file as a list to review: the columns of cleanlab's Datalab (is_label_issue, "
    "label_score, given_label), and name unless there is a row for every training image"
)
EXAMPLE = "issues RAF-DB/basic --from issues.csv --workspace W"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    parser.add_argument("--from", dest="source", type=Path, required=True, metavar="FILE", help="the CSV file")
    parser.add_argument("--title", default="label issues", metavar="TEXT", help="the list's title in the app")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Save the list and print the address that shows it; return 1 where a row was left out, else 0."""
    from auditor.exports.exchange import issues
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args).make()
    result = issues.read(args.source, dataset)
    for line, message in result.problems:
        print(f"{args.source}:{line}: {message}", file=sys.stderr)
    with Store.opened(workspace) as store:
        store.datasets.register(dataset)
        token = store.selections.save(dataset, result.rows, args.title)
    page = f"/review?{urlencode({'ds': dataset.key, 'sel': token})}"
    facts = {
        "issues": len(result.rows),
        "rows": result.read,
        "left_out": len(result.problems),
        "list": token,
        "page": page,
    }
    tell(
        args,
        facts,
        f"{len(result.rows):,} issues in {counted(result.read, 'row')}, "
        f"{counted(len(result.problems), 'row')} left out",
        f"the list in the app: {page}",
    )
    return 1 if result.problems else 0
