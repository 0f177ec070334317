"""Check and measure every method on one GPU, in one command and under eight minutes; it draws its own images.

    python benchmarks/gpu.py                           prints a table, writes gpu.json
    python benchmarks/gpu.py --device cpu --small      the same code on tiny networks, to see that it runs
    python benchmarks/gpu.py --checks losses,waits     only some of the checks

1. losses      float32 losses of five steps, against the CPU's (1e-3, or twice what rounding alone does on the CPU)
2. precision   mean loss of 20 steps in bf16 and fp16, against float32 (5 %)
3. resume      a training stopped within an epoch and resumed, against one that was not (1e-2 of a probability)
4. waits       a training step under torch.cuda.set_sync_debug_mode('error')
5. memory      memory that two methods, one after the other, leave behind
6. speed       images a second of a training epoch with its scoring, and peak memory, at each method's published size,
               against the loop of benchmarks/plain.py at equal precision

The exit code is 1 where a check fails. A check that needs a GPU is skipped on a CPU, and the table says so. Rates have
aims, for a card of the H100's class, and are not checks.
"""

import argparse
import contextlib
import json
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from auditor.jobs.environment import prepare  # noqa: E402  -- after the path is set

prepare()  # before torch is loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402
from accelerate import Accelerator  # noqa: E402
from PIL import Image  # noqa: E402
from torch import Tensor  # noqa: E402

from auditor.training import devices  # noqa: E402
from auditor.training.listener import Listener  # noqa: E402
from auditor.training.scoring import Stopped  # noqa: E402
from benchmarks.gpu_parts import (  # noqa: E402
    CLASSES,
    FULL,
    SMALL,
    Finding,
    Size,
    accelerator,
    build,
    drawn,
    training,
)  # fmt: skip
from models.base import Batch, Method, Scores  # noqa: E402

AIMS = {"man": 2000, "nla": 2500, "rul": 5000}  # images/s at 224 pixels in bf16
FASTER = 5.0  # times the plain loop, for the ResNet methods
METHODS = ("man", "rul", "nla", "noisyfer", "student")
CHECKS = ("losses", "precision", "resume", "waits", "speed", "memory")


@contextlib.contextmanager
def drawn_on_the_cpu() -> Iterator[None]:
    """Let the methods draw the same random numbers on every device."""
    plain = torch.randperm, torch.randn_like

    def randperm(count: int, device: Any = None) -> Tensor:
        return plain[0](count).to(device)

    def randn_like(tensor: Tensor) -> Tensor:
        return torch.randn(tensor.shape).to(tensor.device, tensor.dtype)

    torch.randperm, torch.randn_like = randperm, randn_like
    try:
        yield
    finally:
        torch.randperm, torch.randn_like = plain


def losses(
    name: str, size: Size, device: str, steps: int, *, precision: str = "no", double: bool = False, **changes: Any
) -> list[float]:
    """The losses of steps on views that are drawn on the CPU, without dropout: the same numbers on every device."""
    run_on = accelerator(device, precision)
    method = build(name, size, run_on, dropout=0.0, **changes)
    kind = torch.float64 if double else torch.float32
    method.to(kind)
    count, side = min(method.options.batch_size, size.images), method.setup.image_size
    division = Scores(torch.zeros(0), torch.zeros(0), {"assignment": torch.arange(size.images, dtype=torch.int8) % 3})
    draw = torch.Generator().manual_seed(0)
    values = []
    with drawn_on_the_cpu():
        method.start_epoch(1, division if method.uses_last else None)
        for step in range(steps):
            torch.manual_seed(step)
            rows = torch.arange(step * count, (step + 1) * count) % size.images
            labels = rows % CLASSES
            images = torch.randn(count, 3, side, side, generator=draw) + labels[:, None, None, None] / CLASSES
            soft = torch.nn.functional.one_hot(labels, CLASSES).to(kind) if method.learns_from_others else None
            views = {view: (images + 0.01 * place).to(kind) for place, view in enumerate(method.views)}
            sets = labels[:, None] if method.setup.label_set_classes else None
            batch = Batch(rows, views, labels, sets, soft=soft).to(run_on.device)
            values.append(float(method.train_step(batch, 1)["loss"]))
    run_on.free_memory()
    return values


def apart(values: Sequence[float], expected: Sequence[float]) -> float:
    """The largest relative difference."""
    if not all(map(math.isfinite, values)):
        return math.inf
    return max(abs(a - b) / max(abs(b), 1e-6) for a, b in zip(values, expected, strict=True))


def check_losses(name: str, size: Size, device: str) -> Iterator[Finding]:
    """Steps magnify rounding, above all Adam's first ones, so the CPU's own distance from float64 is the yardstick."""
    ours, expected = (losses(name, size, where, 5, batch_size=size.cpu_batch) for where in (device, "cpu"))
    exact = losses(name, size, "cpu", 5, double=True, batch_size=size.cpu_batch)
    difference, rounding = apart(ours, expected), apart(expected, exact)
    numbers = {"device": ours, "cpu": expected, "cpu_float64": exact}
    yield Finding(
        "losses, CPU", name, f"{difference:.1e} (rounding alone {rounding:.1e})", "1e-3 or twice rounding",
        difference <= max(1e-3, 2 * rounding), numbers,
    )  # fmt: skip


def check_precision(name: str, size: Size, device: str) -> Iterator[Finding]:
    """Single steps drift apart as rounding is magnified; their mean must not."""
    expected = losses(name, size, device, size.steps)
    for precision in ("bf16", "fp16"):
        if precision == "fp16" and device == "cpu":
            yield Finding("precision fp16", name, "skipped: a CPU has no fp16 training")
            continue
        if precision == "bf16" and device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
            yield Finding("precision bf16", name, "skipped: this card has no bf16 in hardware")
            continue
        values = losses(name, size, device, size.steps, precision=precision)
        difference = apart([float(np.mean(values))], [float(np.mean(expected))])
        yield Finding(
            f"precision {precision}", name, f"{difference:.1%} (single steps up to {apart(values, expected):.1%})",
            "5%", difference <= 0.05, {"float32": expected, precision: values},
        )  # fmt: skip


class StopAt(Listener):
    """Stops before the step of this number."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def stopping(self) -> bool:
        """Count down."""
        self.left -= 1
        return self.left < 0


def check_resume(name: str, size: Size, device: str, folder: Path) -> Iterator[Finding]:
    run_on = accelerator(device)
    probe = build(name, size, run_on, epochs=2)
    data = drawn(size, probe.setup.image_size)
    whole = training(probe, data, folder / name / "whole").run()
    stop = StopAt(probe.setup.steps_per_epoch + probe.setup.steps_per_epoch // 2)
    with contextlib.suppress(Stopped):
        training(build(name, size, run_on, epochs=2), data, folder / name / "parts", stop).run()
    resumed = training(build(name, size, run_on, epochs=2), data, folder / name / "parts").run()
    difference = float((whole.probs - resumed.probs).abs().max())
    run_on.free_memory()
    yield Finding("resume", name, f"{difference:.1e}", "1e-2", difference <= 1e-2)


def check_waits(name: str, size: Size, device: str, folder: Path) -> Iterator[Finding]:
    if device != "cuda":
        yield Finding("waits", name, "skipped: only CUDA reports them")
        return
    run_on = accelerator(device)
    method = build(name, size, run_on)
    data = drawn(size, method.setup.image_size)
    steps = training(method, data, folder / name / "waits")
    last = Scores(torch.zeros(0), torch.zeros(0), {"assignment": torch.arange(size.images, dtype=torch.int8) % 3})
    method.start_epoch(1, last if method.uses_last else None)
    batches = [np.arange(start, start + method.options.batch_size) % size.images for start in (0, 64, 128)]
    reason = ""
    for number, (positions, images) in enumerate(steps.training_feed.batches(batches)):
        torch.cuda.synchronize()
        torch.cuda.set_sync_debug_mode("error" if number == 2 else "default")  # the first steps set up cuDNN
        try:
            steps._step(positions, images, 1, (0, 0, 1, number, 0))
        except RuntimeError as error:
            reason = str(error).splitlines()[0][:160]
        finally:
            torch.cuda.set_sync_debug_mode("default")
    run_on.free_memory()
    yield Finding("waits", name, reason or "none", "none", not reason)


def check_memory(size: Size, device: str, folder: Path) -> Iterator[Finding]:
    if device != "cuda":
        yield Finding("memory", "two methods", "skipped: only CUDA counts it")
        return
    run_on = accelerator(device)
    run_on.free_memory()
    before = torch.cuda.memory_allocated()
    for name in ("rul", "nla"):
        _one_training(name, size, run_on, folder)
        run_on.free_memory()
    left = (torch.cuda.memory_allocated() - before) / 1e6
    yield Finding("memory", "two methods", f"{left:.1f} MB left", "10 MB", left <= 10)


def _one_training(name: str, size: Size, run_on: Accelerator, folder: Path) -> None:
    method = build(name, size, run_on, epochs=1)
    training(method, drawn(size, method.setup.image_size), folder / name / "memory").run()


def files_of(size: Size, folder: Path) -> tuple[list[Path], list[int]]:
    """Image files for the plain loop, which reads and decodes them as the published programs do."""
    data = drawn(size, size.pixels)
    folder.mkdir()
    files = []
    for number in range(len(data.images)):
        files.append(folder / f"{number:05}.jpg")
        Image.fromarray(data.images[number]).save(files[-1], quality=90)
    return files, data.labels.tolist()


def rate(epochs: Iterator[Any], size: Size, device: str) -> float:
    """Images per second of whole epochs, after the first."""
    next(epochs)
    if device == "cuda":
        torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(size.epochs):
        next(epochs)
    if device == "cuda":
        torch.cuda.synchronize()
    return size.images * size.epochs / (time.perf_counter() - started)


def plain_epochs(method: Method, files: Sequence[Path], labels: Sequence[int]) -> Iterator[Any]:
    from benchmarks.plain import PlainTrainer

    trainer = PlainTrainer(method, files, list(labels), method.setup.image_size, min(16, os.cpu_count() or 1))
    last, number = None, 0
    while True:
        last = trainer.epoch(number, last)
        yield last
        number += 1


def measure_speed(name: str, size: Size, device: str, precision: str, folder: Path) -> Iterator[Finding]:
    run_on = accelerator(device, precision)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    method = build(name, size, run_on, epochs=size.epochs + 1)
    data = drawn(size, method.setup.image_size)
    ours = rate(training(method, data, folder / name / "speed").epochs(), size, device)
    peak = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else 0.0
    batch = method.options.batch_size
    del method
    run_on.free_memory()
    numbers: dict[str, Any] = {"images_per_second": ours, "peak_gb": peak, "batch_size": batch, "precision": precision}
    text = f"{ours:.0f} images/s, {peak:.1f} GB" if device == "cuda" else f"{ours:.0f} images/s"
    if name == "student":  # there is no published program of it
        yield Finding("speed", name, text, numbers=numbers)
        return
    files, labels = files_of(size, folder / name / "files")
    baseline = build(name, size, run_on, epochs=size.epochs + 1)
    plain = rate(plain_epochs(baseline, files, labels), size, device)
    del baseline
    run_on.free_memory()
    aim = f"aims {AIMS[name]} images/s, {FASTER:.0f} times" if name in AIMS else ""
    numbers |= {"plain_images_per_second": plain, "times_plain": ours / plain}
    yield Finding("speed", name, f"{text}, {ours / plain:.1f} times the plain loop", aim, numbers=numbers)


def checks(size: Size, device: str, precision: str, args: argparse.Namespace, folder: Path) -> Iterator[Finding]:
    """Every finding, as it comes."""
    parts: dict[str, Callable[[str], Iterator[Finding]]] = {
        "losses": lambda name: check_losses(name, size, device),
        "precision": lambda name: check_precision(name, size, device),
        "resume": lambda name: check_resume(name, size, device, folder),
        "waits": lambda name: check_waits(name, size, device, folder),
        "speed": lambda name: measure_speed(name, size, device, precision, folder),
    }
    for part in (parts[check] for check in args.checks.split(",") if check in parts):
        for name in args.methods.split(","):
            yield from part(name)
    if "memory" in args.checks.split(","):
        yield from check_memory(size, device, folder)


def machine(device: str, precision: str) -> dict[str, str]:
    where = torch.device(device)
    return {
        "device": devices.name_of(where), "memory": str(devices.memory_of(where)), "precision": precision,
        "torch": torch.__version__, "cuda": str(torch.version.cuda), "python": platform.python_version(),
        "cores": str(os.cpu_count()), "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="tiny networks and few images")
    parser.add_argument("--methods", default=",".join(METHODS), help="comma-separated")
    parser.add_argument("--checks", default=",".join(CHECKS), help="comma-separated")
    parser.add_argument("--precision", default="", help="of the speeds: bf16, fp16 or no (default: the fastest here)")
    parser.add_argument("--out", type=Path, default=Path("gpu.json"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv)
    if args.device == "cuda" and not torch.cuda.is_available():
        print("There is no CUDA device on this machine; use --device cpu --small to see that the program runs.")
        return 2
    precision = args.precision or ("no" if args.device == "cpu" else devices.fastest())
    size, started = SMALL if args.small else FULL, time.perf_counter()
    facts = machine(args.device, precision)
    print(", ".join(f"{key} {value}" for key, value in facts.items()), end="\n\n")
    print("| check | method | value | limit | passed |\n|---|---|---|---|---|")
    findings: list[dict[str, Any]] = []
    content: dict[str, Any] = {"machine": facts, "findings": findings}
    with tempfile.TemporaryDirectory() as folder:
        for finding in checks(size, args.device, precision, args, Path(folder)):
            content["seconds"] = round(time.perf_counter() - started, 1)
            findings.append(asdict(finding) | {"at": content["seconds"]})
            passed = {True: "yes", False: "NO", None: ""}[finding.passed]
            cells = (finding.check, finding.method, finding.value, finding.limit, passed)
            print(f"| {' | '.join(cells)} |", flush=True)
            args.out.write_text(json.dumps(content, indent=1), encoding="utf-8")  # what was found stays
    print(f"\n{time.perf_counter() - started:.0f} s; {args.out}")
    return int(any(finding["passed"] is False for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
