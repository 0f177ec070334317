"""Load instead of train: a published or own checkpoint scores a data set."""

import contextlib
import dataclasses
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from accelerate import Accelerator

from auditor.config import SMALLEST_IMAGE
from auditor.data.dataset import Dataset
from auditor.errors import CheckpointError, ConfigError
from auditor.training import checkpoints, plan
from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.dynamics import Column, DynamicsWriter
from auditor.training.feed import Feed
from auditor.training.plan import Plan
from auditor.training.scoring import accuracies, score_all
from models import registry
from models.base import Method, Setup

logger = logging.getLogger(__name__)

NOTE = "Scored with a checkpoint; whether its network was trained on these images is not known."


class Listening(Protocol):
    """What scoring tells and asks."""

    def stopping(self) -> bool:
        """Whether to stop."""

    def on_scoring(self, epoch: int) -> None:
        """It begins."""


def files_of(run_folder: Path) -> list[Path]:
    """The checkpoint files of a run that only scores; empty for a run that trains."""
    try:
        return [Path(name) for name in json.loads((run_folder / "score.json").read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []


def load(each: Plan, accelerator: Accelerator, files: list[Path], dataset: Dataset) -> Method:
    """The method with the checkpoint's weights: one of ours, recognised by its form, or the paper's own files.

    Raises:
        CheckpointError: A file is missing, unsafe or does not fit the network or the data set.
    """
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise CheckpointError(f"There is no checkpoint file {', '.join(missing)}; check the path.")
    own = _own(files)
    if own is None:
        va = dataset.valence_arousal is not None
        method = plan.build(each, accelerator, 0, num_classes=dataset.num_classes, has_va=va)
        method.load_published(files)
        return method
    if own.method != each.name:
        raise CheckpointError(f"{files[0]} is a checkpoint of {own.method}, not of {each.name}.")
    setup = _setup(own, files[0], len(dataset))
    if setup.num_classes != dataset.num_classes:
        raise CheckpointError(
            f"{files[0]} tells {setup.num_classes} classes apart, but {dataset.title} has {dataset.num_classes}."
        )
    with _as_checkpoint_error(files[0]):
        kind = registry.get(each.name).options_type
        options = kind(**{field.name: own.options[field.name] for field in dataclasses.fields(kind)})
        method = registry.build(each.name, setup, options)
        method.load_state_dict(own.state_dict)
    method.prepare(accelerator)
    return method


def _setup(own: checkpoints.Checkpoint, file: Path, rows: int) -> Setup:
    """What the networks are built for, in the ranges that a run may have: a file could name a network of any size.

    Raises:
        CheckpointError: It names none, or one out of range.
    """
    with _as_checkpoint_error(file):
        sets = tuple(int(count) for count in own.setup["label_set_classes"])
        setup = Setup(**{**own.setup, "label_set_classes": sets, "weights": "none"})
        ranges = (
            ("width", setup.width, 0.0, 4.0),
            ("image size", setup.image_size, SMALLEST_IMAGE, 1024),
            ("number of images", setup.num_rows, 0, max(10 * rows, 1_000_000)),
            ("number of label sets", len(sets), 0, 16),
            *(("number of classes", count, 1, 10_000) for count in (setup.num_classes, *sets)),
        )
        for name, value, low, high in ranges:
            if isinstance(value, bool) or not low <= value <= high:
                raise ValueError(f"its {name} is {value!r}, expected {low} to {high}")
    return setup


@contextlib.contextmanager
def _as_checkpoint_error(file: Path) -> Iterator[None]:
    """One of our checkpoints whose parts do not fit each other is a sentence."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError, ConfigError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise CheckpointError(
            f"The checkpoint {file} does not fit what this program saves ({reason}); use one that it made."
        ) from error


def _own(files: list[Path]) -> checkpoints.Checkpoint | None:
    if len(files) != 1:
        return None
    try:
        return checkpoints.load(files[0])
    except CheckpointError as error:
        if "not a checkpoint of this program" in str(error):
            return None
        raise


def score(method: Method, data: TrainingData, accelerator: Accelerator, folder: Path, listener: Listening) -> None:
    """Score all images and keep the result as a record of one epoch.

    Raises:
        Stopped: The listener asked for it.
    """
    listener.on_scoring(0)
    feed = Feed(data.images, data.rows, accelerator.device)
    augmenter = Augmenter(method.normalise, accelerator.device)
    stopping: Callable[[], bool] = listener.stopping if accelerator.num_processes == 1 else lambda: False
    scores = score_all(method, data, feed, augmenter, accelerator, stopping)
    found = accuracies(scores, data)
    logger.info("%s: %s", method.name, ", ".join(f"{name} {value:.4f}" for name, value in found.items()))
    if not accelerator.is_main_process:
        return
    columns: dict[str, Any] = {name: column.numpy() for name, column in scores.columns.items()}
    declared = {
        name: Column(info.dtype, 0, info.per_epoch, info.help, info.direction) for name, info in method.columns.items()
    }
    writer = DynamicsWriter(
        folder / "dynamics", method=method.name, fold=None, epochs=1, classes=data.classes, rows=data.rows,
        role=data.role, labels=data.labels, columns=declared, kind="scored", note=NOTE,
    )  # fmt: skip
    writer.append(0, scores.probs.numpy(), columns, scores.embedding.numpy())
