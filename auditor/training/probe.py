"""Estimate what a run will take, in time and memory, from two steps of each of its methods on drawn images."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator

from auditor.config import RunConfig
from auditor.training import devices, fitting, plan, seeds
from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.plan import Plan
from auditor.training.scoring import batch_of
from models import registry
from models.base import Scores

ON_CPU = 8  # images of a step on a CPU, where the time grows with them and a whole batch may take a minute


@dataclass(frozen=True)
class Estimate:
    """What one method of a run takes.

    Attributes:
        method: The method.
        batch_size: Images per step.
        image_size: Side in pixels.
        epochs: Number of epochs, of all folds.
        seconds: Of the whole training, without decoding and evidence.
        gigabytes: Most device memory that torch held during a step; 0 on a CPU, where it is not counted.
        fits: Whether a step fitted into the device's memory; `seconds` is 0 where it did not.
    """

    method: str
    batch_size: int
    image_size: int
    epochs: int
    seconds: float
    gigabytes: float
    fits: bool


def estimates(config: RunConfig, images: int, classes: int) -> list[Estimate]:
    """Return an estimate for each method of a run.

    Args:
        config: What the run does.
        images: Number of training images.
        classes: C.

    Raises:
        ConfigError: The configuration cannot be used on this machine.
    """
    accelerator = plan.accelerator(config)
    measured = []
    for each in plan.plans(config):
        folds = max(1, config.folds)
        trained = images * (1 - 1 / folds if config.folds else 1 - config.share_held_out)
        try:
            step, score, memory = _two_steps(each, accelerator, classes)
            seconds = (trained * step + images * score) * each.options.epochs * folds
            fits = True
        except Exception as error:
            if not fitting.is_out_of_memory(error):
                raise
            seconds, memory, fits = 0.0, devices.memory_of(accelerator.device).total / devices.GIGABYTE, False
        accelerator.free_memory()
        measured.append(
            Estimate(
                each.name, each.options.batch_size, each.image_size, each.options.epochs * folds, seconds, memory, fits
            )
        )
    return measured


def _two_steps(each: Plan, accelerator: Accelerator, classes: int) -> tuple[float, float, float]:
    """Return seconds per image of a step and of scoring, and the most memory in GB; the first of each is not timed."""
    device, size = accelerator.device, each.image_size
    count = min(each.options.batch_size, ON_CPU) if device.type == "cpu" else each.options.batch_size
    sets = (classes,) if registry.get(each.name).takes_label_sets else ()
    method = plan.build(
        each, accelerator, 0, num_classes=classes, num_rows=count, steps_per_epoch=1, label_set_classes=sets
    )
    data = _drawn(count, size, classes)
    augmenter = Augmenter(method.inputs, device, size, method.recipes)
    images = torch.from_numpy(data.images).to(device)
    thirds = Scores(torch.zeros(0), torch.zeros(0), {"assignment": torch.arange(count, dtype=torch.int8) % 3})
    late = each.options.epochs - 1  # past warm-up, where a step costs most
    method.start_epoch(late, thirds if method.uses_last else None)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)

    def step() -> None:
        views = augmenter(images, method.views, seeds.generator(seeds.AUGMENT), method.parts(torch.arange(count)))
        method.train_step(batch_of(data, data.rows, views), late)

    def score() -> None:
        with torch.inference_mode():
            method.score(batch_of(data, data.rows, augmenter.plain(images))).probs.cpu()

    times = [_seconds(call, device) / count for call in (step, step, score, score)]
    memory = torch.cuda.max_memory_allocated(device) / devices.GIGABYTE if device.type == "cuda" else 0.0
    return times[1], times[3], memory


def _seconds(call: Callable[[], None], device: torch.device) -> float:
    started = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def _drawn(count: int, size: int, classes: int) -> TrainingData:
    draw = np.random.default_rng(0)
    labels = np.arange(count) % classes
    images = draw.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return TrainingData(
        images, np.arange(count), np.zeros(count, np.int8), labels, labels, classes, np.ones(count, bool),
        label_sets=labels[:, None], soft=np.eye(classes, dtype=np.float32)[labels],
    )  # fmt: skip
