"""Plant plausible wrong labels on real faces, to choose settings without anybody's votes.

    python -m auditor train DATA --workspace W --method nla --folds 3 ...       # prints a run's id
    python benchmarks/plausible.py DATA --workspace W --folds RUN --out FILE    # a label file, its flips flagged
    python -m auditor train DATA --labels FILE --workspace W ...
    python benchmarks/plausible.py DATA --workspace W --judge FILE --runs RUN RUN

A flipped label becomes a class that is drawn by the root of its probability under a network that never saw the image.
Such errors are harder to find than flips to any class, like real errors. Labels that were wrong before count as right
here, so the figures compare settings and mean little by themselves.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.config import Workspace
from auditor.data.corrupt import Corrupted, to_bytes
from auditor.data.dataset import Dataset
from auditor.data.opening import open_dataset
from auditor.evidence import build
from auditor.evidence.gather import gather
from benchmarks import judging
from benchmarks.detection import own_scores, show
from benchmarks.planting import flipped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--folds", help="a run in folds on the data set's own labels")
    parser.add_argument("--rate", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="the label file to write")
    parser.add_argument("--judge", type=Path, help="a label file written before")
    parser.add_argument("--runs", nargs="+", default=[], help="runs trained on it")
    args = parser.parse_args()
    workspace = Workspace(args.workspace.absolute())
    if args.judge:
        show(judged(workspace, open_dataset(args.data, label_file=str(args.judge)), flipped(args.judge), args.runs))
    else:
        dataset = open_dataset(args.data)
        args.out.write_bytes(to_bytes(dataset, planted(workspace, dataset, args.folds, args.rate, args.seed)))


def planted(workspace: Workspace, dataset: Dataset, run: str, rate: float, seed: int) -> Corrupted:
    """Return the labels with a share of the training labels flipped to predictions of the folds' networks."""
    rows = dataset.rows("train")
    strand = gather([workspace.run(run)], dataset, rows)[0]
    late = range(strand.epochs - strand.epochs // 2, strand.epochs)
    probs = np.sqrt(np.mean([strand.probs(epoch) for epoch in late], axis=0))
    rng = np.random.default_rng(seed)
    labels, flags = dataset.labels.copy(), np.zeros(len(dataset), dtype=np.bool_)
    for place in rng.permutation(len(rows))[: round(rate * len(rows))]:
        shares = probs[place].astype(np.float64)
        shares[dataset.labels[rows[place]]] = 0
        labels[rows[place]] = rng.choice(len(shares), p=shares / shares.sum())
        flags[rows[place]] = True
    every = np.arange(len(dataset))
    return Corrupted(every, labels, flags)


def judged(workspace: Workspace, dataset: Dataset, flags: dict[str, bool], runs: list[str]) -> list[dict[str, object]]:
    """Return the AUROC of every score at finding the flips, pooled and within the given classes."""
    version = build.build(workspace, dataset, runs)
    given = dataset.labels[dataset.rows("train")].astype(np.int64)
    wrong = np.array([flags[name] for name in version.table["name"]])
    nothing = np.zeros(len(given))  # flips do not define ambiguity
    truth = judging.Truth(given, wrong, wrong, nothing, nothing.astype(np.int64))
    columns = ("AUROC", "AP", "within-class")
    return [
        {"score": name, **{key: value for key, value in judging.ranking(score, truth).items() if key in columns}}
        for name, (score, _) in own_scores(workspace, version, runs).items()
    ]


if __name__ == "__main__":
    main()
