"""How long an epoch of each method takes on this machine: one step and one scoring pass of a training in small.

A probe trains the method itself, with its own options and network, on a batch of noise for a few epochs, and takes
the median of all but the first. NoisyFER is probed once more with its adversarial part on. What was measured is kept in
the workspace's cache.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator

from auditor import writing
from auditor.errors import AuditorError
from auditor.training import plan
from auditor.training.augment import Augmenter, begin_at_own_size
from auditor.training.data import TrainingData
from auditor.training.dynamics import ROLE_HELD_OUT, ROLE_TRAINED
from auditor.training.listener import Listener
from auditor.training.loop import Training
from auditor.training.plan import Plan
from models import registry

logger = logging.getLogger(__name__)

FILE = "probes.json"
EPOCHS = 4  # of a probe: one to warm up, and three because another program may slow one down
SCORED = 512 * 48 * 48  # pixels that it scores at least: what an epoch does once, such as saving, is no image's time
OWN_SIDE = 100  # pixels of an image at its own size, where a method begins with those
WORTH_STEPS = 1_000  # a run of fewer steps is over before a better estimate would help


@dataclass(frozen=True)
class Pace:
    """What a probe measured.

    Attributes:
        step: Seconds of a training step.
        late_step: Seconds of a step after the first `turn` epochs.
        turn: Epochs before the late steps; None where nothing changes.
        image: Seconds to score an image.
    """

    step: float
    late_step: float
    turn: int | None
    image: float


@dataclass(frozen=True)
class EpochTime:
    """How long a method's epochs take with a data set's number of images.

    Attributes:
        seconds: Of an epoch, its scoring included.
        late: Of an epoch after the first `turn`.
        turn: Epochs before the late ones; infinite where nothing changes.
    """

    seconds: float
    late: float
    turn: float


def epochs(
    plans: Sequence[Plan], accelerator: Accelerator, cache: Path, *, classes: int, trained: int, scored: int
) -> dict[str, EpochTime]:
    """Return how long an epoch of each method takes; see `paces`.

    Args:
        plans: The methods of the run.
        accelerator: Its device and precision.
        cache: The folder that what was measured is kept in.
        classes: C of the data set.
        trained: Images that an epoch trains on.
        scored: Images that it scores.
    """
    return times(plans, paces(plans, accelerator, cache, classes=classes, images=trained), trained, scored)


def times(plans: Sequence[Plan], pace_of: Mapping[str, Pace], trained: int, scored: int) -> dict[str, EpochTime]:
    """Return how long an epoch of each method takes at its pace.

    Args:
        plans: The methods of the run.
        pace_of: The pace of each method that was measured.
        trained: Images that an epoch trains on.
        scored: Images that it scores.
    """
    options = {each.name: each.options for each in plans}
    of_epochs = {}
    for name, pace in pace_of.items():
        steps = -(-trained // options[name].batch_size)
        scoring = pace.image * scored
        turn = float("inf") if pace.turn is None else float(pace.turn)
        of_epochs[name] = EpochTime(steps * pace.step + scoring, steps * pace.late_step + scoring, turn)
    return of_epochs


def paces(
    plans: Sequence[Plan], accelerator: Accelerator, cache: Path, *, classes: int, images: int
) -> dict[str, Pace]:
    """Return the pace of each method; a method that cannot be probed is left out.

    Args:
        plans: The methods of the run.
        accelerator: Its device and precision.
        cache: The folder that what was measured is kept in.
        classes: C of the data set.
        images: How many are trained on: a short run is not worth a probe.

    Returns:
        By method; empty for a short run, for one method alone, and for several processes.
    """
    return measured(plans, accelerator, cache, classes=classes) if worth(plans, accelerator, images) else {}


def measured(plans: Sequence[Plan], accelerator: Accelerator, cache: Path, *, classes: int) -> dict[str, Pace]:
    """Return the pace of each method, however short the run; a method that cannot be probed is left out.

    Args:
        plans: The methods of the run.
        accelerator: Its device and precision.
        cache: The folder that what was measured is kept in.
        classes: C of the data set.
    """
    stored = _read(cache / FILE)
    pace_of = {}
    for each in plans:
        key = _key(each, accelerator, classes)
        if key not in stored:
            try:
                stored[key] = asdict(probe(each, accelerator, classes))
            except (AuditorError, RuntimeError, OSError) as error:
                logger.info("%s was not probed (%s); its time left is estimated from the others", each.name, error)
                continue
        pace_of[each.name] = Pace(**stored[key])
    _write(cache / FILE, stored)
    return pace_of


def worth(plans: Sequence[Plan], accelerator: Accelerator, images: int) -> bool:
    """Return whether a probe helps: the run is long, its epochs are uneven, and it is in one process."""
    steps = sum(-(-images // each.options.batch_size) * each.options.epochs for each in plans)
    uneven = len(plans) > 1 or any(_turn(each) for each in plans)
    return accelerator.num_processes == 1 and steps >= WORTH_STEPS and uneven


def probe(each: Plan, accelerator: Accelerator, classes: int) -> Pace:
    """Measure one method."""
    turn = _turn(each)
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    with torch.random.fork_rng(devices):  # the run draws the same numbers with a probe and without
        step, image = _measure(each, accelerator, classes, late=False)
        late = step if turn is None else _measure(each, accelerator, classes, late=True)[0]
    accelerator.free_memory()  # it holds what was prepared with it
    return Pace(step, late, turn, image)


def _turn(each: Plan) -> int | None:
    """How many epochs of a method pass before its steps get longer; None where they do not."""
    after = getattr(each.options, "adversarial_after", None)
    return None if after is None or not 0 <= after + 1 < each.options.epochs else int(after) + 1


class _Watch(Listener):
    """Notes when the steps of each epoch began, ended, and when its scoring ended."""

    def __init__(self) -> None:
        self.marks = [time.monotonic()]

    def on_scoring(self, epoch: int) -> None:
        del epoch
        self.marks.append(time.monotonic())

    def on_epoch(self, metrics: Mapping[str, Any]) -> None:
        del metrics
        self.marks.append(time.monotonic())


def _measure(each: Plan, accelerator: Accelerator, classes: int, *, late: bool) -> tuple[float, float]:
    """Seconds of a step, and of scoring an image: the median of epochs of one step, the first left out."""
    changes: dict[str, Any] = {"epochs": EPOCHS}
    if hasattr(each.options, "gan_start_epoch"):
        changes["gan_start_epoch"] = 0 if late else 99
    small = replace(each, options=replace(each.options, **changes))
    data = _noise(small, classes)
    size = len(data.rows)
    method = plan.build(
        small, accelerator, 0, num_classes=classes, num_rows=size, steps_per_epoch=1, label_set_classes=(), has_va=False
    )
    augmenter = Augmenter(method.inputs, accelerator.device, small.image_size, method.recipes)
    watch = _Watch()
    with tempfile.TemporaryDirectory(prefix="auditor-probe-") as folder:
        place = Path(folder)
        Training(method, data, accelerator, augmenter, place, place / "metrics.jsonl", listener=watch).run()
    marks = np.array(watch.marks)
    began, scoring, ended = marks[2:-1:2], marks[3::2], marks[4::2]  # of all epochs but the first
    return float(np.median(scoring - began)), float(np.median(ended - scoring)) / size


def _noise(each: Plan, classes: int) -> TrainingData:
    """A batch of noise, and where images are small more that are only scored; every class is among the labels."""
    draw = np.random.default_rng(0)
    trained = each.options.batch_size
    size = max(trained, SCORED // each.image_size**2)
    kind = registry.get(each.name)
    at_own_size = (
        begin_at_own_size(kind.views_for(each.options), kind.recipes) or not kind.inputs_for(each.options).antialias
    )
    own = draw.integers(0, 256, (size, OWN_SIDE, OWN_SIDE, 3), np.uint8) if at_own_size else None
    scored = draw.integers(0, 256, (size, each.image_size, each.image_size, 3), np.uint8)
    labels = np.arange(size) % classes
    return TrainingData(
        images=scored if own is None or kind.inputs_for(each.options).antialias else own,
        rows=np.arange(size),
        role=np.where(np.arange(size) < trained, ROLE_TRAINED, ROLE_HELD_OUT).astype(np.int8),
        labels=labels,
        truth=labels,
        classes=classes,
        counted=np.ones(size, np.bool_),
        soft=np.eye(classes, dtype=np.float32)[labels] if plan.learns_from_others(each.name) else None,
        own_size=own,
    )


def _key(each: Plan, accelerator: Accelerator, classes: int) -> str:
    """Names what the pace of a method depends on: its options and network, and this machine."""
    options = {name: value for name, value in vars(each.options).items() if name != "epochs"}
    facts = [each.name, options, dict(each.network), classes, str(accelerator.device), accelerator.mixed_precision]
    machine = [platform.node(), platform.machine(), os.cpu_count(), SCORED]  # how it was measured, too
    return hashlib.sha256(repr([facts, machine]).encode()).hexdigest()[:24]


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {key: asdict(Pace(**value)) for key, value in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # a cache: what cannot be read is measured again


def _write(file: Path, stored: Mapping[str, Mapping[str, Any]]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with writing.replacing(file) as aside:
            aside.write_text(json.dumps(stored, indent=1), encoding="utf-8")
    except OSError as error:
        logger.info("the probes were not kept (%s)", error)
