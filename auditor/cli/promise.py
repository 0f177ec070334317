"""`promise`: accept many labels at once with a guarantee that few are wrong, from a random sample judged blind."""

from __future__ import annotations

import argparse
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.cli._columns import read_columns
from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.cli._writing import add_force, writing
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.config import Workspace
    from auditor.data.dataset import Dataset
    from auditor.evidence.desk import Desk

NAME = "promise"
HELP = (
    "accept many suggestions (or unflagged labels) at once, with a bound on how many are wrong: prints how many faces "
    "to judge, draws a blind sample, reads its answers, and offers the largest set that keeps the promise"
)
EXAMPLE = "promise RAF-DB/basic --workspace W --kind suggestions --tolerance 0.05 --confidence 0.95"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    wish = parser.add_argument_group("the promise")
    wish.add_argument(
        "--kind",
        choices=("suggestions", "unflagged"),
        help="suggestions to relabel (default), or given labels that nothing suggests to change",
    )
    wish.add_argument("--tolerance", type=float, metavar="SHARE", help="wrong ones among the accepted, at most (0.05)")
    wish.add_argument("--confidence", type=float, metavar="SHARE", help="how sure the promise is (0.95)")
    steps = parser.add_argument_group("its steps, in this order; without one, print where it stands")
    steps.add_argument("--draw", type=int, metavar="N", help="draw N faces at random to be judged blind")
    steps.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the faces left to judge: a CSV whose column label you fill in, and beside it a page (.html) that "
        "shows them",
    )
    steps.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="read that CSV: label is a class, ambiguous, exclude or skip; empty leaves a face open",
    )
    steps.add_argument("--accept", action="store_true", help="accept the offered set: one operation, can be undone")
    steps.add_argument("--give-up", action="store_true", help="give the sample up; the next one's test is stricter")
    parser.add_argument("--annotator", metavar="NAME", help="your name, as the log keeps it (default: the account's)")
    add_json(parser)
    add_force(parser)


def run(args: argparse.Namespace) -> int:
    """Do the steps that the arguments name, and print where the promise stands."""
    from auditor.custody.account import local_user
    from auditor.evidence.desk import Desk
    from auditor.store.store import Store

    _refuse_contradictions(args)
    dataset, workspace = open_data(args), open_workspace(args)
    args.annotator = args.annotator or local_user()
    with Store.opened(workspace) as store:
        store.datasets.register(dataset)
        desk = Desk.at(workspace, dataset, store, args.kind, args.tolerance, args.confidence)
        if args.give_up:
            desk.give_up()
            sentence = "The sample was given up; its answers stay decided, and the next sample's test is stricter."
            tell(args, {"state": "given up", "said": sentence}, sentence)
            return 0
        _take_steps(args, workspace, desk)
    return 0


def _refuse_contradictions(args: argparse.Namespace) -> None:
    """Refuse options of which one would have no effect.

    Raises:
        ConfigError: Names them.
    """
    from auditor.errors import ConfigError

    if args.give_up and (args.draw is not None or args.answers or args.accept or args.out):
        raise ConfigError("The option --give-up ends a sample; leave --draw, --out, --answers and --accept out.")
    if args.accept and args.out:
        raise ConfigError("The option --out writes faces that are left to judge; leave it out with --accept.")


def _take_steps(args: argparse.Namespace, workspace: Workspace, desk: Desk) -> None:
    from auditor.errors import ConfigError

    if args.draw is not None:
        desk.draw(args.draw, args.annotator)
    if args.answers:
        desk.judge(_answers(args.answers, desk), args.annotator)
    if args.accept:
        _accept(args, desk)
    elif desk.sample is None and args.out:
        raise ConfigError(f"No sample is open, so {args.out} was not written; draw one with --draw N.")
    elif desk.sample is None:
        _offer_sizes(args, desk)
    else:
        _stand(args, workspace, desk)


def _answers(path: Path, desk: Desk) -> dict[int, str]:
    """Return the answer to each face of a filled-in sample, by its number.

    Raises:
        DataError: The file cannot be read, is of another sample, has a bad line, or answers one face twice.
    """
    from auditor.errors import DataError

    read = read_columns(path, ("sample", "face", "label"))
    for line, message in read.problems:
        raise DataError(f"Line {line} of {path} cannot be read ({message}); correct it, nothing was saved.")
    expected = "" if desk.sample is None else desk.sample.id
    answers: dict[int, str] = {}
    for line, (sample, face, label) in read:
        if expected and sample.strip() != expected:
            raise DataError(f"Line {line} of {path} is of another sample than {expected}; write that one with --out.")
        if not face.strip().isdecimal() or answers.setdefault(int(face), label) != label:
            raise DataError(
                f"Line {line} of {path} has the face {face!r}, which is no number or comes twice; nothing was saved."
            )
    return answers


def _offer_sizes(args: argparse.Namespace, desk: Desk) -> None:
    """Print how many faces may be judged, and what each number probably releases."""
    sizes, pool, tries = desk.sizes(), len(desk.pool()), desk.tries
    facts: dict[str, Any] = {
        "state": "no sample", "kind": desk.kind, "tolerance": desk.tolerance, "confidence": desk.confidence,
        "faces": pool, "tries": tries, "sizes": sizes,
    }  # fmt: skip
    if not sizes:
        few = f"The pool has {counted(pool, 'face')}, too few for a sample that leaves some; review each of them."
        tell(args, facts, few)
        return
    what = "suggestions" if desk.kind == "suggestions" else "unflagged labels"
    lines = [
        f"{pool:,} undecided {what}; at most {desk.tolerance:.3g} of the accepted wrong, {desk.confidence:.3g} sure:"
    ]
    for number, released in sizes.items():
        outcome = f"accepts about {released:,} more if the evidence is right" if released else "probably accepts none"
        lines.append(f"  judge {number:>4}: {outcome}")
    if tries:
        lines.append(f"  This is try {tries + 1} on this evidence, so the test is stricter.")
    tell(args, facts, *lines, "Draw with --draw N; add --out sample.csv to judge in a file, else judge in the app.")


def _stand(args: argparse.Namespace, workspace: Workspace, desk: Desk) -> None:
    """Print where the open sample stands; write its faces where --out asks for them."""
    sample, judged = desk.sample, desk.judged()
    assert sample is not None
    facts: dict[str, Any] = {
        "state": "open", "sample": sample.id, "kind": desk.kind, "tolerance": desk.tolerance,
        "confidence": desk.confidence, "judged": judged.done, "to_judge": judged.total,
    }  # fmt: skip
    lines = [desk.sentence(judged)]
    if judged.offer is not None:
        facts |= {"wrong": judged.wrong, "offered": len(judged.left), "bound": judged.offer.bound}
        lines += ["Accept with --accept."] if judged.left else []
    if args.out:
        written = _write(args, workspace, desk)
        facts["paths"] = [str(path) for path in written]
        lines.append(
            f"Open {written[1]} and fill in the column label of {written[0]}, then read it with --answers {written[0]}."
        )
    tell(args, {**facts, "said": lines[0]}, *lines)


def _write(args: argparse.Namespace, workspace: Workspace, desk: Desk) -> list[Path]:
    """Write the faces that are left to judge, numbered, without their labels; return the two files."""
    import pandas as pd

    from auditor.exports.atomic import check_target, write_file
    from auditor.exports.faces import grid
    from auditor.exports.spreadsheet import csv_bytes

    dataset, left, sample = desk.dataset, desk.to_judge(), desk.sample
    assert sample is not None
    # Numbers, because the path of an image may contain its label.
    table = pd.DataFrame({"sample": [sample.id] * len(left), "face": list(left), "label": [""] * len(left)})
    faces = grid(dataset, [(row, f"face {number}") for number, row in left.items()], named=False)
    page = (
        f"<!doctype html><meta charset=utf-8><title>{sample.id}</title><p>Which is it? {_classes(dataset)}</p>{faces}\n"
    )
    targets = [args.out, args.out.with_suffix(".html")]
    with writing(args, workspace):
        checked = [check_target(dataset, target) for target in targets]
        for target, content in zip(checked, (csv_bytes(table), page.encode()), strict=True):
            write_file(target, content)
    return targets


def _classes(dataset: Dataset) -> str:
    """Return the answers that a face may get, as HTML."""
    from auditor.evidence.desk import OTHERS

    return html.escape(", ".join((*dataset.classes, *OTHERS)))


def _accept(args: argparse.Namespace, desk: Desk) -> None:
    judged = desk.judged()
    sentence = desk.sentence(judged)
    done = desk.accept(args.annotator)
    facts = {
        "state": "accepted", "kind": desk.kind, "tolerance": desk.tolerance, "confidence": desk.confidence,
        "accepted": len(done.items), "operation": done.op_id, "said": sentence,
    }  # fmt: skip
    tell(args, facts, sentence, f"Accepted {len(done.items):,} as one operation; History in the app undoes it.")
