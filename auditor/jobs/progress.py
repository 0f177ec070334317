"""How far a run is: shares and time left from epochs and steps, and what a screen reads of it. No torch."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.config import Workspace
from auditor.errors import JobError
from auditor.store.runs import RunRecord
from auditor.store.store import Store

SCORING = 0.15  # share of an epoch that the scoring pass takes, near enough for a progress bar


@dataclass
class Clock:
    """Turns 'epoch 3, step 10 of 94' into a share of the run and into seconds left.

    Attributes:
        trainings: (method, epochs) of every training of the run, folds counted singly, in order.
    """

    trainings: Sequence[tuple[str, int]]
    _current: int = -1
    _began: float = 0.0
    _began_at: float = 0.0

    @property
    def total(self) -> int:
        """Epochs of all trainings."""
        return sum(epochs for _, epochs in self.trainings) or 1

    def begin(self, number: int) -> None:
        """A training begins."""
        self._current = number
        self._began_at = -1.0

    def share(self, epochs: float) -> float:
        """Share of the run that is done when the current training has done so many epochs."""
        before = sum(count for _, count in self.trainings[: max(0, self._current)])
        return min(1.0, (before + epochs) / self.total)

    def left(self, epochs: float, now: float | None = None) -> float | None:
        """Seconds left, supposing that later trainings' epochs take as long as this one's; None while unknown."""
        moment = time.monotonic() if now is None else now
        if self._began_at < 0:
            self._began, self._began_at = moment, epochs
        done = epochs - self._began_at
        if done < 0.02:
            return None
        rest = self.total * (1 - self.share(epochs))
        return (moment - self._began) / done * rest


def epochs_done(epoch: int, step: int, steps: int, scoring: bool) -> float:
    """Epochs done, with the fraction of the unfinished one."""
    within = 1 - SCORING if scoring else (1 - SCORING) * step / max(1, steps)
    return epoch + within


@dataclass(frozen=True)
class Progress:
    """A run as a screen shows it.

    Attributes:
        record: What the database knows.
        metrics: One mapping an epoch that is done, in order: method, fold, epoch, losses, accuracies, seconds.
        log: The last lines of the run's log.
    """

    record: RunRecord
    metrics: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""


def read_metrics(file: Path) -> list[dict[str, Any]]:
    """The epochs in a metrics file; the last line may be half written and is then left out."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    epochs: dict[tuple[Any, Any, Any], dict[str, Any]] = {}
    for line in lines:
        try:
            entry: Mapping[str, Any] = json.loads(line)
        except ValueError:
            continue
        epochs[entry["method"], entry["fold"], entry["epoch"]] = dict(entry)
    return list(epochs.values())


def tail(file: Path, lines: int = 200, most: int = 64_000) -> str:
    """The last lines of a log, without reading all of a long one."""
    try:
        with file.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - most))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def progress(workspace: Workspace, run_id: str, store: Store | None = None) -> Progress:
    """How far a run is.

    Raises:
        JobError: There is no such run.
    """
    opened = store or Store.open(workspace)
    try:
        record = opened.runs.get(run_id)
    finally:
        if store is None:
            opened.close()
    folder = workspace.run(run_id)
    if not folder.is_dir():
        raise JobError(f"The folder of run {run_id} is gone from {workspace.runs}; start a new run.")
    return Progress(record, read_metrics(folder / "metrics.jsonl"), tail(folder / "run.log"))
