"""`share`: give each annotator a part of the faces, and show how far everybody has got."""

from __future__ import annotations

import argparse
import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import durations
from auditor.cli._facts import add_json, tell
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.errors import ConfigError
from auditor.plural import counted

if TYPE_CHECKING:
    from auditor.config import Workspace
    from auditor.data.dataset import Dataset
    from auditor.store.progress import Agreement, PartProgress
    from auditor.store.sharing import Share
    from auditor.store.store import Store

NAME = "share"
HELP = "give each annotator a part of the faces that are not reviewed; without --among, show how far everybody has got"
EXAMPLE = "share RAF-DB/basic --workspace W --among ada,ben --per-face 2 --repeats 5%"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser)
    parser.add_argument(
        "--among", metavar="NAME,NAME,...", help="share out among these people, as their logins name them"
    )
    parser.add_argument("--per-face", type=int, default=1, metavar="K", help="people who judge each face (default 1)")
    parser.add_argument(
        "--faces", type=int, metavar="N", help="share out the N most suspicious faces only (default: all)"
    )
    parser.add_argument(
        "--repeats", type=_share, default=0.0, metavar="5%",
        help="show this share of a person's faces a second time, unmarked (default 0%%)",
    )  # fmt: skip
    parser.add_argument(
        "--known",
        type=Path,
        metavar="FILE",
        help="a table image,label of faces whose answer is known; everybody gets them",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same parts (default 0)")
    parser.add_argument("--end", action="store_true", help="end what is shared out; the decisions stand")
    add_json(parser)


def _share(text: str) -> float:
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no share; write 5% or 0.05") from None


def run(args: argparse.Namespace) -> int:
    """Share out, end, or print a line for each person."""
    from auditor.store.store import Store

    if args.end and args.among:
        raise ConfigError("The options --end and --among contradict each other; give one of them.")
    workspace, dataset = open_workspace(args), open_data(args)
    with Store.opened(workspace) as store:
        dataset = store.datasets.register(dataset).dataset
        if args.end:
            store.sharing.end(dataset.key)
            store.trail.add(getpass.getuser(), "sharing", dataset.key, "ended")
            tell(args, {"ended": True}, "ended; the decisions stand")
            return 0
        if args.among:
            _share_out(args, workspace, dataset, store)
        return _report(args, store, dataset)


def _share_out(args: argparse.Namespace, workspace: Workspace, dataset: Dataset, store: Store) -> None:
    from auditor.evidence import sharing_out
    from auditor.store.sharing import Terms

    answers = {} if args.known is None else sharing_out.known_answers(args.known, dataset)
    state = store.decisions.state(dataset.key)
    images = sharing_out.waiting_in(workspace, dataset, state)[: args.faces]
    people = tuple(name.strip() for name in args.among.split(","))
    terms = Terms(people, args.per_face, args.repeats, args.seed)
    store.sharing.share(dataset.key, images, terms, by=getpass.getuser(), known=answers)
    note = f"{counted(len(images), 'face')} among {counted(len(people), 'person', 'people')}"
    store.trail.add(getpass.getuser(), "sharing", dataset.key, note)


def _report(args: argparse.Namespace, store: Store, dataset: Dataset) -> int:
    from auditor.store.progress import progress

    share = store.sharing.current(dataset.key)
    if share is None:
        tell(args, {"shared": False}, "nothing is shared out; share out with --among")
        return 0
    people = progress(share, store.decisions.state(dataset.key))
    tell(args, {"shared": True, **_facts(share, people)}, _head(share), *map(_line, people))
    return 0


def _facts(share: Share, people: list[PartProgress]) -> dict[str, object]:
    return {"terms": asdict(share.terms), "by": share.by, "at": share.at, "people": [asdict(each) for each in people]}


def _head(share: Share) -> str:
    people = counted(len(share.terms.people), "person", "people")
    return (
        f"shared out by {share.by}, {durations.moment(share.at)}: {share.terms.per_face} of {people} for each face, "
        f"{share.terms.repeats:.0%} repeats, {counted(len(share.known), 'known answer')}"
    )


def _line(one: PartProgress) -> str:
    pace = "" if one.pace is None else f", {one.pace:.0f} a minute"
    return (
        f"{one.person}: {one.judged:,} of {one.faces:,}{pace}; agrees with others {_words(one.others)}, "
        f"with the first look {_words(one.itself)}, with known answers {_words(one.known)}"
    )


def _words(agreement: Agreement) -> str:
    if agreement.share is None:
        return "-"
    return f"{agreement.share:.0%} of {agreement.compared:,}"
