"""Score a data set with a published checkpoint or your own, without training."""

import contextlib
import dataclasses
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from accelerate import Accelerator

from auditor.config import SMALLEST_IMAGE, RunConfig
from auditor.data.dataset import Dataset
from auditor.errors import CheckpointError, ConfigError, finding
from auditor.plural import counted
from auditor.training import checkpoints, classorder, identity, plan
from auditor.training.augment import Augmenter
from auditor.training.data import TrainingData
from auditor.training.dynamics import Column, DynamicsWriter
from auditor.training.feed import Feed
from auditor.training.plan import Plan
from auditor.training.scoring import accuracies, score_all
from models import registry
from models.base import Method, Setup
from models.inputs import Inputs, Published

logger = logging.getLogger(__name__)

NOTE = "Scored with a checkpoint; whether its network was trained on these images is not known."


class Listening(Protocol):
    """Callbacks of scoring."""

    def stopping(self) -> bool:
        """Return whether to stop."""

    def on_scoring(self, epoch: int) -> None:
        """Report that scoring starts."""


def files_of(run_folder: Path) -> list[Path]:
    """Return the checkpoint files of a run that only scores; an empty list for a run that trains."""
    try:
        return [Path(name) for name in json.loads((run_folder / "score.json").read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []


def load(
    each: Plan, accelerator: Accelerator, files: list[Path], dataset: Dataset, config: RunConfig
) -> tuple[Method, str]:
    """Load a checkpoint of this program or of the paper; return the method and a sentence on how the file was read.

    The outputs are in the order of the data set's classes, and `inputs` are those that the file expects.

    Raises:
        CheckpointError: A file is missing, unsafe or does not fit the network or the data set; or its classes or their
            order are unknown or not the data set's.
        ConfigError: The run's settings for the file are invalid.
    """
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise CheckpointError(f"There is no checkpoint file {', '.join(missing)}; check the path.")
    own = _own(files)
    if own is None:
        return _load_published(each, accelerator, files, dataset, config)
    return _load_own(each, accelerator, files[0], own, dataset, config)


def _load_published(
    each: Plan, accelerator: Accelerator, files: list[Path], dataset: Dataset, config: RunConfig
) -> tuple[Method, str]:
    """Load the paper's own files: with the inputs known for their layout, overridden by the run's settings."""
    kind, settings = registry.get(each.name), config.options.get(each.name, {})
    form = kind.published_form(files) or Published(dataset.num_classes)
    of_file = {name: value for name, value in form.options.items() if name not in settings}
    size = config.image_size or form.image_size or each.image_size
    plan_of_file = Plan(
        each.name, dataclasses.replace(each.options, **of_file), {**each.network, "image_size": size, "weights": "none"}
    )  # fmt: skip
    va = dataset.valence_arousal is not None
    method = plan.build(plan_of_file, accelerator, 0, num_classes=form.outputs, has_va=va)
    method.load_published(files)
    names = list(config.reading.get("class_order", ())) or list(form.classes)
    if not names:
        raise CheckpointError(
            f"The checkpoint {files[0]} has {form.outputs} outputs and does not name their classes; give the class "
            "names in the order of its outputs with --class-order, or --class-order data if it is the data set's "
            f"order: {', '.join(dataset.classes)}."
        )
    _put_in_order(method, files[0], names, form.outputs, dataset)
    method.inputs = _configured(method.inputs, config.reading)
    return method, _reading(files[0], names, size, method.inputs)


def _put_in_order(method: Method, file: Path, names: list[str], outputs: int, dataset: Dataset) -> None:
    """Reorder the outputs to the data set's classes, by name."""
    data_order = names == [classorder.AS_DATA]
    if outputs != dataset.num_classes or (not data_order and len(names) != outputs):
        listed = "" if data_order else f" ({', '.join(names)} by name)"
        raise CheckpointError(
            f"The checkpoint {file} has {outputs} outputs{listed}, but {dataset.title} has "
            f"{counted(dataset.num_classes, 'class', 'classes')}: {', '.join(dataset.classes)}; name one class per "
            "output with --class-order, or score another data set."
        )
    order = classorder.match(file, names, dataset.classes)
    if order != list(range(outputs)):
        method.reorder_classes(order)


def _configured(inputs: Inputs, reading: Mapping[str, Any]) -> Inputs:
    """Return the inputs, overridden by the run's settings for the file."""
    return Inputs(
        mean=tuple(reading.get("mean", inputs.mean)),
        std=tuple(reading.get("std", inputs.std)),
        channels=str(reading.get("channels", inputs.channels)),
        antialias=inputs.antialias,
    )


def _reading(file: Path, names: list[str], size: int, inputs: Inputs) -> str:
    order = "the data set's own order" if names == [classorder.AS_DATA] else ", ".join(names)
    return (
        f"{file.name} is read as a network of {inputs.channels.upper()} images of {size} pixels, mean {inputs.mean}, "
        f"std {inputs.std}, whose outputs are {order}."
    )


def _load_own(
    each: Plan,
    accelerator: Accelerator,
    file: Path,
    own: checkpoints.Checkpoint,
    dataset: Dataset,
    config: RunConfig,
) -> tuple[Method, str]:
    if own.method != each.name:
        raise CheckpointError(
            f"The file {file} is a checkpoint of {own.method}, not of {each.name}; name its own method."
        )
    extra = sorted(set(config.reading) - {"class_order"})
    if extra:
        raise CheckpointError(
            f"The file {file} is a checkpoint of this program and states its {extra[0]}; leave that out."
        )
    setup = _setup(own, file, len(dataset))
    with _as_checkpoint_error(file):
        method = registry.build(each.name, setup, registry.get(each.name).options_type.restored(own.options))
        method.load_state_dict(own.state_dict)
    method.prepare(accelerator)
    names = own.classes or list(config.reading.get("class_order", ())) or _classes_of_run(file, dataset)
    if not names:
        raise CheckpointError(
            f"The checkpoint {file} was written by an earlier version, which kept no class names; name its "
            f"{counted(setup.num_classes, 'class', 'classes')} in the order of that data set with --class-order, or "
            "give --class-order data if it was this one."
        )
    _put_in_order(method, file, names, setup.num_classes, dataset)
    return method, _reading(file, names, setup.image_size, method.inputs)


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
    except ConfigError as error:
        raise CheckpointError(f"The checkpoint {file} cannot be used ({finding(error)}); use another one.") from error
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise CheckpointError(
            f"The checkpoint {file} does not fit what this program saves ({reason}); use one that it made."
        ) from error


def _classes_of_run(file: Path, dataset: Dataset) -> list[str]:
    """Return the classes of the run in whose folder the file is, if it is one on this data set; else an empty list.

    Raises:
        ChangedDataError: The run has not stored their names, and the data set has changed since.
    """
    for folder in file.resolve().parents[1:3]:
        try:
            config = RunConfig.from_json((folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ConfigError):
            continue
        return identity.class_order(folder, dataset) if config.dataset.key == dataset.key else []
    return []


def _own(files: list[Path]) -> checkpoints.Checkpoint | None:
    if len(files) != 1:
        return None
    try:
        return checkpoints.load(files[0])
    except CheckpointError as error:
        if "not a checkpoint of this program" in str(error):
            return None
        raise


def score(
    method: Method, data: TrainingData, accelerator: Accelerator, folder: Path, listener: Listening, reading: str = ""
) -> None:
    """Score all images and save the result as a record of one epoch, with a note on how the checkpoint was read.

    Raises:
        Stopped: The listener stopped it.
    """
    listener.on_scoring(0)
    feed = Feed(data.images, data.rows, accelerator.device)
    augmenter = Augmenter(method.inputs, accelerator.device, method.setup.image_size, method.recipes)
    stopping: Callable[[], bool] = listener.stopping if accelerator.num_processes == 1 else lambda: False
    scores = score_all(method, data, feed, augmenter, accelerator, stopping)
    shares = accuracies(scores, data)
    logger.info("%s: %s", method.name, ", ".join(f"{name} {value:.4f}" for name, value in shares.items()))
    if not accelerator.is_main_process:
        return
    columns: dict[str, Any] = {name: column.numpy() for name, column in scores.columns.items()}
    declared = {
        name: Column(info.dtype, 0, info.per_epoch, info.help, info.direction) for name, info in method.columns.items()
    }
    writer = DynamicsWriter(
        folder / "dynamics", method=method.name, fold=None, epochs=1, classes=data.classes, rows=data.rows,
        role=data.role, labels=data.labels, columns=declared, kind="scored", note=f"{NOTE} {reading}".strip(),
    )  # fmt: skip
    writer.append(0, scores.probs.numpy(), columns, scores.embedding.numpy())
