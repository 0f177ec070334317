"""Measure the results and the time of the demo's audit: `python benchmarks/demo.py --seeds 0 1 2 3 4`.

For each seed it draws the demo data set, trains on it with the demo's settings through the command line, like the app,
and judges the evidence by the planted errors, which training and evidence never read. Figures differ between seeds, and
between processors for one seed; so the table has their mean and range. `--method man --method rul` trains others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.config import Workspace
from auditor.data.demo import generate
from auditor.data.opening import open_dataset
from auditor.evidence import build
from auditor.evidence.versions import NOISY
from models import titles

FIRST = 50
"""Number of faces at the head of the queue that are counted."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", action="append", help="methods to train (default: nla, as the app)")
    parser.add_argument("--option", action="append", default=[], metavar="METHOD.NAME=VALUE", help="as for train")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the training; the faces are the app's")
    args = parser.parse_args()
    results = []
    for seed in args.seeds:
        with tempfile.TemporaryDirectory() as folder:
            results.append(audit(Path(folder), args.method or [titles.demo_method()], seed, args.option))
        print(json.dumps({"seed": seed, **results[-1]}), flush=True)
    print("\n| | mean | lowest | highest |\n|---|---|---|---|")
    for name in results[0]:
        values = [each[name] for each in results]
        print(f"| {name} | {np.mean(values):.3g} | {min(values):g} | {max(values):g} |")


def audit(folder: Path, methods: list[str], seed: int, options: list[str]) -> dict[str, float]:
    """Draw, train and judge; return the figures by name."""
    data, workspace = generate.generate(folder / "demo"), Workspace(folder / "workspace")
    command = [sys.executable, "-m", "auditor", "train", str(data), "--workspace", str(workspace.path)]
    command += ["--preset", "demo", "--seed", str(seed), *(part for name in methods for part in ("--method", name))]
    command += [part for option in options for part in ("--option", option)]
    started = time.monotonic()
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    whole = time.monotonic() - started
    lines = map(json.loads, (workspace.run(run) / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    training = sum(line["seconds"] for line in lines)
    planted = generate.truth(data)
    assert planted is not None, "the demo writes what it planted"
    version = build.build(workspace, open_dataset(data), [run])
    table = version.table
    rows = planted.rows(table["name"].to_numpy())
    wrong, flipped = (planted.given != planted.true)[rows], np.asarray(planted.kind)[rows] == NOISY
    p = table["p_mislabelled"].to_numpy()
    return {
        "images": len(table),
        "flipped": int(flipped.sum()),
        "flipped and called noisy": int((flipped & (table["assignment"].to_numpy() == NOISY)).sum()),
        f"wrong of the first {FIRST}": int(wrong[np.argsort(-p, kind="stable")[:FIRST]].sum()),
        "AUROC": round(float(roc_auc_score(wrong, p)), 3),
        "share wrong": round(float(wrong.mean()), 3),
        **{f"noise rate, {name}": round(version.summary["noise"][name], 3) for name in ("overall", "low", "high")},
        "seconds of training": round(training),
        "seconds with evidence and map": round(whole),
    }


if __name__ == "__main__":
    main()
