"""Measure a training step with and without `torch.compile`, on a CPU, each in a process of its own, in turns.

    python -m benchmarks.compiled_step
    python -m benchmarks.compiled_step --method rul --size 48 --width 0.25

The network alone is compiled, for the losses and optimisers decide by data what they do. It needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

SIZES = ((48, 0.25, 64), (112, 0.5, 32), (224, 1.0, 16))  # pixels, width, images a step
STEPS, FIRST = 12, 3


def one(args: argparse.Namespace) -> dict[str, Any]:
    """Do steps on drawn images in this process; return CPU seconds and losses."""
    import torch

    from models import registry
    from models.base import Batch, Setup

    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    setup = Setup(7, args.size, args.width, "small" if args.size < 100 else "imagenet", num_rows=args.batch)
    method = registry.build(args.method, setup, registry.make_options(args.method, "demo", {}))
    method.to(memory_format=torch.channels_last)
    if args.compiled:
        for network in method.children():
            network.compile()
    images = torch.rand(args.batch, 3, args.size, args.size).to(memory_format=torch.channels_last)
    labels = torch.arange(args.batch) % 7
    batch = Batch(torch.arange(args.batch), dict.fromkeys(method.views, images), labels)
    method.start_epoch(0, None)
    seconds, wall, losses = [], [], []
    for step in range(FIRST + STEPS):
        torch.manual_seed(step)
        began, clock = time.process_time(), time.perf_counter()
        losses.append(float(method.train_step(batch, 0)["loss"]))
        seconds.append(time.process_time() - began)
        wall.append(time.perf_counter() - clock)
    return {
        "first": sum(wall[:FIRST]), "step": statistics.median(seconds[FIRST:]), "wall": statistics.median(wall[FIRST:]),
        "losses": losses,
    }  # fmt: skip


def measured(size: tuple[int, float, int], args: argparse.Namespace, *, compiled: bool) -> dict[str, Any]:
    """Measure in a process of its own, which finds nothing compiled before."""
    pixels, width, batch = size
    command = [sys.executable, "-m", "benchmarks.compiled_step", "--one", "--method", args.method]
    command += ["--size", str(pixels), "--width", str(width), "--batch", str(batch), "--threads", str(args.threads)]
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            [*command, *(["--compiled"] if compiled else [])], stdout=subprocess.PIPE, text=True, check=True,
            env={**os.environ, "TORCHINDUCTOR_CACHE_DIR": folder},
        )  # fmt: skip
    figures: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="nla")
    parser.add_argument("--size", type=int, default=0, help="side in pixels (default: three sizes)")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--compiled", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args)))
        return
    print("| pixels x width, images | CPU ms a step | compiled | wall ms | compiled | first 3, s | compiled | losses |")
    print("|---|---|---|---|---|---|---|---|")
    for size in ((args.size, args.width, args.batch),) if args.size else SIZES:
        plain, fast = (measured(size, args, compiled=compiled) for compiled in (False, True))
        pairs = zip(plain["losses"], fast["losses"], strict=True)
        differ = max(abs(a - b) / max(abs(a), 1e-9) for a, b in pairs)
        cells = [f"{each[what] * scale:.{digits}f}" for what, scale, digits in
                 (("step", 1000, 0), ("wall", 1000, 0), ("first", 1, 1)) for each in (plain, fast)]  # fmt: skip
        print(
            f"| {size[0]} x {size[1]:g}, {size[2]} | {' | '.join(cells)} | differ by up to {differ:.1e} |", flush=True
        )


if __name__ == "__main__":
    main()
