"""Translate a training's events into the run's progress and seconds left, for its heartbeat."""

import logging
from collections.abc import Mapping
from typing import Any

from auditor.jobs.heart import Heart, Watcher
from auditor.jobs.progress import Clock, Cost, epochs_done
from auditor.store.store import Store
from auditor.training.paces import EpochTime
from auditor.training.run import RunListener

logger = logging.getLogger(__name__)


class Reporter(Heart, RunListener):
    """A training's listener, which reports to the database and to a watcher in the foreground."""

    def __init__(self, store: Store, run_id: str, watcher: Watcher | None = None) -> None:
        super().__init__(store, run_id, watcher)
        self._clock = Clock([])
        self._order: list[tuple[str, int | None]] = []
        self._epoch = self._epochs = 0

    # What the training calls.

    def on_plan(self, trainings: list[tuple[str, int | None, int]]) -> None:
        """Take the list of trainings, for the progress and the time left."""
        self._order = [(method, fold) for method, fold, _ in trainings]
        self._clock = Clock([(method, epochs) for method, _, epochs in trainings])

    def on_epoch_times(self, times: Mapping[str, EpochTime]) -> None:
        """Take how long each method's epochs take, for the time left."""
        self._clock.costs = {name: Cost(each.seconds, each.late, each.turn) for name, each in times.items()}
        for name, each in times.items():
            later = f", {each.late:.1f} s from epoch {each.turn + 1:.0f} on" if each.turn != float("inf") else ""
            logger.info("an epoch of %s takes about %.1f s%s", name, each.seconds, later)

    def on_phase(self, text: str, done: int = 0, total: int = 0) -> None:
        """Report work besides training."""
        self.report(phase=text, step=done, steps=total, eta_seconds=None)

    def on_training(self, method: str, fold: int | None, epochs: int) -> None:
        """Report that a training begins."""
        self._clock.begin(self._order.index((method, fold)))
        self._epoch, self._epochs = 0, epochs
        logger.info("training %s%s for %d epochs", method, "" if fold is None else f", fold {fold}", epochs)
        expected = self._clock.expected()
        self.report(
            phase="training", method=method, fold=fold, epoch=0, epochs=epochs, step=0, steps=0, eta_seconds=expected
        )

    def on_step(self, epoch: int, step: int, steps: int, losses: Mapping[str, float]) -> None:
        """Report finished steps."""
        self._epoch = epoch
        self._at(epochs_done(epoch, step, steps, False), phase="training", step=step, steps=steps, losses=losses)

    def on_scoring(self, epoch: int) -> None:
        """Report that an epoch's scoring begins."""
        self._epoch = epoch
        self._at(epochs_done(epoch, 0, 1, True), phase="scoring")

    def on_epoch(self, metrics: Mapping[str, Any]) -> None:
        """Report a finished epoch."""
        epoch = int(metrics["epoch"])
        self._epoch = epoch + 1
        figures = {key: value for key, value in metrics.items() if key not in ("method", "fold", "epoch", "losses")}
        losses = ", ".join(f"{name} {value:.4f}" for name, value in metrics["losses"].items())
        numbers = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in figures.items())
        logger.info("%s epoch %d/%d: %s; %s", metrics["method"], epoch + 1, self._epochs, losses, numbers)
        self._at(float(epoch + 1), metrics=dict(metrics), epoch_line=True)

    def _at(self, epochs: float, **fields: Any) -> None:
        losses = fields.pop("losses", None)
        if losses:
            metrics = dict(self._fields.get("metrics") or {})
            fields["metrics"] = {**metrics, "losses": dict(losses)}
        left = self._clock.left(epochs)
        self.report(epoch=self._epoch, progress=self._clock.share(epochs), eta_seconds=left, **fields)
