"""`apply`: apply somebody's ledger of corrections to a fresh copy of the same data set."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data
from auditor.cli._writing import add_force, writing
from auditor.plural import counted

NAME = "apply"
HELP = "apply a ledger of corrections to a copy of the data set; images whose content differs are refused"
EXAMPLE = "apply corrections.jsonl RAF-DB/basic --out train_label.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("ledger", type=Path, metavar="LEDGER", help="JSON lines, written by `export --as ledger`")
    add_data_arguments(parser, workspace=False)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the corrected label file to write")
    parser.add_argument("--keep-excluded", action="store_true", help="leave excluded images in the label file")
    parser.add_argument(
        "--excluded", type=Path, metavar="FILE", help="also write the names of the excluded images to this file"
    )
    add_json(parser)
    add_force(parser)


def run(args: argparse.Namespace) -> int:
    """Write the corrected label file; return 1 where a line was refused, else 0."""
    from auditor.exports import ledger
    from auditor.exports.atomic import check_target, write_file
    from auditor.exports.foretell import excluded_sentence
    from auditor.exports.source import CorrectionRequest, leaving_out, write

    dataset = open_data(args)
    entries, bad = ledger.read(args.ledger)
    result = ledger.apply(entries, dataset)
    dropped = not args.keep_excluded and leaving_out(dataset).how != "kept"
    request = CorrectionRequest(
        dataset, result.labels, result.soft, decided=result.applied, excluded=result.excluded if dropped else ()
    )
    with writing(args):
        paths = write(request, args.out)
        if args.excluded:
            names = "".join(f"{dataset.names[row]}\n" for row in result.excluded)
            paths.append(write_file(check_target(dataset, args.excluded), names.encode("utf-8", "backslashreplace")))
    for refusal in sorted((*bad, *result.refused), key=lambda refusal: refusal.line):
        print(f"{args.ledger}:{refusal.line}: {refusal.image or 'line'} refused: {refusal.reason}", file=sys.stderr)
    refused = len(bad) + len(result.refused)
    notes = []
    if result.excluded:
        notes.append(f"note: {excluded_sentence(dataset, len(result.excluded), args.keep_excluded)}")
    if result.marked:
        notes.append(
            f"note: {counted(len(result.marked), 'more line has', 'more lines have')} only tags or a note, which a "
            "label file cannot hold"
        )
    tell(
        args,
        {
            "paths": [str(path) for path in paths], "applied": len(result.applied), "excluded": len(result.excluded),
            "refused": refused,
        },
        f"{', '.join(map(str, paths))}: {counted(len(result.applied), 'correction')} applied, "
        f"{counted(len(result.excluded), 'exclusion')}, {refused:,} refused",
        *notes,
    )  # fmt: skip
    return 1 if refused else 0
