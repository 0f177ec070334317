"""The papers' noise study as one command: label files with symmetric noise, every method trained on each, tested clean.

    python -m benchmarks.noise_study fer-raf --rates 0.1,0.2,0.3 --preset demo

For each rate and seed it writes a label file with that share of the training labels flipped to another class, evenly.
A flipped label is never the given one, so the rate is the real error rate besides errors that the file had before. Each
method is trained on it by `python -m auditor train`, alone, without held-out images. The test labels choose nothing:
the table has the accuracy after the last epoch, as in the papers, and the mean of the last five epochs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from auditor.data.corrupt import corrupt, to_bytes, writes_list
from auditor.data.dataset import Dataset
from auditor.data.formats.base import format_of
from auditor.data.opening import open_dataset
from models import titles
from models.noisyfer.options import RECIPES

ROOT = Path(__file__).resolve().parents[1]
LAST = 5
METHODS = ",".join(sorted(titles.judges(), key=titles.colour))


def main() -> None:
    args = parser().parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    whole = open_dataset(args.data, label_file=args.labels)
    args.recipe = recipe_of(whole)
    dataset = smaller(in_files(whole, args.out), args.images)
    results = []
    for rate in (float(part) for part in args.rates.split(",")):
        for seed in range(args.seed, args.seed + args.seeds):
            labels = label_file(dataset, rate, seed, args.out)
            for method in args.methods.split(","):
                results.append(
                    {"method": method, "rate": rate, "seed": seed, **trained(dataset, labels, method, seed, args)}
                )
                print(json.dumps(results[-1]), flush=True)
    (args.out / "noise_study.json").write_text(json.dumps({"command": sys.argv, "runs": results}, indent=1))
    print("\n".join(["", *table(results)]))


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of a data set with a test split")
    parser.add_argument("--labels", help="its label file, where it has several")
    parser.add_argument("--rates", default="0.1,0.2,0.3", help="shares of the training labels to flip")
    parser.add_argument("--methods", default=METHODS, help=f"default {METHODS}")
    parser.add_argument("--preset", default="demo", help="demo (small), recommended or published")
    parser.add_argument("--weights", default="none", help="starting weights, as of `train`")
    parser.add_argument("--epochs", type=int, help="epochs of every method (default: the preset's)")
    parser.add_argument("--images", type=int, default=0, help="first training images to take; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="of the noise and of the trainings")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, from --seed on")
    parser.add_argument("--option", action="append", default=[], help="METHOD.NAME=VALUE, as of `train`")
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--out", type=Path, default=Path(tempfile.gettempdir()) / "noise-study", help="folder for results"
    )
    return parser


def recipe_of(dataset: Dataset) -> str:
    """Return NoisyFER's recipe, which a folder of written out images does not tell; '' for none."""
    data_format = format_of(dataset.format)
    benchmark = data_format.benchmark.lower() if data_format else ""
    return benchmark if benchmark in RECIPES else ""


def in_files(dataset: Dataset, out: Path) -> Dataset:
    """The data set with an image file for each row: images in archives, as CIFAR-10's, are written out once."""
    if (dataset.paths != "").all():
        return dataset
    tree = out / f"{dataset.key}-images"
    if not tree.exists():
        command = [sys.executable, "-m", "auditor", "export", str(dataset.root), "--as", "folder", "--out", str(tree)]
        subprocess.run([*command, "--workspace", str(out / "workspace")], cwd=ROOT, check=True)
    return open_dataset(tree)


def smaller(dataset: Dataset, images: int) -> Dataset:
    """Its first training images and all test images."""
    train = dataset.rows("train")
    return dataset.select(np.sort(np.concatenate([train[: images or None], dataset.rows("test")])))


def label_file(dataset: Dataset, rate: float, seed: int, out: Path) -> Path:
    """Write the labels with symmetric noise: in the data set's own form where that is a list, else as a table."""
    suffix = ".txt" if writes_list(dataset) else ".csv"
    file = out / f"noise-{dataset.key}-{round(100 * rate)}-{seed}{suffix}"
    file.write_bytes(to_bytes(dataset, corrupt(dataset, rate=rate, kind="symmetric", seed=seed)))
    return file


def trained(dataset: Dataset, labels: Path, method: str, seed: int, args: argparse.Namespace) -> dict[str, Any]:
    """Train a method on a label file; test accuracy after the last epoch, the mean of the last five, and seconds."""
    workspace = args.out / "workspace"
    command = [sys.executable, "-m", "auditor", "train", str(dataset.root), "--labels", str(labels), "--method", method]
    command += ["--preset", args.preset, "--weights", args.weights, "--held-out", "0", "--seed", str(seed), "--no-map"]
    command += ["--device", args.device, "--workspace", str(workspace)]
    command += [] if labels.suffix == ".txt" else ["--format", "table"]
    if method == "noisyfer" and args.recipe:
        command += ["--option", f"noisyfer.recipe={args.recipe}"]
    command += [] if args.epochs is None else ["--epochs", str(args.epochs)]
    command += [word for each in args.option if each.startswith(f"{method}.") for word in ("--option", each)]
    started = time.perf_counter()
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    run = workspace / "runs" / answer.stdout.split()[-1]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    accuracies = [line["test_accuracy"] for line in lines if line["method"] == method]
    return {
        "last": accuracies[-1], "last_five": float(np.mean(accuracies[-LAST:])), "epochs": len(accuracies),
        "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip


def table(results: list[dict[str, Any]]) -> list[str]:
    """Lines of a table: a row a method, a column a rate, 'last (mean of the last five)', in per cent over the seeds."""
    rates = sorted({each["rate"] for each in results})
    lines = ["| method | " + " | ".join(f"{100 * rate:g} %" for rate in rates) + " |", "|---" * (len(rates) + 1) + "|"]
    for method in dict.fromkeys(each["method"] for each in results):
        cells = []
        for rate in rates:
            of_method = [each for each in results if (each["method"], each["rate"]) == (method, rate)]
            last, five = (100 * float(np.mean([each[name] for each in of_method])) for name in ("last", "last_five"))
            cells.append(f"{last:.1f} ({five:.1f})")
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
