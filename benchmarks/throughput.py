"""Measure images per second over a whole training epoch, ours against a plain implementation of the same recipe.

    python benchmarks/throughput.py                              every method, the three sizes; prints a table
    python benchmarks/throughput.py --methods rul --sizes 48x0.25 --images 512

An epoch includes reading, augmenting, training, and scoring every image. Ours reads the cache of decoded images; the
plain one (benchmarks/plain.py) reads image files in a DataLoader, like the published scripts. Both run the paper's
recipe and batch size on the same images, with the same networks, in separate processes, in turns. `cpu` compares
processor seconds, which other programs on the machine affect less than wall time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from auditor.jobs.environment import prepare  # noqa: E402  -- after the path is set

SIZES = {"48x0.25": (48, 0.25, 1024), "48x1": (48, 1.0, 512), "224x1": (224, 1.0, 96)}
TARGETS = {"48x0.25": 2.0, "48x1": 1.2, "224x1": 1.1}
WORKERS = 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", default="", help="comma-separated; default: all")
    parser.add_argument("--sizes", default=",".join(SIZES), help="comma-separated, of " + ", ".join(SIZES))
    parser.add_argument("--images", type=int, default=0, help="images an epoch (default: by size)")
    parser.add_argument("--epochs", type=int, default=1, help="epochs measured, after one that is not")
    parser.add_argument("--data", type=Path, help="a data set (default: the reference faces, else drawn ones)")
    parser.add_argument("--joined", action="store_true", help="ours passes a batch's views through the network at once")
    parser.add_argument("--adversarial", action="store_true", help="measure NoisyFER in its adversarial epochs")
    parser.add_argument("--skip-division", action="store_true", help="leave out the co-division of 300,000 images")
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "METHOD", "SIZE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def faces(args: argparse.Namespace) -> Path:
    """The data set to measure on."""
    if args.data:
        return args.data
    reference = Path(os.environ.get("AUDITOR_REFERENCE_DATA", ROOT.parent / "shared" / "data")) / "fer-raf"
    if reference.is_dir():
        return reference
    drawn = Path(tempfile.gettempdir()) / "auditor-throughput-faces"
    if not drawn.exists():
        command = [sys.executable, "-m", "auditor", "demo", "--out", str(drawn), "--images", "1500"]
        subprocess.run(command, cwd=ROOT, check=True)
    return drawn


def build(name: str, size: int, width: float, rows: int, *, joined: bool = False, adversarial: bool = False) -> Any:
    """Make the method with the paper's options, after MAN's warm-up, before or in NoisyFER's adversarial epochs."""
    from models import registry
    from models.base import Setup

    settings: dict[str, Any] = {"warm_up": 1} if name == "man" else {}
    if adversarial and name == "noisyfer":
        settings["gan_start_epoch"] = 0
    if joined and hasattr(registry.make_options(name, "published"), "joined_forward"):
        settings["joined_forward"] = True
    options = registry.make_options(name, "published", settings)
    stem = "small" if size < 100 else "imagenet"
    sets = (7,) if name == "noisyfer" else ()
    setup = Setup(7, size, width, stem, num_rows=rows, steps_per_epoch=1, label_set_classes=sets)
    method = registry.build(name, setup, options)
    method.start_epoch = with_equal_parts(method.start_epoch)
    return method


def with_equal_parts(start_epoch: Any) -> Any:
    """Give MAN a division into three equal parts: its cost depends on it, and both engines must do the same work."""

    def start(epoch: int, last: Any) -> None:
        if last is not None and "assignment" in last.columns:
            assignment = last.columns["assignment"]
            last.columns["assignment"] = ((assignment * 0 + 1).cumsum(0) % 3).to(assignment.dtype)
        start_epoch(epoch, last)

    return start


def one(args: argparse.Namespace) -> dict[str, float]:
    """Measure one engine, method and size in this process."""
    import numpy as np
    import torch

    from auditor.data.opening import open_dataset

    engine, name, label = args.one
    size, width, images = SIZES[label]
    images = args.images or images
    torch.manual_seed(0)
    torch.set_num_threads(2)
    dataset = open_dataset(faces(args))
    rows = dataset.rows("train")[:images]
    joined = args.joined and engine == "ours"
    method = build(name, size, width, len(rows), joined=joined, adversarial=args.adversarial)
    epochs = (plain_epochs if engine == "plain" else our_epochs)(method, dataset, rows, size)
    next(epochs)
    wall, cpu = time.perf_counter(), processor_seconds()
    for _ in range(args.epochs):
        next(epochs)
    seconds, work = time.perf_counter() - wall, processor_seconds() - cpu
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = WORKERS * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if engine == "plain" else 0.0
    count = len(np.asarray(rows)) * args.epochs
    return {"rate": count / seconds, "cpu": count / work, "memory": own, "memory_with_workers": own + workers}


def processor_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def plain_epochs(method: Any, dataset: Any, rows: Any, size: int) -> Any:
    """Run epochs of the plain implementation."""
    from benchmarks.plain import PlainTrainer

    files = [dataset.root / dataset.paths[row] for row in rows]
    trainer = PlainTrainer(method, files, dataset.labels[rows].tolist(), size, WORKERS)
    last, number = None, 0
    while True:
        last = trainer.epoch(number, last)
        number += 1
        yield


def our_epochs(method: Any, dataset: Any, rows: Any, size: int) -> Any:
    """Run epochs of our loop, with everything that it writes."""
    import numpy as np
    import torch
    from accelerate import Accelerator

    from auditor.data.images.cache import ImageCache
    from auditor.training.augment import Augmenter
    from auditor.training.data import TrainingData
    from auditor.training.loop import Training
    from auditor.training.ownsize import side_of

    with tempfile.TemporaryDirectory() as folder:
        cache = ImageCache.open(dataset, size, Path(tempfile.gettempdir()) / "auditor-throughput-cache")
        own = ImageCache.open(dataset, side_of(dataset), Path(tempfile.gettempdir()) / "auditor-throughput-cache")
        scored = cache.array if method.inputs.antialias else own.array
        labels = dataset.labels[rows].astype(np.int64)
        data = TrainingData(
            scored, np.asarray(rows), np.zeros(len(rows), np.int8), labels, labels, 7,
            np.ones(len(rows), bool), own_size=own.array,
        )  # fmt: skip
        accelerator = Accelerator(cpu=True)
        method.prepare(accelerator)
        method.to(memory_format=torch.channels_last)
        augmenter = Augmenter(method.inputs, "cpu", size)
        training = Training(method, data, accelerator, augmenter, Path(folder), Path(folder) / "metrics.jsonl")
        yield from training.epochs()


def measured(engine: str, method: str, size: str, args: argparse.Namespace) -> dict[str, float]:
    """Measure in a separate process."""
    command = [sys.executable, __file__, "--one", engine, method, size, "--epochs", str(args.epochs)]
    command += ["--images", str(args.images), "--data", str(faces(args))]
    command += ["--joined"] if args.joined else []
    command += ["--adversarial"] if args.adversarial else []
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    figures: dict[str, float] = json.loads(answer.stdout.strip().splitlines()[-1])
    return figures


def division_of(count: int = 300_000) -> tuple[float, float]:
    """Seconds of MAN's division of `count` images: (ours, Python loops on a tenth, times ten)."""
    import torch

    from benchmarks.plain import divide
    from models.man_losses import co_division

    predicted, labels = torch.randint(0, 7, (count, 2)), torch.randint(0, 7, (count,))
    start = time.perf_counter()
    co_division(predicted[:, 0], predicted[:, 1], labels)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    divide(predicted[: count // 10], labels[: count // 10])
    return ours, (time.perf_counter() - start) * 10


def main() -> None:
    args = arguments()
    prepare()
    if args.one:
        print(json.dumps(one(args)))
        return
    from models import registry

    names = [name for name in args.methods.split(",") if name] or list(registry.methods())
    print("| method | size x width | plain images/s | ours images/s | ratio | target | cpu ratio | memory ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for size in args.sizes.split(","):
        for name in names:
            plain, ours = (measured(engine, name, size, args) for engine in ("plain", "ours"))
            ratio, cpu = ours["rate"] / plain["rate"], ours["cpu"] / plain["cpu"]
            memory = ours["memory"] / plain["memory_with_workers"]
            print(
                f"| {name} | {size.replace('x', ' x ')} | {plain['rate']:.0f} | {ours['rate']:.0f} | {ratio:.2f} "
                f"| {TARGETS[size]:.1f} | {cpu:.2f} | {memory:.2f} ({ours['memory']:.0f} MB) |",
                flush=True,
            )
    if not args.skip_division:
        ours_seconds, plain_seconds = division_of()
        print(f"\nCo-division of 300,000 images: {ours_seconds:.4f} s (Python loops: {plain_seconds:.1f} s).")


if __name__ == "__main__":
    main()
