"""A run's progress: its share and time left from epochs and steps, its metrics and log for the screens. No torch."""

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

SCORING = 0.15  # approximate share of an epoch that the scoring pass takes, for the progress bar


@dataclass
class Clock:
    """Turns 'epoch 3, step 10 of 94' into the share of the run that is done and the seconds left.

    Attributes:
        trainings: (method, epochs) of every training of the run, one for each fold, in order.
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
        """Start the training of this number."""
        self._current = number
        self._began_at = -1.0

    def share(self, epochs: float) -> float:
        """Return the share of the run that is done, in [0, 1], by the epochs done of the current training."""
        before = sum(count for _, count in self.trainings[: max(0, self._current)])
        return min(1.0, (before + epochs) / self.total)

    def left(self, epochs: float, now: float | None = None) -> float | None:
        """Return the seconds left, if later trainings' epochs take as long as this one's; None where unknown."""
        moment = time.monotonic() if now is None else now
        if self._began_at < 0:
            self._began, self._began_at = moment, epochs
        done = epochs - self._began_at
        if done < 0.02:
            return None
        rest = self.total * (1 - self.share(epochs))
        return (moment - self._began) / done * rest


def epochs_done(epoch: int, step: int, steps: int, scoring: bool) -> float:
    """Return the epochs done, with the fraction of the unfinished one."""
    within = 1 - SCORING if scoring else (1 - SCORING) * step / max(1, steps)
    return epoch + within


@dataclass(frozen=True)
class Progress:
    """A run's record, metrics and log, for a screen.

    Attributes:
        record: The run's record in the database.
        metrics: One mapping for each finished epoch, in order: method, fold, epoch, losses, accuracies, seconds.
        log: The last lines of the run's log.
    """

    record: RunRecord
    metrics: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""


def read_metrics(file: Path) -> list[dict[str, Any]]:
    """Return the epochs in a metrics file, without a last line that is half written."""
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
    """Return the last lines of a log; of a long one only the end is read."""
    try:
        with file.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - most))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def progress(workspace: Workspace, run_id: str, store: Store | None = None) -> Progress:
    """Return a run's record, metrics and the end of its log.

    Raises:
        JobError: There is no such run.
    """
    with Store.opened(workspace, store) as opened:
        record = opened.runs.get(run_id)
    folder = workspace.run(run_id)
    if not folder.is_dir():
        raise JobError(f"The folder of run {run_id} is gone from {workspace.runs}; start a new run.")
    return Progress(record, read_metrics(folder / "metrics.jsonl"), tail(folder / "run.log"))
