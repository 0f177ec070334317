"""What the checks of benchmarks/gpu.py share: sizes, findings, drawn images, and methods ready to train.

Import it after `auditor.jobs.environment.prepare()`, because it loads torch.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from auditor.training import devices
from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.listener import Listener
from auditor.training.loop import Training
from models import registry
from models.base import Method, Setup

CLASSES = 7


@dataclass(frozen=True)
class Size:
    """How large everything is."""

    images: int
    pixels: int  # of the files
    side: int | None  # of the networks; None for the published one
    width: float
    batch: int | None
    cpu_batch: int  # of the comparison with the CPU
    steps: int  # of the comparison of precisions
    epochs: int  # measured, after one that is not


FULL = Size(images=2000, pixels=100, side=None, width=1.0, batch=None, cpu_batch=16, steps=20, epochs=3)
SMALL = Size(images=24, pixels=36, side=32, width=1 / 16, batch=8, cpu_batch=8, steps=3, epochs=1)


@dataclass
class Finding:
    """One line of the table."""

    check: str
    method: str
    value: str
    limit: str = ""
    passed: bool | None = None  # None: skipped, or not a check
    numbers: dict[str, Any] = field(default_factory=dict)


def accelerator(device: str, precision: str = "no") -> Accelerator:
    AcceleratorState._reset_state(reset_partial_state=True)  # a second precision in one process
    return Accelerator(cpu=device == "cpu", mixed_precision=precision)


def build(name: str, size: Size, run_on: Accelerator, **changes: Any) -> Method:
    """A method at its published size with the paper's options, past its first phase."""
    preset = "published"
    first_phase: dict[str, dict[str, Any]]
    first_phase = {"man": {"warm_up": 1, "max_noisy": 1.0}, "noisyfer": {"gan_start_epoch": 0}}
    early = first_phase.get(name, {})
    if size.batch is not None:
        early["batch_size"] = size.batch
    defaults = vars(registry.make_options(name, preset))
    settings = {key: value for key, value in {**early, **changes}.items() if key in defaults}
    options = registry.make_options(name, preset, settings)
    network = registry.get(name).setup_for(preset, options)
    side = size.side or int(network["image_size"])
    stem = "small" if size.side else str(network["stem"])
    steps = -(-size.images // options.batch_size)
    setup = Setup(
        CLASSES, side, size.width, stem, num_rows=size.images, steps_per_epoch=steps,
        label_set_classes=(CLASSES,) if name == "noisyfer" else (),
    )  # fmt: skip
    method = registry.build(name, setup, options)
    method.prepare(run_on)
    devices.tune(run_on.device, published=run_on.mixed_precision == "no", fixed_shapes=method.fixed_shapes)
    return method.to(memory_format=torch.channels_last)


def drawn(size: Size, side: int) -> TrainingData:
    """Coloured noise that differs by class, so that there is something to learn."""
    draw = np.random.default_rng(0)
    labels = draw.integers(0, CLASSES, size.images)
    base = draw.integers(0, 256, (CLASSES, 1, 1, 3))
    noise = draw.integers(-60, 60, (size.images, side, side, 3), dtype=np.int16)
    images = np.clip(base[labels] + noise, 0, 255).astype(np.uint8)
    rows = np.arange(size.images)
    return TrainingData(
        images, rows, np.zeros(size.images, np.int8), labels, labels, CLASSES, np.ones(size.images, bool),
        label_sets=labels[:, None], soft=np.eye(CLASSES, dtype=np.float32)[labels],
    )  # fmt: skip


def training(method: Method, data: TrainingData, folder: Path, listener: Listener | None = None) -> Training:
    folder.mkdir(parents=True, exist_ok=True)
    where = method.accelerator.device
    augmenter = Augmenter(method.inputs, where, method.setup.image_size, method.recipes)
    return Training(
        method, data, method.accelerator, augmenter, folder, folder / "metrics.jsonl", listener=listener or Listener()
    )  # fmt: skip
