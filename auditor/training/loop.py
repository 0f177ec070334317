"""The training loop of all methods; it uses the interface in models/base.py and depends on no single method.

For each epoch: start_epoch, a train_step for each batch, end_epoch, score all images, save the scores and a checkpoint.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from auditor.errors import TrainingError
from auditor.training import checkpoints, memory, seeds
from auditor.training.augment import Augmenter
from auditor.training.checkpoints import Checkpoint
from auditor.training.data import TrainingData
from auditor.training.disk import room
from auditor.training.dynamics import Column, DynamicsWriter
from auditor.training.feed import Feed, training_batches
from auditor.training.listener import Listener
from auditor.training.metrics import forget_epochs
from auditor.training.scoring import Stopped, accuracies, batch_of, score_all
from models import parallel
from models.base import Method, Scores

LOOK_EVERY = 1.0  # seconds between two reads of the losses, because each waits for the device
SAVE_EVERY = 600.0  # seconds between checkpoints within a long epoch
AGREE_EVERY = 8  # steps between two exchanges of the stop flag, where there are several processes


@dataclass
class Training:
    """One method on one set of images, with everything needed to start or resume it.

    Attributes:
        method: The method, prepared by `accelerator`.
        data: Its images and labels.
        accelerator: Device, precision and processes.
        augmenter: Makes the views.
        folder: The folder for checkpoints and the record.
        metrics_file: The file that gets one JSON object per epoch.
        seed: Seed of all random numbers.
        fold: Number of the fold, or None.
        note: The source of further label sets, stored with the record.
        class_names: The classes, in the order of the outputs.
        listener: Gets progress reports and can stop the training.
    """

    method: Method
    data: TrainingData
    accelerator: Any
    augmenter: Augmenter
    folder: Path
    metrics_file: Path
    seed: int = 0
    fold: int | None = None
    note: str = ""
    class_names: tuple[str, ...] = ()
    listener: Listener = field(default_factory=Listener)

    def __post_init__(self) -> None:
        self.feed = Feed(self.data.images, self.data.rows, self.accelerator.device)
        self.training_feed, own = self.feed, self.data.own_size
        if own is not None and own is not self.data.images:
            self.training_feed = Feed(own, self.data.rows, self.accelerator.device)
        self.writer: DynamicsWriter | None = None
        self._place = (self.seed, 0 if self.fold is None else self.fold + 1)
        self._saved_at = time.monotonic()
        self._bad = 0.0  # 1 once a loss that is not finite was read, in a run of several processes

    def run(self) -> Scores:
        """Train to the end, from the newest checkpoint if there is one; return the scores of the last epoch.

        Raises:
            Stopped: The listener stopped it; a checkpoint was saved.
            TrainingError: A loss became NaN or infinite, or the disk is full. The last checkpoint is kept.
        """
        last = None
        for scores in self.epochs():
            last = scores
        if last is None:  # it was already trained to the end
            last = score_all(self.method, self.data, self.feed, self.augmenter, self.accelerator)
        return last

    def epochs(self) -> Iterator[Scores]:
        """Train the remaining epochs; yield the scores after each."""
        if self.accelerator.device.type == "cpu":
            memory.keep_freed()
        with self.method.lanes.open(self.accelerator.device):
            yield from self._epochs()

    def _epochs(self) -> Iterator[Scores]:
        epoch, step, sums, last = self._begin()
        while epoch < self.method.options.epochs:
            started = time.monotonic()
            self._start_epoch(epoch, step, last)
            losses = self._steps(epoch, step, sums, last)
            self.method.end_epoch()
            self.listener.on_scoring(epoch)
            scores, last = self._score(epoch, losses, last)
            self._keep(epoch, losses, scores, last, time.monotonic() - started)
            yield scores
            epoch, step, sums = epoch + 1, 0, {}

    def _begin(self) -> tuple[int, int, dict[str, float], Scores | None]:
        """Load the newest checkpoint; return (epochs done, steps done of the next, summed losses, last scores)."""
        self._resumed = checkpoints.newest(self.folder)
        epoch = 0 if self._resumed is None else self._resumed.epoch
        if self.accelerator.is_main_process:
            with room(self.folder):
                self._open_record(epoch)
        if self._resumed is None:
            return 0, 0, {}, None
        self._load(self._resumed)
        step = checkpoints.step_at(self._resumed, len(self.data.trained), self._images_a_step)
        return epoch, step, dict(self._resumed.sums), checkpoints.last_scores(self._resumed)

    @property
    def _images_a_step(self) -> int:
        return self.method.options.batch_size * int(self.accelerator.num_processes)

    def _open_record(self, epochs_done: int) -> None:
        data, method = self.data, self.method
        columns = {
            name: Column(info.dtype, 0, info.per_epoch, info.help, info.direction)
            for name, info in method.columns.items()
        }
        self.writer = DynamicsWriter(
            self.folder / "dynamics", method=method.name, fold=self.fold, epochs=method.options.epochs,
            classes=data.classes, rows=data.rows, role=data.role, labels=data.labels, columns=columns, note=self.note,
        )  # fmt: skip
        self.writer.rewind(epochs_done)
        forget_epochs(self.metrics_file, method.name, self.fold, epochs_done)

    def _load(self, checkpoint: Checkpoint) -> None:
        if checkpoint.method != self.method.name:
            raise TrainingError(
                f"The folder {self.folder} holds a checkpoint of {checkpoint.method}, not of {self.method.name}; start "
                "a new run."
            )
        if checkpoint.classes and self.class_names and tuple(checkpoint.classes) != self.class_names:
            raise TrainingError(
                f"The run of {self.method.title} was begun on the classes {', '.join(checkpoint.classes)}, and the "
                f"data set now has {', '.join(self.class_names)}; restore the data set, or start a new run."
            )
        self.method.load_state_dict(checkpoint.state_dict)
        self.method.load_training_state(checkpoint.training_state)

    def _start_epoch(self, epoch: int, step: int, last: Scores | None) -> None:
        torch.manual_seed(seeds.mix(seeds.NETWORK, *self._place, epoch))
        self.method.start_epoch(epoch, last if self.method.uses_last else None)
        if step and self._resumed is not None:
            # Resume within an epoch: restore the changes of its first steps, and advance the schedules.
            self._load(self._resumed)
            for _ in range(step):
                self.method.tick()

    def _steps(self, epoch: int, first: int, sums: dict[str, float], last: Scores | None) -> dict[str, float]:
        """Do the steps of an epoch from step `first` on; return its mean losses over all processes."""
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        order = seeds.mix(seeds.ORDER, *self._place, epoch)
        size = self.method.options.batch_size
        shuffled = self.method.options.order != "file"
        batches = training_batches(self.data.trained, size, order, rank, processes, shuffled=shuffled)
        totals: dict[str, Tensor | float] = dict(sums)
        looked = time.monotonic()
        for step, (positions, images) in enumerate(self.training_feed.batches(batches[first:]), start=first):
            if self._halt(step):
                self._pause(epoch, step, totals, last)
                raise Stopped
            losses = self._step(positions, images, epoch, (*self._place, epoch, step, rank))
            for name, loss in {**losses, "images": 1.0}.items():
                totals[name] = totals.get(name, 0.0) + loss * len(positions)
            now = time.monotonic()
            if now - looked > LOOK_EVERY:
                looked = now
                means = self._means(totals, epoch, step)
                self.listener.on_step(epoch, step + 1, len(batches), means)
                self._save_now_and_then(epoch, step + 1, totals, last)
        return self._means(self._everywhere(totals), epoch, len(batches))

    def _step(
        self, positions: NDArray[np.int64], images: Tensor, epoch: int, place: tuple[int, ...]
    ) -> dict[str, Tensor | float]:
        """Do one training step; its random numbers depend only on its place in the run."""
        parts = self.method.parts(torch.from_numpy(positions))
        views = self.augmenter(images, self.method.views, seeds.generator(seeds.AUGMENT, *place), parts)
        torch.manual_seed(seeds.mix(seeds.NETWORK, *place))
        return self.method.train_step(batch_of(self.data, positions, views), epoch)

    def _halt(self, step: int) -> bool:
        """Return whether to stop before this step; all processes return the same."""
        if self.accelerator.num_processes == 1:
            return self.listener.stopping()
        if step % AGREE_EVERY:
            return False
        stop, bad = parallel.total([float(self.listener.stopping()), self._bad], self.accelerator)
        if bad:
            raise TrainingError(self._not_a_number("loss", f"before step {step}"))
        return bool(stop)

    def _means(self, totals: Mapping[str, Tensor | float], epoch: int, step: int) -> dict[str, float]:
        """Return the mean losses so far, read from the device.

        Raises:
            TrainingError: A loss is NaN or infinite.
        """
        sums = {name: float(value) for name, value in totals.items()}
        images = sums.pop("images", 0.0) or 1.0
        for name, value in sums.items():
            if not math.isfinite(value):
                if self.accelerator.num_processes == 1:
                    raise TrainingError(self._not_a_number(name, f"in epoch {epoch + 1}, by step {step + 1}"))
                self._bad = 1.0  # all processes stop together, see `_halt`
        return {name: value / images for name, value in sums.items()}

    def _not_a_number(self, name: str, where: str) -> str:
        return (
            f"{self.method.title}'s {name} became NaN or infinite {where}; the last good checkpoint is kept. "
            f"Train again with a lower learning rate (--option {self.method.name}.lr=...) or another seed."
        )

    def _everywhere(self, totals: Mapping[str, Tensor | float]) -> Mapping[str, Tensor | float]:
        """Add the totals of all processes."""
        if self.accelerator.num_processes == 1:
            return totals
        names = sorted(totals)
        values = torch.tensor([float(totals[name]) for name in names], device=self.accelerator.device)
        return dict(zip(names, self.accelerator.reduce(values, reduction="sum").tolist(), strict=True))

    def _score(self, epoch: int, losses: Mapping[str, float], last: Scores | None) -> tuple[Scores, Scores]:
        """Return the scores after an epoch and those for the next one: the same, or those of an augmented view."""

        def stopping() -> bool:  # several processes must finish the pass together
            return self.accelerator.num_processes == 1 and self.listener.stopping()

        try:
            scores = score_all(self.method, self.data, self.feed, self.augmenter, self.accelerator, stopping)
            following = self._following(epoch + 1, scores, stopping)
        except Stopped:
            steps = -(-len(self.data.trained) // self._images_a_step)
            images = float(len(self.data.trained))
            self._pause(epoch, steps, {**{n: v * images for n, v in losses.items()}, "images": images}, last)
            raise
        if not bool(torch.isfinite(scores.probs).all()) or not all(map(math.isfinite, losses.values())):
            raise TrainingError(self._not_a_number("prediction", f"at the end of epoch {epoch + 1}"))
        return scores, following

    def _following(self, epoch: int, scores: Scores, stopping: Callable[[], bool]) -> Scores:
        """Return the scores that an epoch starts from: the plain ones, or those of the method's `view_of_last`."""
        view = self.method.view_of_last(epoch) if self.method.uses_last else "plain"
        if view == "plain" or epoch >= self.method.options.epochs:
            return scores

        def drawn(positions: NDArray[np.int64], images: Tensor) -> Tensor:
            place = (*self._place, epoch, int(positions[0]))
            return self.augmenter(images, (view,), seeds.generator(seeds.DIVISION, *place))[view]

        return score_all(
            self.method, self.data, self.training_feed, self.augmenter, self.accelerator, stopping, drawn
        )  # fmt: skip

    def _keep(self, epoch: int, losses: Mapping[str, float], scores: Scores, last: Scores, seconds: float) -> None:
        """Write the epoch's record and checkpoint (in one process) and report the epoch."""
        metrics = {
            "method": self.method.name, "fold": self.fold, "epoch": epoch,
            "losses": {name: round(value, 6) for name, value in losses.items()},
            **accuracies(scores, self.data),
            "seconds": round(seconds, 3), "images_per_second": round(len(self.data.trained) / seconds, 1),
        }  # fmt: skip
        if self.writer is not None:
            columns = {name: column.numpy() for name, column in scores.columns.items()}
            with room(self.folder):
                self.writer.append(epoch, scores.probs.numpy(), columns, scores.embedding.numpy())
                with self.metrics_file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(metrics) + "\n")
        self._save(epoch + 1, 0, {}, last)
        self.listener.on_epoch(metrics)

    def _pause(self, epoch: int, step: int, totals: Mapping[str, Tensor | float], last: Scores | None) -> None:
        if step or epoch:
            self._means(totals, epoch, step)
            if not self._bad:
                self._save(epoch, step, {name: float(value) for name, value in totals.items()}, last)

    def _save_now_and_then(
        self, epoch: int, step: int, totals: Mapping[str, Tensor | float], last: Scores | None
    ) -> None:
        if time.monotonic() - self._saved_at > SAVE_EVERY:
            self._pause(epoch, step, totals, last)

    def _save(self, epoch: int, step: int, sums: dict[str, float], last: Scores | None) -> None:
        self._saved_at = time.monotonic()
        if not self.accelerator.is_main_process:
            return
        last_scores = None
        if last is not None and self.method.uses_last:
            last_scores = {"probs": last.probs, **last.columns}
        checkpoints.save(
            self.folder,
            Checkpoint(
                self.method.name, asdict(self.method.setup), asdict(self.method.options), epoch, step,
                self.method.state_dict(), self.method.training_state(), sums, last_scores, list(self.class_names),
                min(step * self._images_a_step, len(self.data.trained)),
            ),
        )  # fmt: skip
