"""Compare scores at finding wrong labels: `python benchmarks/detection.py DATA --votes FILE`.

`--seeds 0 1 2` trains with each of these seeds, and then prints every figure as its mean and its range over them.
Trains every method once and, for comparison, one plain network in sample and in folds (NLA's network with plain
cross-entropy: its weighted and consistency terms switched off), all with the same backbone, image size, epochs and
data. Then judges every score by the votes. `--planted` trains again on labels flipped on purpose; without `--votes`
it does only that.
The votes and the test labels only judge; no setting is chosen by them (bounds.py is fitted to them, to show upper
bounds).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.config import Workspace
from auditor.data.demo import generate
from auditor.data.opening import open_dataset
from auditor.errors import DataError, EvidenceError
from auditor.evidence import build, sampling, student
from auditor.evidence.noise_rate import standard_error
from auditor.evidence.rerank import rerank
from auditor.evidence.versions import EvidenceVersion
from benchmarks import bounds, judging, peers, yield_figure
from benchmarks.planting import flip
from models import titles

PLAIN = ["--option", "nla.weighted_share=0", "--option", "nla.consistency_weight=0"]
KINDS, RATES = ("symmetric", "lookalike"), (0.1, 0.2, 0.3, 0.4)
DRAWN = (
    "consensus", "man alone", "rul alone", "nla alone", "noisyfer alone", "plain, area under the margin",
    "plain, nearest faces", "cleanlab out of fold, normalized_margin",
)  # fmt: skip
"""Scores whose review-yield curves the figure shows."""

Scores = dict[str, tuple[NDArray[np.floating], float]]


def main() -> None:
    args = arguments()
    workspace = Workspace(args.workspace.absolute())
    if args.votes:
        tables = []
        for seed in args.seeds or [args.seed]:
            args.seed = seed
            tables.append(judge(args, workspace))
        if len(tables) > 1:
            show(over_seeds(tables))
    if args.planted:
        table = list(plant(args, workspace))
        show(table)
        keep(workspace, planted=table)


def keep(workspace: Workspace, **results: object) -> None:
    """Add results to the file of earlier results."""
    file = workspace.path / "detection.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(json.dumps(before | results, indent=1), encoding="utf-8")


def over_seeds(tables: Sequence[list[dict[str, object]]]) -> list[dict[str, object]]:
    """Return one table of several seeds' tables: the mean of each figure, with its range in brackets."""
    joined: list[dict[str, object]] = []
    for lines in zip(*tables, strict=True):
        line: dict[str, object] = {}
        for name, value in lines[0].items():
            values = [each[name] for each in lines]
            if isinstance(value, float):
                numbers = np.array(values, np.float64)
                digits = 0 if numbers.max() > 2 else 3  # seconds or shares
                mean, low, high = (f"{each:.{digits}f}" for each in (numbers.mean(), numbers.min(), numbers.max()))
                line[name] = f"{mean} ({low} to {high})"
            else:
                line[name] = value
        joined.append(line)
    return joined


def judge(args: argparse.Namespace, workspace: Workspace) -> list[dict[str, object]]:
    """Train what is missing, judge every score by the votes, print and keep the tables, and return the scores'."""
    dataset = open_dataset(args.data, label_file=args.labels)
    rows = dataset.rows("train")
    names = dataset.names[rows].tolist()
    truth = judging.read_votes(args.votes, names, dataset.classes, dataset.labels[rows])
    labels = ("--labels", args.labels) if args.labels else ()
    own = [*labels, *(part for option in args.option for part in ("--option", option))]
    runs = {"methods": args.runs or [train(args, workspace, args.data, args.method, own)], "plain": [], "folds": []}
    runs["look"] = args.look or []
    for kind, run, more in (("plain", args.plain, ()), ("folds", args.folds, ("--folds", "3"))):
        if run or not args.no_peers:
            runs[kind] = [run or train(args, workspace, args.data, [titles.demo_method()], [*labels, *PLAIN, *more])]
    version = build.build(workspace, dataset, runs["methods"])
    scores = own_scores(workspace, version, runs["methods"])
    cost = {run: sum(seconds(workspace, run).values()) for each in runs.values() for run in each}
    scores |= peers.scores(workspace, dataset, runs, cost)
    table = [{"score": name, **judging.ranking(s, truth), "training s": cost} for name, (s, cost) in scores.items()]
    show(table)
    accuracies = [accuracy(workspace, run) for run in runs["methods"]]
    show([line for lines in accuracies for line in lines])
    frame = version.table
    verdict = judging.verdict(
        frame["assignment"].to_numpy(), frame["ambiguity"].to_numpy(), frame["p_mislabelled"].to_numpy(), truth
    )
    keep(workspace, scores=table, verdict=verdict)
    show([{"score": "consensus", **verdict, **reviewed(version, truth)}])
    show([{"after a class check": when, **figures} for when, figures in checked(version, truth).items()])
    show(bounds.table(version, truth))
    print("weights:", version.summary["weights"], "noise:", round(version.summary["noise"]["overall"], 3))
    curves = {
        name: judging.yield_curve(judging.filled(s), truth.mislabelled)
        for name, (s, _) in scores.items()
        if name in DRAWN
    }
    figure = args.figure or workspace.path / "detection.svg"
    figure.write_text(yield_figure.svg(curves, "Wrong labels found by review"))
    return table


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--votes", type=Path, help="the crowd's votes, to judge by")
    parser.add_argument("--labels", help="which labels are audited, where the data set has several label files")
    parser.add_argument("--workspace", type=Path, default=Path("workspace") / "detection")
    parser.add_argument("--method", action="append", help="methods to train (default: all four and their student)")
    parser.add_argument("--option", action="append", default=[], metavar="METHOD.NAME=VALUE", help="as for train")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--image-size", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--seeds", type=int, nargs="+", help="several seeds, each trained: means and ranges are printed"
    )
    parser.add_argument("--minutes", type=float, help="train for about so many minutes, as `train --minutes` chooses")
    parser.add_argument("--runs", nargs="+", help="judge these runs of the workspace instead of training the methods")
    parser.add_argument("--plain", help="... and this one instead of the plain network")
    parser.add_argument("--folds", help="... and this one instead of the plain network in folds")
    parser.add_argument(
        "--look", nargs=1, help="compare this run of `first-look` in the workspace, and peers by its features"
    )
    parser.add_argument("--no-peers", action="store_true", help="train no plain networks")
    parser.add_argument("--planted", action="store_true", help="also train on labels flipped on purpose (hours)")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="shares of flipped labels")
    parser.add_argument("--figure", type=Path, help="the figure to write (default: detection.svg in the workspace)")
    args = parser.parse_args()
    if not (args.votes or args.planted):
        parser.error("nothing to judge by: give --votes, --planted or both")
    if args.seeds and (args.runs or args.plain or args.folds):
        parser.error("runs that are named have their seeds already; give either runs or --seeds")
    if args.minutes is not None and not args.no_peers:
        parser.error("--minutes chooses among the methods; add --no-peers, because plain networks take --epochs")
    args.method = args.method or sorted(titles.descriptions(), key=titles.colour)
    return args


def train(args: argparse.Namespace, workspace: Workspace, data: Path, methods: list[str], more: Sequence[str]) -> str:
    """Train through the command line, like a user, and return the run's id, which it prints last."""
    command = [sys.executable, "-m", "auditor", "train", str(data), "--workspace", str(workspace.path), "--preset"]
    command += ["demo", "--image-size", str(args.image_size), "--seed", str(args.seed), "--no-map", *more]
    command += ["--epochs", str(args.epochs)] if args.minutes is None else ["--minutes", str(args.minutes)]
    command += [part for method in methods for part in ("--method", method)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return printed.split()[-1]


def seconds(workspace: Workspace, run: str) -> dict[str, float]:
    """Return the seconds of training and scoring by method, over all epochs and folds; none of a model's own run."""
    spent: dict[str, float] = {}
    metrics = workspace.run(run) / "metrics.jsonl"
    for line in metrics.read_text(encoding="utf-8").splitlines() if metrics.is_file() else ():
        entry = json.loads(line)
        spent[entry["method"]] = spent.get(entry["method"], 0.0) + float(entry["seconds"])
    return spent


def accuracy(workspace: Workspace, run: str) -> list[dict[str, object]]:
    """Each method's last accuracies: on the test images, where there are any, and on held-out images against their
    given labels, which a student has none of.
    """
    metrics = workspace.run(run) / "metrics.jsonl"
    lines = metrics.read_text(encoding="utf-8").splitlines() if metrics.is_file() else []
    last = {entry["method"]: entry for entry in map(json.loads, lines)}
    return [
        {
            "method": method,
            "test accuracy": entry.get("test_accuracy", ""),
            "held-out agreement": entry.get("held_out_accuracy", ""),
        }
        for method, entry in last.items()
    ]


def own_scores(workspace: Workspace, version: EvidenceVersion, runs: list[str]) -> Scores:
    """Return the scores of the consensus and of each method alone, with the seconds of their trainings."""
    frame, spent = version.table, [seconds(workspace, run) for run in runs]
    cost = {name: sum(each.get(name, 0.0) for each in spent) for name in (*version.methods, student.NAME)}
    scores: Scores = {"consensus": (frame["p_mislabelled"].to_numpy(), sum(cost.values()))}
    for method in student.networks(version):
        scores[f"{method} alone"] = (frame[f"{method}_suspicion"].to_numpy(), cost[method])
    scores["area under the margin, all methods"] = (-frame["aum"].to_numpy(), sum(cost.values()))
    scores["nearest faces, all methods"] = (frame["knn_disagreement"].to_numpy(), sum(cost.values()))
    return scores


def reviewed(version: EvidenceVersion, truth: judging.Truth, first: int = 200, then: int = 500) -> dict[str, float]:
    """Count the errors in the next 500 after 200 simulated decisions, in the re-ranked and in the unchanged queue."""
    frame = version.table
    queue = np.argsort(-frame["p_mislabelled"].to_numpy(), kind="stable")
    names = frame["name"].to_numpy()
    decided = {names[place]: bool(truth.mislabelled[place]) for place in queue[:first]}
    order = rerank(frame, decided, standard_error(version.summary["noise"])).order[:then]
    unchanged = float(truth.mislabelled[queue[first : first + then]].sum())
    reranked = float(truth.mislabelled[order].sum())
    more = reranked / unchanged - 1 if unchanged else float("nan")
    return {"next 500": unchanged, "re-ranked": reranked, "more": more}


def checked(version: EvidenceVersion, truth: judging.Truth, draws: int = 10) -> dict[str, dict[str, float]]:
    """What a class check (70 faces of seven classes, judged by the votes) adds: the images that it left, ranked by the
    evidence alone and by the re-ranked queue; the mean of ten checks.
    """
    frame = version.table
    place = {int(row): index for index, row in enumerate(frame["row"])}
    rankings: dict[str, list[dict[str, float]]] = {"evidence alone": [], "re-ranked": []}
    for seed in range(draws):
        judged = [place[int(row)] for row in sampling.draw_classes(frame, seed)]
        answers = {frame["name"][i]: bool(truth.mislabelled[i]) for i in judged}
        after = rerank(frame, answers, standard_error(version.summary["noise"]))
        left = np.setdiff1d(np.arange(len(frame)), judged)
        if not 0 < truth.mislabelled[left].sum() < len(left):
            return {}  # so few images that nothing is left to find
        for when, p in (("evidence alone", frame["p_mislabelled"].to_numpy()), ("re-ranked", after.p_change)):
            rankings[when].append({"images": len(judged), **judging.ranking(p[left], truth.of(left))})
    return {
        when: {name: float(np.mean([one[name] for one in each])) for name in each[0]} for when, each in rankings.items()
    }


def plant(args: argparse.Namespace, workspace: Workspace) -> Iterator[dict[str, object]]:
    """AUROC at finding labels flipped on purpose, of the consensus and of every single score.

    Of the demo data set only faces whose label was right before are judged; of others, all.
    """
    planted = generate.truth(args.data)
    sound = None if planted is None else planted.names[planted.given == planted.true]
    for kind in KINDS:
        for rate in args.rates:
            study = flip(args.data, workspace, kind, rate, args.labels, args.seed + 1)
            flags = study.flags()
            own = [*study.more, *(part for option in args.option for part in ("--option", option))]
            run = train(args, workspace, study.data, args.method, own)
            version = build.build(workspace, study.open(), [run])
            names = version.table["name"]
            lost = {name for name, flag in flags.items() if flag} - set(names)
            if lost:
                raise DataError(
                    f"{len(lost)} flipped images, {min(lost)} among them, are not in {study.labels} any more"
                )
            judged = np.ones(len(names), bool) if sound is None else names.isin(sound).to_numpy()
            wrong = np.array([flags[name] for name in names])[judged]
            scores = own_scores(workspace, version, [run])
            areas = {name: roc_auc_score(wrong, judging.filled(score[judged])) for name, (score, _) in scores.items()}
            yield {"planted": f"{kind} {rate * 100:g} %", **areas}


def show(table: list[dict[str, object]]) -> None:
    """Print a Markdown table."""
    if not table:
        return
    heads = list(dict.fromkeys(head for line in table for head in line))
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for line in table:
        values = [line.get(head, "") for head in heads]  # a student that was not used has no score
        cells = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in values]
        print("| " + " | ".join(cells) + " |")
    print(flush=True)


if __name__ == "__main__":
    try:
        main()
    except (DataError, EvidenceError) as error:
        sys.exit(f"error: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # it has said why
