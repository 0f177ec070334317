"""Execute a run from its configuration to its evidence: train or score its methods one after another."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray

from auditor.config import AUTO_BATCH, RunConfig, Workspace
from auditor.data.dataset import Dataset
from auditor.data.images.cache import DecodingCancelledError, ImageCache
from auditor.data.images.jpegs import Pixels
from auditor.data.opening import reopen
from auditor.errors import TrainingError
from auditor.plural import counted
from auditor.store.store import Store
from auditor.training import (
    devices,
    fitting,
    further_labels,
    identity,
    lesson,
    ownsize,
    paces,
    plan,
    portraits,
    published,
)
from auditor.training import labels as run_labels
from auditor.training.augment import Augmenter, begin_at_own_size
from auditor.training.data import TrainingData, assemble, unseen_by_fold
from auditor.training.disk import room
from auditor.training.labels import Labels
from auditor.training.listener import Listener
from auditor.training.loop import Training
from auditor.training.paces import EpochTime
from auditor.training.plan import Plan
from auditor.training.scoring import Stopped
from models import parallel, registry

logger = logging.getLogger(__name__)

DONE = "done"


class RunListener(Listener):
    """Callbacks of a run, with those of its trainings."""

    def on_plan(self, trainings: list[tuple[str, int | None, int]]) -> None:
        """Report the planned trainings in order, one per fold: (method, fold, epochs)."""

    def on_epoch_times(self, times: Mapping[str, EpochTime]) -> None:
        """Report how long an epoch of each method takes on this machine, by its probe; not called for a short run."""

    def on_phase(self, text: str, done: int = 0, total: int = 0) -> None:
        """Report work other than training, such as decoding images or building evidence."""

    def on_training(self, method: str, fold: int | None, epochs: int) -> None:
        """Report that a training starts or resumes."""


class After(Protocol):
    """Callbacks that use a run's results."""

    def lesson(self, run: "Run", dataset: Dataset) -> NDArray[np.float32]:
        """Return the consensus of the methods trained so far, float32 [R, C], NaN rows where there is none."""

    def method_done(self, run: "Run", dataset: Dataset) -> None:
        """Use the results of a method; all its trainings are done."""

    def run_done(self, run: "Run") -> None:
        """Use the results of the run; all its methods are done."""


@dataclass
class Run:
    """A run in progress.

    Attributes:
        workspace: The folder of all files.
        run_id: The run.
        config: Its configuration.
        accelerator: Device, precision and processes.
        store: Source of the decisions, for training on corrected labels; None in all processes but the first.
        listener: Gets progress reports and can stop the run.
        after: Uses the results, in the first process only.
    """

    workspace: Workspace
    run_id: str
    config: RunConfig
    accelerator: Accelerator
    store: Store | None = None
    listener: RunListener = field(default_factory=RunListener)
    after: "After | None" = None
    _caches: dict[int, ImageCache] = field(default_factory=dict)
    _own_side: int | None = None

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.workspace.run(self.run_id)

    @property
    def _folds(self) -> list[int | None]:
        return list(range(self.config.folds)) if self.config.folds else [None]

    def execute(self) -> None:
        """Do all trainings of the run that are not done yet.

        Raises:
            Stopped: The listener stopped it.
            AuditorError: The run cannot continue; the message states why.
        """
        plans = plan.plans(self.config)
        files = published.files_of(self.folder)
        if not files:
            plans = [plan.as_begun(each, self._folders(each)) for each in plans]
            plan.require_weights(self.config, plans)
        self.listener.on_plan([(p.name, f, 1 if files else p.options.epochs) for p in plans for f in self._folds])
        self.listener.on_phase("reading the labels")
        dataset = self._open()
        labels = self._labels(dataset)
        logger.info("%s", labels.note)
        unseen = unseen_by_fold(dataset, self.config.folds, self.config.share_held_out, self.config.seed)
        if not files:
            self._probe(plans, dataset, unseen)
        for each in plans:
            if files:
                self._score(each, dataset, labels, files)
            else:
                self._train(each, dataset, labels, unseen)
            if self.after is not None and self.accelerator.is_main_process:
                self.after.method_done(self, dataset)
            parallel.wait(self.accelerator)
        if self.after is not None and self.accelerator.is_main_process:
            self.after.run_done(self)

    def _probe(self, plans: list[Plan], dataset: Dataset, unseen: list[NDArray[np.bool_]]) -> None:
        """Measure how long the methods' epochs will take, for the time left."""
        trained = len(dataset.rows("train")) - int(np.mean([mask.sum() for mask in unseen]))
        if not paces.worth(plans, self.accelerator, trained):
            return
        self.listener.on_phase("measuring how long an epoch takes")
        classes, scored = dataset.num_classes, len(dataset)
        times = paces.epochs(
            plans, self.accelerator, self.workspace.cache, classes=classes, trained=trained, scored=scored
        )
        if times:
            self.listener.on_epoch_times(times)

    def _open(self) -> Dataset:
        dataset = reopen(self.config.dataset, self.workspace.cache)
        if not len(dataset.rows("train")):
            raise TrainingError(
                f"The data set {dataset.title} has no training images; choose a data set with a training split."
            )
        return dataset

    def _labels(self, dataset: Dataset) -> Labels:
        """Return the labels that the run started with; the first process chooses them, the others read them."""
        file, labels = self.folder / "labels.npy", None
        if self.accelerator.is_main_process and not file.exists():
            labels = run_labels.choose(dataset, self.config.labels, self.store, self.config.seed)
            with room(self.folder):
                identity.write(self.folder, dataset)  # first: what the rows and classes of all that follows mean
                run_labels.save(file, labels)
        if self.accelerator.is_main_process and labels is None:
            identity.adopt(self.folder, dataset)
        parallel.wait(self.accelerator)  # in every process, or the later waits would not match
        return labels or run_labels.load(file, dataset)

    def _images(self, dataset: Dataset, size: int) -> ImageCache:
        """Return the cache of images decoded at a size; the first process builds it while the others wait."""
        if size in self._caches:
            return self._caches[size]

        def progress(done: int, total: int, text: str) -> None:
            self.listener.on_phase(text or "decoding images", done, total)

        def open_cache() -> ImageCache:
            stopping = self.listener.stopping
            return ImageCache.open(
                dataset, size, self.workspace.cache, progress, stopping, form=self.config.cache_format
            )

        if self.accelerator.is_main_process:
            try:
                self._caches[size] = open_cache()
            except DecodingCancelledError as error:
                raise Stopped from error
        parallel.wait(self.accelerator)
        if size not in self._caches:
            self._caches[size] = open_cache()
        return self._caches[size]

    def _folders(self, each: Plan) -> list[Path]:
        """Return the folders of a method's trainings, one per fold."""
        return [self.folder / each.name / (f"fold-{fold}" if fold is not None else "") for fold in self._folds]

    def _at_own_size(self, dataset: Dataset) -> Pixels:
        """Return all images at their own size, uint8 [R, P, P, 3]."""
        if self._own_side is None:
            self._own_side = ownsize.side_of(dataset)
        return self._images(dataset, self._own_side).array

    def _train(self, each: Plan, dataset: Dataset, labels: Labels, unseen: list[NDArray[np.bool_]]) -> None:
        """Do all trainings of a method that are not done yet."""
        soft = labels.soft
        if plan.learns_from_others(each.name):
            soft = self._lesson(each, dataset, labels)
            if not self.config.folds:  # held-out images weigh the other methods; this one trains on all images
                unseen = [np.zeros(len(dataset), dtype=bool)]
        cache = self._images(dataset, each.image_size)
        kind = registry.get(each.name)
        antialias = kind.inputs_for(each.options).antialias
        early = begin_at_own_size(kind.views_for(each.options), kind.recipes)
        own = self._at_own_size(dataset) if early or not antialias else None
        scored = cache.array if own is None or antialias else own
        sets = further_labels.choose(each, dataset, labels, self.folder, cache)
        if sets is not None:
            logger.info("%s: %s", each.name, sets.note)
        for fold, folder, mask in zip(self._folds, self._folders(each), unseen, strict=True):
            if (folder / DONE).exists():
                continue
            matrix = None if sets is None else sets.labels
            data = assemble(dataset, scored, labels.labels, labels.excluded, cache.ok, mask, matrix, soft, own)
            once = partial(
                self._train_once, data=data, folder=folder, fold=fold, sets=sets, class_names=dataset.classes
            )
            self._train_fitting(each, once)

    def _lesson(self, each: Plan, dataset: Dataset, labels: Labels) -> NDArray[np.float32]:
        """Return the shares that a method learns from the others; the first process computes them."""
        folder = self.folder / each.name
        if self.accelerator.is_main_process:
            self.listener.on_phase("computing the consensus of the other methods")
            after = self.after
            lesson.write(folder, None if after is None else lambda: after.lesson(self, dataset))
        parallel.wait(self.accelerator)
        if self.accelerator.num_processes == 1 and self.listener.stopping():
            raise Stopped
        return lesson.read(folder, dataset, labels)

    def _train_fitting(self, each: Plan, once: Callable[[Plan], None]) -> None:
        """Do one training within the device's memory, and free that memory afterwards.

        Args:
            each: The training's plan.
            once: Does the training by a plan, whose batch size may be smaller.
        """

        def train(batch_size: int) -> None:
            self._free()
            once(plan.with_batch_size(each, batch_size))

        # The first process may still build evidence of the method before; the others wait here, not in NCCL.
        parallel.wait(self.accelerator)
        search = self.config.batch_size == AUTO_BATCH
        title, size = registry.get(each.name).title, each.image_size
        try:
            fitting.within_memory(train, title, each.options.batch_size, size, self.accelerator.device, search=search)
        finally:
            self._free()

    def _free(self) -> None:
        """Free the networks and optimisers of the training before, which Accelerate would keep."""
        self.accelerator.free_memory()

    def _train_once(
        self,
        each: Plan,
        data: TrainingData,
        folder: Path,
        fold: int | None,
        sets: further_labels.LabelSets | None,
        class_names: tuple[str, ...],
    ) -> None:
        if not len(data.trained):
            raise TrainingError(
                "No image is left to train on because all are held out, excluded or unreadable; hold out fewer images "
                "or check the image files."
            )
        processes = self.accelerator.num_processes
        method = plan.build(
            each,
            self.accelerator,
            self.config.seed + (fold or 0),
            num_classes=data.classes,
            num_rows=len(data),
            steps_per_epoch=-(-len(data.trained) // (each.options.batch_size * processes)),
            label_set_classes=() if sets is None else sets.classes,
            has_va=data.valence_arousal is not None,
        )
        folder.mkdir(parents=True, exist_ok=True)
        if self.accelerator.is_main_process:
            self._describe(each, folder, sets)
        self.listener.on_training(each.name, fold, each.options.epochs)
        augmenter = Augmenter(method.inputs, self.accelerator.device, each.image_size, method.recipes)
        training = Training(
            method, data, self.accelerator, augmenter,
            folder, self.folder / "metrics.jsonl",
            seed=self.config.seed, fold=fold, note=sets.note if sets else "", class_names=class_names,
            listener=self.listener,
        )  # fmt: skip
        published_preset = self.config.preset == "published"
        devices.tune(self.accelerator.device, published=published_preset, fixed_shapes=method.fixed_shapes)
        logger.info("%s: %s", each.name, self._setting(each))
        started = time.monotonic()
        training.run()
        logger.info("%s trained in %.1f s", each.name, time.monotonic() - started)
        if self.accelerator.is_main_process:
            portraits.draw(method, data, augmenter, folder, self.accelerator.device)
            (folder / DONE).touch()
        parallel.wait(self.accelerator)

    def _setting(self, each: Plan) -> str:
        """Return the device, its memory, the precision and the batch size in words, for the log."""
        device, precision = self.accelerator.device, self.accelerator.mixed_precision
        return (
            f"{devices.name_of(device)}, {devices.memory_of(device)} free, "
            f"{'float32' if precision == 'no' else precision}, {counted(each.options.batch_size, 'image')} a step"
        )

    def _score(self, each: Plan, dataset: Dataset, labels: Labels, files: list[Path]) -> None:
        """Score all images with a checkpoint, without training, and free the device's memory afterwards."""

        def score(batch_size: int) -> None:
            self._free()
            self._score_once(plan.with_batch_size(each, batch_size), dataset, labels, files)

        title, batch_size = registry.get(each.name).title, each.options.batch_size
        try:
            search = self.accelerator.num_processes == 1  # the others would wait for one that starts again
            fitting.within_memory(score, title, batch_size, each.image_size, self.accelerator.device, search=search)
        finally:
            self._free()

    def _score_once(self, each: Plan, dataset: Dataset, labels: Labels, files: list[Path]) -> None:
        scorer, reading = published.load(each, self.accelerator, files, dataset, self.config)
        logger.info("%s", reading)
        cache = self._images(dataset, scorer.setup.image_size)
        pixels = cache.array if scorer.inputs.antialias else self._at_own_size(dataset)
        nothing = np.zeros(len(dataset), dtype=bool)
        data = assemble(dataset, pixels, labels.labels, labels.excluded, cache.ok, nothing)
        folder = self.folder / each.name
        folder.mkdir(parents=True, exist_ok=True)
        self.listener.on_training(each.name, None, 1)
        with room(folder):
            published.score(scorer, data, self.accelerator, folder, self.listener, reading)
        if self.accelerator.is_main_process:
            (folder / DONE).touch()

    def _describe(self, each: Plan, folder: Path, sets: further_labels.LabelSets | None) -> None:
        """Write everything needed to rebuild a training's network to training.json."""
        facts: dict[str, Any] = {
            "method": each.name,
            "options": dict(vars(each.options)),
            "network": dict(each.network),
            "device": str(self.accelerator.device),
            "device_name": devices.name_of(self.accelerator.device),
            "precision": self.accelerator.mixed_precision,
            "processes": self.accelerator.num_processes,
            "torch": torch.__version__,
            "label_sets": None if sets is None else {"note": sets.note, "names": list(sets.names)},
        }
        file = folder / "training.json"
        if file.exists():  # resumed from its checkpoint: keep the record of its initial weights
            facts["network"]["weights"] = json.loads(file.read_text(encoding="utf-8"))["network"]["weights"]
        with room(folder):
            file.write_text(json.dumps(facts, indent=1), encoding="utf-8")


def check(config: RunConfig, *, training: bool = True) -> None:
    """Refuse an invalid configuration before a run is created from it.

    Args:
        config: The run's configuration.
        training: Whether it trains, and therefore may need initial weights.

    Raises:
        ConfigError: Names the option and the allowed values.
    """
    plans = plan.plans(config)
    if training:
        plan.require_weights(config, plans)
