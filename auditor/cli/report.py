"""`report`: write the findings and the changes as one HTML file to read, print or send."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace, say_changes
from auditor.cli._writing import add_force, writing

NAME = "report"
HELP = "write a report as one HTML file: noise rate, classes, agreement, changes; no face unless --faces"
EXAMPLE = "report RAF-DB/basic --workspace W --out report.html --faces blurred"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file to write")
    parser.add_argument("--faces", choices=("none", "blurred", "shown"), default="none", help="default: none")
    add_force(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the report; build the evidence from the runs first where there is none."""
    from auditor.evidence import build, choice
    from auditor.exports import report
    from auditor.exports.preview import preview
    from auditor.store.store import Store

    dataset, workspace = open_data(args), open_workspace(args)
    evidence = choice.evidence(workspace, dataset) or build.build(workspace, dataset)
    say_changes(evidence, dataset)
    with Store.opened(workspace) as store:
        state = store.decisions.state(dataset.key)
    decisions = preview(dataset, state)
    with writing(args, workspace):
        path = report.write(report.Audited(dataset, evidence, decisions, state), args.out, faces=args.faces)
    with Store.opened(workspace) as store:
        store.trail.add(getpass.getuser(), "export", dataset.key, f"report, faces {args.faces}")
    facts = {"path": path, "evidence": evidence.name, "changed": len(decisions.changes), "faces": args.faces}
    tell(args, facts, str(path))
    return 0
